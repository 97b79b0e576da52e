//! `vectors --dir DIR`: replays a folder of recorded vectors and says how many checks held.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use tallystick_testkit::vectors::replay;

fn main() -> ExitCode {
    let Some(dir) = folder(env::args().skip(1)) else {
        eprintln!("usage: vectors --dir DIR");
        return ExitCode::from(2);
    };
    match replay(&dir) {
        Ok(report) => {
            println!("{report}");
            if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            println!("{}: {error}", dir.display());
            println!("0 passed, 0 failed");
            ExitCode::FAILURE
        }
    }
}

fn folder(mut words: impl Iterator<Item = String>) -> Option<PathBuf> {
    let first = words.next()?;
    let dir = match first.strip_prefix("--dir=") {
        Some(dir) => dir.to_owned(),
        None if first == "--dir" => words.next()?,
        None => return None,
    };
    words.next().is_none().then(|| PathBuf::from(dir))
}
