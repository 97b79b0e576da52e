//! `sim`: lives through many seeds, shows one, or proves that deliberate faults are found.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks on the terminal")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tallystick_sim::{OnDisk, Outcome, Sum, play_many_on, play_on};

const HELP: &str = "\
sim protocol [--seeds N] [--from K] [--json]   live through N seeds (300), from seed K (0) on
sim protocol --from K --trace                  show what happens in seed K
sim protocol --mutants [--seeds N] [--json]    find every deliberate fault within N seeds (2000);
                                               only where built with the feature `mutants`
with any of them: --on-disk PERCENT            so many of every hundred seeds keep their ledgers in encrypted
                                               files; one in sixteen if nothing is said, the others in memory";

/// Seeds that end badly and are shown; the rest of a broken run would only say the same again.
const SHOWN: usize = 5;

/// Events shown of a seed that ended badly.
const LAST: usize = 30;

/// What was asked for.
#[derive(Debug, Default)]
struct Asked {
    seeds: Option<u64>,
    from: u64,
    json: bool,
    trace: bool,
    mutants: bool,
    on_disk: OnDisk,
}

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "-h" || word == "--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let asked = match read(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(complaint) => {
            eprintln!("{complaint}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    tallystick_sim::hush_panics();
    if asked.trace {
        trace(&asked)
    } else if asked.mutants {
        mutants(&asked)
    } else {
        protocol(&asked)
    }
}

fn read(words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    let mut words = words.peekable();
    words.next_if(|word| word == "protocol");
    while let Some(word) = words.next() {
        let mut number = || {
            let text = words.next().unwrap_or_default();
            text.parse::<u64>().map_err(|_| format!("`{word}` wants a number"))
        };
        match word.as_str() {
            "--seeds" => asked.seeds = Some(number()?),
            "--from" => asked.from = number()?,
            "--json" => asked.json = true,
            "--trace" => asked.trace = true,
            "--mutants" => asked.mutants = true,
            "--on-disk" => {
                let share = u8::try_from(number()?).ok().filter(|share| *share <= 100);
                asked.on_disk = OnDisk::Percent(share.ok_or("`--on-disk` wants a number from 0 to 100")?);
            }
            _ => return Err(format!("`{word}` is not known here")),
        }
    }
    Ok(asked)
}

fn protocol(asked: &Asked) -> ExitCode {
    let start = Instant::now();
    let sum = play_many_on(asked.from, asked.seeds.unwrap_or(300), SHOWN, asked.on_disk);
    let took = start.elapsed();
    let good = sum.broken.is_empty();
    if asked.json {
        println!("{:#}", as_json(&sum, took));
    } else {
        for (name, value) in table(&sum, took) {
            println!("{name:<24}{value:>14}");
        }
        for outcome in &sum.broken {
            tell(outcome);
        }
    }
    // The last line is for whoever counts: every seed is a test.
    let played = sum.in_memory + sum.on_disk;
    let failed = u64::try_from(sum.broken.len()).unwrap_or(u64::MAX);
    if !asked.json {
        println!("\n{} passed, {failed} failed", played - failed);
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn table(sum: &Sum, took: Duration) -> Vec<(&'static str, String)> {
    let counts = sum.counts;
    let seeds = sum.in_memory + sum.on_disk;
    let rate = u64::try_from(u128::from(seeds) * 10_000 / took.as_millis().max(1)).unwrap_or(u64::MAX);
    vec![
        ("seeds", seeds.to_string()),
        ("  in memory", sum.in_memory.to_string()),
        ("  on encrypted files", sum.on_disk.to_string()),
        ("steps", counts.steps.to_string()),
        ("acts of people", counts.acts.to_string()),
        ("messages sent", counts.messages.to_string()),
        ("messages arrived", counts.arrived.to_string()),
        ("forgeries arrived", counts.forgeries.to_string()),
        ("crashes", counts.crashes.to_string()),
        ("chits signed", counts.chits.to_string()),
        ("tallies in force", counts.tallies.to_string()),
        ("violations", sum.broken.len().to_string()),
        ("time", format!("{}.{} s", took.as_secs(), took.subsec_millis() / 100)),
        ("seeds per second", format!("{}.{}", rate / 10, rate % 10)),
    ]
}

fn as_json(sum: &Sum, took: Duration) -> Value {
    let counts = sum.counts;
    json!({
        "seeds": sum.in_memory + sum.on_disk,
        "inMemory": sum.in_memory,
        "onDisk": sum.on_disk,
        "steps": counts.steps,
        "acts": counts.acts,
        "messages": counts.messages,
        "arrived": counts.arrived,
        "forgeries": counts.forgeries,
        "crashes": counts.crashes,
        "chits": counts.chits,
        "tallies": counts.tallies,
        "millis": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "violations": sum.broken.iter().map(|outcome| json!({
            "seed": outcome.seed,
            "step": outcome.broken.as_ref().map(|broken| broken.step),
            "onDisk": outcome.on_disk,
            "what": outcome.broken.as_ref().map(|broken| broken.what.clone()),
        })).collect::<Vec<_>>(),
    })
}

/// Plays a seed that ended badly once more, and shows its end.
fn tell(outcome: &Outcome) {
    let Some(broken) = &outcome.broken else { return };
    println!("\nseed {} broke a promise at step {}:\n  {}", outcome.seed, broken.step, broken.what);
    let again = play_on(outcome.seed, outcome.on_disk, true);
    if again.broken.as_ref().map(|broken| broken.step) != Some(broken.step) {
        println!("  (played again it ended otherwise: {:?})", again.broken);
    }
    for line in again.trace.iter().skip(again.trace.len().saturating_sub(LAST)) {
        println!("  {line}");
    }
    let usual = OnDisk::default().holds(outcome.seed) == outcome.on_disk;
    let where_else = match outcome.on_disk {
        _ if usual => "",
        true => " --on-disk 100",
        false => " --on-disk 0",
    };
    println!("  all of it: sim protocol --from {} --trace{where_else}", outcome.seed);
}

fn trace(asked: &Asked) -> ExitCode {
    let seed = asked.from;
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::ERROR)
        .with_writer(std::io::stderr)
        .init();
    let outcome = play_on(seed, asked.on_disk.holds(seed), true);
    for line in outcome.trace.iter().chain(&outcome.picture) {
        println!("{line}");
    }
    match outcome.broken {
        None => {
            println!("seed {seed} keeps every promise");
            ExitCode::SUCCESS
        }
        Some(broken) => {
            println!("seed {seed} broke a promise at step {}: {}", broken.step, broken.what);
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(feature = "mutants"))]
fn mutants(_: &Asked) -> ExitCode {
    eprintln!("this simulator was built without faults: build it with the feature `mutants`");
    ExitCode::from(2)
}

#[cfg(feature = "mutants")]
fn mutants(asked: &Asked) -> ExitCode {
    use tallystick_core::mutant::{Mutant, choose};

    let seeds = asked.seeds.unwrap_or(2_000);
    let (mut caught, mut lines) = (0_u64, Vec::new());
    for mutant in Mutant::ALL {
        choose(Some(*mutant));
        let start = Instant::now();
        let sum = play_many_on(asked.from, seeds, 1, asked.on_disk);
        let found = sum.broken.first().and_then(|outcome| Some((outcome.seed, outcome.broken.clone()?)));
        let name = format!("{mutant:?}");
        let millis = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &found {
            Some((seed, broken)) => {
                caught += 1;
                let what: String = broken.what.chars().take(90).collect();
                if !asked.json {
                    println!("{name:<22}caught by seed {seed:>5} after {millis:>6} ms: {what}");
                }
            }
            None if !asked.json => println!("{name:<22}NOT caught within {seeds} seeds"),
            None => {}
        }
        lines.push(json!({
            "mutant": name,
            "seed": found.as_ref().map(|found| found.0),
            "what": found.as_ref().map(|found| found.1.what.clone()),
            "millis": millis,
        }));
    }
    choose(None);
    let all = u64::try_from(Mutant::ALL.len()).unwrap_or(u64::MAX);
    if asked.json {
        println!("{:#}", json!({"mutants": lines, "caught": caught, "of": all}));
    } else {
        println!("\n{caught} passed, {} failed", all - caught);
    }
    if caught == all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Asked, String> {
        read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn words_are_read() {
        let all = asked("protocol --seeds 9 --from 70 --json --on-disk 25 --mutants").unwrap_or_default();

        assert_eq!((all.seeds, all.from, all.json, all.trace, all.mutants), (Some(9), 70, true, false, true));
        assert_eq!(all.on_disk, OnDisk::Percent(25));
        assert_eq!(asked("protocol").unwrap_or_default().on_disk, OnDisk::Some);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in [
            "weather",
            "protocol --seed 9",
            "protocol --seeds",
            "protocol --seeds few",
            "protocol --from -1",
            "protocol --on-disk 101",
            "protocol --on-disk 300",
        ] {
            assert!(asked(line).is_err(), "{line}");
        }
    }
}
