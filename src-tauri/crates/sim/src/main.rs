//! `sim`: lives through many seeds, or shows one.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks on the terminal")]

use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1)?.parse::<u64>().ok()
    };
    let (from, seeds) = (number("--from").unwrap_or(0), number("--seeds").unwrap_or(300));
    if args.iter().any(|arg| arg == "--trace") {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::ERROR)
            .with_writer(std::io::stderr)
            .init();
        let outcome = tallystick_sim::play(from, true);
        for line in outcome.trace.iter().chain(&outcome.picture) {
            println!("{line}");
        }
        println!("{:?}", outcome.broken);
        return ExitCode::SUCCESS;
    }
    let start = Instant::now();
    let sum = tallystick_sim::play_many(from, seeds, 10);
    println!("{:?} {:?}", sum.counts, start.elapsed());
    for outcome in &sum.broken {
        println!("{} {:?}", outcome.seed, outcome.broken);
    }
    if sum.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
