//! Many wallets on a network that keeps falling apart.

use std::process::ExitCode;

/// Not there yet.
pub(crate) fn run(_words: &[String]) -> ExitCode {
    ExitCode::FAILURE
}
