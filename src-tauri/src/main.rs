//! The wallet's window, or, as `scan-worker`, the process that looks at pictures for it.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    tallystick::main()
}
