//! How fast links are: a wallet with its real listener, and callers in a process of their own.
//!
//! Everything is measured in one run beside ceilings of the same cores: the same curve and cipher without anything
//! around them, the handshakes without a socket, and plain framed bytes over a socket without a handshake.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark speaks on the terminal")]

mod bare;
mod callers;
mod ceilings;
mod echo;
mod measure;
#[path = "../chits/report.rs"]
#[allow(dead_code, reason = "the other benchmark uses more of it")]
mod report;
mod wallet;

use std::process::ExitCode;

use report::Report;

/// How much is done of everything.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Links opened, each way.
    links: u32,
    /// Callers at once.
    at_once: u32,
    /// Messages of 512 bytes.
    messages: u32,
    /// Links that are silent.
    idle: u32,
    /// First packets that are nonsense.
    garbage: u32,
}

const WHOLE: Size = Size { links: 10_000, at_once: 50, messages: 1_000_000, idle: 1_000, garbage: 20_000 };

/// Enough to see that everything still runs.
const SMALL: Size = Size { links: 100, at_once: 10, messages: 5_000, idle: 50, garbage: 100 };

fn main() -> ExitCode {
    let (mut size, mut json) = (WHOLE, false);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            // Said by `cargo bench` to every benchmark.
            "--bench" => {}
            "--json" => json = true,
            "--small" => size = SMALL,
            callers::WORD => return run(callers::serve(words.collect())),
            other => {
                eprintln!("`{other}` is not known here; there are --small and --json");
                return ExitCode::from(2);
            }
        }
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder for the ledger");
    let mut report = Report::default();
    let ceilings = ceilings::measure(&mut report);
    let code = run(measure::all(folder.path(), size, &ceilings, &mut report));
    if json {
        println!("{}", report.to_json())
    } else {
        println!("{report}")
    }
    code
}

fn run(work: impl Future<Output = ()>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            runtime.block_on(work);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("no threads: {error}");
            ExitCode::FAILURE
        }
    }
}
