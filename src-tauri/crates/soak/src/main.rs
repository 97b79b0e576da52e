//! `soak attack|partition`: real nodes for minutes on end, under what the internet does to them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod attack;
mod partition;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let what = words.next();
    let rest: Vec<String> = words.collect();
    match what.as_deref() {
        Some("attack") => attack::run(&rest),
        Some("partition") => partition::run(&rest),
        // Started by `partition`, fifty times.
        Some("node") => partition::serve(&rest),
        _ => {
            eprintln!("say what: there is `attack` and `partition`");
            ExitCode::FAILURE
        }
    }
}
