//! How fast chits are: two wallets on this machine, each with its own encrypted ledger on disk, joined by a real link.
//!
//! Everything is measured in one run beside the ceilings that nothing here can beat (P-521 on the same cores, commits
//! on the same disk), because machines differ and are shared: the ratio is what can be compared.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark speaks on the terminal")]

mod ceilings;
mod history;
mod long;
mod pay;
mod people;
mod report;
mod spent;

use std::process::ExitCode;

use report::Report;

/// How much is done of everything.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Payments one at a time.
    one_by_one: u32,
    /// Payments in a burst on one tally.
    burst: u32,
    /// Tallies paid on at once.
    tallies: u32,
    /// Payments on each of them.
    each: u32,
    /// Chits of the long tally.
    history: u32,
}

const WHOLE: Size = Size { one_by_one: 500, burst: 3_000, tallies: 100, each: 30, history: 100_000 };

/// Enough to see that everything still runs.
const SMALL: Size = Size { one_by_one: 20, burst: 60, tallies: 4, each: 10, history: 500 };

/// What there is to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    OneByOne,
    Burst,
    Many,
    History,
}

const PARTS: [(&str, Part); 4] =
    [("one", Part::OneByOne), ("burst", Part::Burst), ("many", Part::Many), ("history", Part::History)];

fn main() -> ExitCode {
    let mut size = WHOLE;
    let mut json = false;
    let mut parts = Vec::new();
    for word in std::env::args().skip(1) {
        match (word.as_str(), PARTS.iter().find(|(name, _)| *name == word)) {
            (_, Some((_, part))) => parts.push(*part),
            // Said by `cargo bench` to every benchmark.
            ("--bench", _) => {}
            ("--json", _) => json = true,
            ("--small", _) => size = SMALL,
            (other, _) => {
                eprintln!(
                    "`{other}` is not known here; there are one, burst, many, history, --small and --json"
                );
                return ExitCode::from(2);
            }
        }
    }
    if parts.is_empty() {
        parts.extend(PARTS.map(|(_, part)| part));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Beside the build, not in the folder for temporary files: that may be memory, where a commit costs nothing.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder for the ledgers");
    let mut report = Report::default();
    let ceilings = ceilings::measure(folder.path(), &mut report);
    runtime.block_on(pay::measure(folder.path(), size, &parts, &ceilings, &mut report));
    if parts.contains(&Part::History) {
        runtime.block_on(history::measure(folder.path(), size.history, &ceilings, &mut report));
    }
    if json {
        println!("{}", report.to_json())
    } else {
        println!("{report}")
    }
    ExitCode::SUCCESS
}
