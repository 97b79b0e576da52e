//! The command line, read by hand: five verbs do not earn a dependency here.

use crate::fuzz::{self, Plan};

/// What the person asked for.
#[derive(Debug, PartialEq)]
pub(crate) enum Verb {
    /// Print [`HELP`].
    Help,
    /// Install everything, do nothing with it.
    Setup,
    /// Open the wallet, or show the guided tour.
    Run {
        /// The tour was asked for.
        tour: bool,
        /// Handed to the wallet as they are.
        args: Vec<String>,
    },
    /// Everything CI runs.
    Test {
        /// Leave out the windows and the licences.
        quick: bool,
    },
    /// Journeys through real windows.
    EndToEnd {
        /// Journey names and switches, read by the journey program.
        args: Vec<String>,
    },
    /// Replay recorded vectors.
    Vectors {
        /// Read by the replaying program.
        args: Vec<String>,
    },
    /// Let simulated wallets live through many seeds.
    Simulate {
        /// Read by the simulator.
        args: Vec<String>,
    },
    /// Let simulated wallets lift, live or in every order, few or a hundred thousand.
    SimulateLifts {
        /// Read by the simulator.
        args: Vec<String>,
    },
    /// Leave real nodes running under what the internet does to them.
    Soak {
        /// Read by the soaking program.
        args: Vec<String>,
    },
    /// Look for bytes that break a property.
    Fuzz {
        /// What, and for how long.
        plan: Plan,
    },
    /// Measure how fast something is.
    Bench {
        /// The benchmark's name.
        what: &'static str,
        /// Read by the benchmark.
        args: Vec<String>,
    },
}

/// The one page of help.
pub(crate) const HELP: &str = "\
cargo xtask <verb>

  run [--tour] [-- ARGS]   build the wallet and open it; ARGS go to the wallet
                           --tour, or no display: two wallets go through a whole first tally on a virtual
                           display, told step by step, pictures kept in target/tour
  test [--quick]           everything CI runs; ends with a line `N passed, M failed`
                           --quick leaves out the windows and the licence check
  e2e JOURNEY|all [--theme light|dark|both] [--times N] [--keep]
                           journeys through real windows (first-tally, whole-tally, offline, closing,
                           copies-differ, two-promises, scan, offline-hand-over, lifts); pictures in target/e2e
  vectors --dir DIR        replay a folder of recorded vectors
  sim protocol [--seeds N] [--from K] [--trace] [--mutants] [--on-disk PERCENT] [--json]
                           whole wallets on a bad network among frauds; --from K --trace shows one seed;
                           --mutants proves that deliberate faults are found
  sim lifts [--seeds N] [--from K] [--trace] [--mutants] [--json] | --explore [--only NAME] [--mutants] |
            --nodes N [--beside SIZE] [--days D] [--ease CHIP] [--budget QUESTIONS]
                           lifts among liars on a bad network; every order of events in small networks;
                           searches and clearing in large ones, beside the optimum
  bench chits|link [--small] [--json]
                           durable entries a second; links and messages a second: beside the ceilings of
                           the same run
  bench qr [--frames DIR | --clips [--of-each N]] [--json]
                           a folder of frames with labels.csv (file,class,text): read, wrong and time by
                           class, beside plain zxing-cpp and rqrr; ../shared/qr if no other is named
  soak attack|partition [--minutes N] [--nodes N] [--seed K] [--json]
                           real nodes for minutes on end: enemies at the door, or a network that falls apart
  fuzz [--seconds N] [TARGET…]
                           look for bytes that break a property of what strangers send; executions, coverage and
                           findings of each target
  setup                    install what the others need, and stop

Every verb first installs what it lacks: system packages (Debian and its likes, as root or with sudo), front-end
modules, tools. It says what it does. Needed beforehand: a Rust toolchain, node 20.19 or newer, npm.";

/// Reads the words after `cargo xtask`.
pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Verb, String> {
    let mut words = words.into_iter();
    let Some(verb) = words.next() else { return Ok(Verb::Help) };
    let rest: Vec<String> = words.collect();
    let asks_for_help =
        rest.iter().take_while(|word| *word != "--").any(|word| word == "-h" || word == "--help");
    if asks_for_help {
        return Ok(Verb::Help);
    }
    match verb.as_str() {
        "help" | "-h" | "--help" => Ok(Verb::Help),
        "setup" => switches(&rest, &[]).map(|_| Verb::Setup),
        "run" => parse_run(rest),
        "test" => switches(&rest, &["--quick"]).map(|given| Verb::Test { quick: given[0] }),
        "e2e" if rest.is_empty() => Err("e2e needs the name of a journey, or `all`".to_owned()),
        "e2e" => Ok(Verb::EndToEnd { args: rest }),
        "vectors" => Ok(Verb::Vectors { args: rest }),
        "sim" => named(rest, &["protocol", "lifts"]).map(|(what, args)| match what {
            "lifts" => Verb::SimulateLifts { args },
            _ => Verb::Simulate { args },
        }),
        "soak" => named(rest, &["attack", "partition"]).map(|(what, mut args)| {
            args.insert(0, what.to_owned());
            Verb::Soak { args }
        }),
        "fuzz" => fuzz::plan(&rest).map(|plan| Verb::Fuzz { plan }),
        "bench" => named(rest, &["chits", "link", "qr"]).map(|(what, args)| Verb::Bench { what, args }),
        other => Err(format!("there is no verb `{other}`")),
    }
}

/// The name of one of the things there are, and the words behind it.
fn named(rest: Vec<String>, known: &[&'static str]) -> Result<(&'static str, Vec<String>), String> {
    let mut words = rest.into_iter();
    let name = words.next();
    match known.iter().find(|known| name.as_deref() == Some(**known)) {
        Some(known) => Ok((known, words.collect())),
        None => Err(format!("say what: there is `{}`", known.join("` and `"))),
    }
}

fn parse_run(rest: Vec<String>) -> Result<Verb, String> {
    let split = rest.iter().position(|word| word == "--").unwrap_or(rest.len());
    let given = switches(&rest[..split], &["--tour"])?;
    let args = rest.into_iter().skip(split + 1).collect();
    Ok(Verb::Run { tour: given[0], args })
}

/// Which of the known switches were given; anything else is an error.
fn switches(given: &[String], known: &[&str]) -> Result<Vec<bool>, String> {
    if let Some(stranger) = given.iter().find(|word| !known.contains(&word.as_str())) {
        return Err(format!("`{stranger}` is not known here"));
    }
    Ok(known.iter().map(|switch| given.iter().any(|word| word == switch)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Verb, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn words_behind_the_dashes_belong_to_the_wallet() {
        let args = vec!["--profile".to_owned(), "/tmp/ana".to_owned()];

        assert_eq!(parsed("run -- --profile /tmp/ana"), Ok(Verb::Run { tour: false, args }));
        assert_eq!(parsed("run --tour"), Ok(Verb::Run { tour: true, args: vec![] }));
        assert_eq!(parsed("run -- --help"), Ok(Verb::Run { tour: false, args: vec!["--help".to_owned()] }));
    }

    #[test]
    fn a_mistyped_switch_is_refused() {
        assert!(parsed("test --quik").is_err());
        assert!(parsed("run --touri").is_err());
        assert!(parsed("tset").is_err());
        assert!(parsed("e2e").is_err());
    }

    #[test]
    fn the_simulator_and_the_benchmarks_read_their_own_words() {
        let args = vec!["--from".to_owned(), "7".to_owned()];

        assert_eq!(parsed("sim protocol --from 7"), Ok(Verb::Simulate { args }));
        assert_eq!(parsed("bench link"), Ok(Verb::Bench { what: "link", args: vec![] }));
        assert!(parsed("sim").is_err() && parsed("sim weather").is_err());
        assert!(parsed("bench").is_err() && parsed("bench chit").is_err());
    }

    #[test]
    fn nothing_and_help_are_the_same() {
        for line in ["", "help", "--help", "test --help"] {
            assert_eq!(parsed(line), Ok(Verb::Help), "{line}");
        }
    }
}
