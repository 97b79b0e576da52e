//! `cargo xtask fuzz`: looks for bytes that break a property, every target for as long as told.
//!
//! The engine is LLVM's libFuzzer, built from a crate; the compiler's own coverage pass needs no other toolchain than the
//! one at hand. There is no address sanitizer: our code is safe Rust, and what is not is AWS-LC's, SQLite's and
//! zxing-cpp's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::thread;

use crate::counts::Counts;
use crate::house::House;
use crate::trouble::Trouble;
use crate::{packages, room, shell};

/// What is fuzzed, in the order of the crate's own list.
pub(crate) const TARGETS: &[&str] = &[
    "frame",
    "link",
    "json",
    "message",
    "certificate",
    "tally",
    "chit",
    "chain",
    "ticket",
    "code",
    "picture",
    "stream",
];

/// What a run was told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// For how long each target is tried.
    pub(crate) seconds: u64,
    /// Which targets; all of them if none is named.
    pub(crate) targets: Vec<String>,
}

/// What one target came to.
struct Found {
    target: &'static str,
    executions: u64,
    speed: u64,
    coverage: u64,
    corpus: u64,
    /// Where the input lies that broke the property.
    broken: Option<PathBuf>,
    /// It ended without a word about itself.
    silent: Option<String>,
}

/// Reads `--seconds N [TARGET…]`.
pub(crate) fn plan(words: &[String]) -> Result<Plan, String> {
    let mut plan = Plan { seconds: 60, targets: Vec::new() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--seconds" {
            let number = words.next().and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
            plan.seconds = number.ok_or("--seconds needs a number")?;
        } else if TARGETS.contains(&word.as_str()) {
            plan.targets.push(word.clone());
        } else {
            return Err(format!("there is no target `{word}`; there is {}", TARGETS.join(", ")));
        }
    }
    Ok(plan)
}

/// Builds the fuzzer and runs the targets, as many at a time as there are cores; one line for each.
pub(crate) fn run(house: &House, plan: &Plan) -> Result<Counts, Trouble> {
    packages::ensure(&[packages::TO_BUILD])?;
    room::check(house)?;
    let program = build(house)?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let wanted = |name: &&&str| plan.targets.is_empty() || plan.targets.iter().any(|target| target == **name);
    let waiting = Mutex::new(TARGETS.iter().filter(wanted).rev().copied().collect::<Vec<_>>());
    println!("xtask: {} s for each target, {cores} at a time", plan.seconds);
    println!(
        "{:<14}{:>14}{:>12}{:>10}{:>9}  found",
        "target", "executions", "a second", "coverage", "corpus"
    );
    let found = thread::scope(|scope| {
        let work = || {
            let mut found = Vec::new();
            loop {
                let next = waiting.lock().ok().and_then(|mut waiting| waiting.pop());
                let Some(target) = next else { return found };
                let one = fuzz(house, &program, target, plan.seconds);
                say(&one);
                found.push(one);
            }
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    let executions: u64 = found.iter().map(|one| one.executions).sum();
    let failed = found.iter().filter(|one| one.broken.is_some() || one.silent.is_some()).count();
    println!("{:<14}{executions:>14}", "together");
    for one in &found {
        if let Some(path) = &one.broken {
            println!("xtask: `{}` is broken by {}", one.target, path.display());
            println!("       mend it, and keep the file in src-tauri/crates/fuzz/regressions/{}", one.target);
        }
        if let Some(words) = &one.silent {
            println!("xtask: `{}` ended without a result:\n{words}", one.target);
        }
    }
    let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
    Ok(Counts { passed: count(found.len() - failed), failed: count(failed) })
}

fn say(one: &Found) {
    let found = match (&one.broken, &one.silent) {
        (None, None) => "nothing",
        _ => "a broken property",
    };
    println!(
        "{:<14}{:>14}{:>12}{:>10}{:>9}  {found}",
        one.target, one.executions, one.speed, one.coverage, one.corpus
    );
}

/// The compiler counts the edges it passes and tells of what it compares.
const COUNTING: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code";

fn build(house: &House) -> Result<PathBuf, Trouble> {
    let host =
        crate::tools::host(house).ok_or_else(|| Trouble::new("rustc does not say what it builds for"))?;
    let mut build = house.cargo();
    build.args(["build", "--quiet", "--profile", "fuzz", "-p", "tallystick-fuzz", "--features", "libfuzzer"]);
    // With a target named, build scripts and macros are left without counters.
    build.args(["--bin", "fuzz", "--target", &host]).env("RUSTFLAGS", COUNTING);
    if shell::show(&mut build)? {
        Ok(house.target.join(host).join("fuzz").join("fuzz"))
    } else {
        Err(Trouble::new("the fuzzer does not build (see above)"))
    }
}

fn fuzz(house: &House, program: &Path, target: &'static str, seconds: u64) -> Found {
    let mut found =
        Found { target, executions: 0, speed: 0, coverage: 0, corpus: 0, broken: None, silent: None };
    let room = house.target.join("fuzzing");
    let (grown, findings) = (room.join("corpus").join(target), room.join("findings"));
    let crates = house.root.join("src-tauri/crates/fuzz");
    for folder in [&grown, &findings] {
        if let Err(error) = fs::create_dir_all(folder) {
            found.silent = Some(format!("cannot make {}: {error}", folder.display()));
            return found;
        }
    }
    let mut command = house.program(program);
    command
        .arg(format!("-max_total_time={seconds}"))
        .args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048", "-max_len=65600"])
        .arg(format!("-dict={}", crates.join("words.dict").display()))
        .arg(format!("-artifact_prefix={}/{target}-", findings.display()))
        .arg(&grown)
        .args(
            [crates.join("corpus").join(target), crates.join("regressions").join(target)]
                .iter()
                .filter(|f| f.is_dir()),
        )
        .env("TALLYSTICK_FUZZ", target)
        .stdout(Stdio::null());
    match command.stdin(Stdio::null()).output() {
        Ok(output) => read(&mut found, &String::from_utf8_lossy(&output.stderr), output.status.success()),
        Err(error) => found.silent = Some(format!("cannot run the fuzzer: {error}")),
    }
    found
}

/// Reads what the engine says of itself.
fn read(found: &mut Found, said: &str, ended_well: bool) {
    let number = |text: &str, name: &str| -> Option<u64> {
        text.split_once(name)?.1.split_whitespace().next()?.parse().ok()
    };
    for line in said.lines() {
        if let Some(told) = line.strip_prefix('#') {
            found.executions =
                told.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(found.executions);
            found.coverage = number(line, " cov: ").unwrap_or(found.coverage);
            let corpus = line.split_once(" corp: ").and_then(|(_, rest)| rest.split('/').next());
            found.corpus = corpus.and_then(|n| n.trim().parse().ok()).unwrap_or(found.corpus);
            found.speed = number(line, "exec/s: ").unwrap_or(found.speed);
        }
        found.executions = number(line, "stat::number_of_executed_units:").unwrap_or(found.executions);
        found.speed = number(line, "stat::average_exec_per_sec:").unwrap_or(found.speed);
        if let Some((_, path)) = line.split_once("Test unit written to ") {
            found.broken = Some(PathBuf::from(path.trim()));
        }
    }
    if !ended_well && found.broken.is_none() {
        let lines: Vec<&str> = said.lines().collect();
        found.silent = Some(lines[lines.len().saturating_sub(LAST)..].join("\n"));
    }
}

/// Lines shown of a fuzzer that ended without a result.
const LAST: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_that_of_the_crate() {
        let list = include_str!("../../fuzz/src/lib.rs");
        let named: Vec<&str> =
            list.split("Target { name: \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();

        assert_eq!(named, TARGETS);
    }

    #[test]
    fn what_the_engine_says_is_read() {
        let mut found = Found {
            target: "frame",
            executions: 0,
            speed: 0,
            coverage: 0,
            corpus: 0,
            broken: None,
            silent: None,
        };
        let said = "#12\tNEW    cov: 55 ft: 302 corp: 123/15Kb lim: 2191 exec/s: 3 rss: 35Mb\n\
                    artifact_prefix='/x/'; Test unit written to /x/frame-crash-1\n\
                    stat::number_of_executed_units: 40\n";

        read(&mut found, said, false);

        assert_eq!((found.executions, found.coverage, found.corpus, found.speed), (40, 55, 123, 3));
        assert_eq!(found.broken, Some(PathBuf::from("/x/frame-crash-1")));
        assert_eq!(found.silent, None);
    }

    #[test]
    fn a_fuzzer_that_dies_is_no_success() {
        let mut found = Found {
            target: "frame",
            executions: 0,
            speed: 0,
            coverage: 0,
            corpus: 0,
            broken: None,
            silent: None,
        };

        read(&mut found, "no such target", false);

        assert_eq!(found.silent.as_deref(), Some("no such target"));
    }

    #[test]
    fn the_words_of_a_run_are_read() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();

        assert_eq!(
            plan(&words("--seconds 20 link chain")),
            Ok(Plan { seconds: 20, targets: words("link chain") })
        );
        assert_eq!(plan(&[]), Ok(Plan { seconds: 60, targets: vec![] }));
        assert!(plan(&words("--seconds")).is_err() && plan(&words("--seconds 0")).is_err());
        assert!(plan(&words("lnik")).is_err());
    }
}
