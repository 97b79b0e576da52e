//! The desktop app: one window, and the commands it may call. No protocol and no SQL live here.

mod bindings;
mod camera;
mod clearing;
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
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(pictures::WORKER) {
        return if arguments.next().as_deref() == Some(camera::CAMERA) {
            camera::film()
        } else {
            pictures::work()
        };
    }
    match options::Options::from_arguments() {
        Ok(options) => window::run(options),
        Err(code) => code,
    }
}
