//! `cargo xtask`: the commands people type in this repository.
//!
//! Every verb brings what it needs along: it looks which system packages, tools and front-end modules are missing,
//! says which, installs them, and only then does its work. A second run finds everything in place and is fast.
//!
//! The tool depends on no crate, so that it can be built before anything else is there.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks on the terminal")]

mod args;
mod counts;
mod fuzz;
mod house;
mod packages;
mod parts;
mod room;
mod shell;
mod suite;
mod tools;
mod trouble;
mod wallet;
mod window;

use std::env;
use std::process::ExitCode;

use crate::args::Verb;
use crate::house::House;
use crate::trouble::Trouble;

fn main() -> ExitCode {
    let verb = match args::parse(env::args().skip(1)) {
        Ok(verb) => verb,
        Err(complaint) => {
            eprintln!("{complaint}\n\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    match perform(verb) {
        Ok(code) => code,
        Err(trouble) => {
            eprintln!("\nxtask: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn perform(verb: Verb) -> Result<ExitCode, Trouble> {
    if verb == Verb::Help {
        println!("{}", args::HELP);
        return Ok(ExitCode::SUCCESS);
    }
    let house = House::find()?;
    match verb {
        Verb::Help => Ok(ExitCode::SUCCESS),
        Verb::Setup => suite::set_up(&house).map(|()| ExitCode::SUCCESS),
        Verb::Run { tour, args } => wallet::run(&house, tour, &args),
        Verb::Test { quick } => Ok(suite::test(&house, quick)),
        Verb::EndToEnd { args } => wallet::end_to_end(&house, &args),
        Verb::Vectors { args } => wallet::vectors(&house, &args),
        Verb::Simulate { args } => wallet::windowless(
            &house,
            // The faults are asleep unless they are asked for; one build serves both.
            &["run", "--release", "--quiet", "-p", "tallystick-sim", "--features", "mutants", "--bin", "sim"],
            &args,
        ),
        Verb::SimulateLifts { args } => wallet::windowless(
            &house,
            &[
                "run",
                "--release",
                "--quiet",
                "-p",
                "tallystick-lift-sim",
                "--features",
                "mutants",
                "--bin",
                "lifts",
            ],
            &args,
        ),
        Verb::Soak { args } => wallet::windowless(
            &house,
            &["run", "--release", "--quiet", "-p", "tallystick-soak", "--bin", "soak"],
            &args,
        ),
        Verb::Fuzz { plan } => fuzz::run(&house, &plan).map(|counts| match counts.failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }),
        Verb::Bench { what: "qr", args } => wallet::windowless(
            &house,
            &["run", "--release", "--quiet", "-p", "tallystick-scan-worker", "--example", "qr"],
            &args,
        ),
        Verb::Bench { what, args } => {
            wallet::windowless(&house, &["bench", "-p", "tallystick-node", "--bench", what], &args)
        }
    }
}
