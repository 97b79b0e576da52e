//! Enemies at the door of two wallets that trade.

use std::process::ExitCode;

/// Not there yet.
pub(crate) fn run(_words: &[String]) -> ExitCode {
    ExitCode::FAILURE
}
