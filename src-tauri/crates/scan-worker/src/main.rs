//! The camera's process by itself, for tests and for trying a camera without the wallet; the app carries the same.

use std::process::ExitCode;

fn main() -> ExitCode {
    tallystick_scan_worker::camera::work()
}
