//! The desktop app: one window, and the commands it may call. No protocol and no SQL live here.

mod bindings;
mod commands;
mod downloads;
mod options;
mod pictures;
mod prints;
mod revive;
mod screen;
mod window;

use std::process::ExitCode;

pub use bindings::typescript;

/// Runs the program that its arguments ask for.
pub fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(pictures::WORKER) {
        return pictures::work();
    }
    match options::Options::from_arguments() {
        Ok(options) => window::run(options),
        Err(code) => code,
    }
}
