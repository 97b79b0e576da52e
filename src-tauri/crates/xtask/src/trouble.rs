//! What stops a command, in words for the person at the terminal.

use std::fmt;

/// What went wrong, and what to do about it.
#[derive(Debug)]
pub(crate) struct Trouble {
    what: String,
    advice: Option<String>,
}

impl Trouble {
    /// Something went wrong and the message says all there is to say.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), advice: None }
    }

    /// Adds what the person can do.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// A command failed; its last words are searched for a cause people can act on.
    pub(crate) fn of_command(what: &str, last_words: &str) -> Self {
        let trouble = Self::new(format!("{what} failed"));
        match cause(last_words) {
            Some(advice) => trouble.advise(advice),
            None => trouble,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.advice {
            Some(advice) => write!(f, "\n       {advice}"),
            None => Ok(()),
        }
    }
}

/// Reads the usual suspects out of what a package manager printed.
fn cause(words: &str) -> Option<&'static str> {
    let said = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
    if said(NO_DISK) {
        Some("the disk is full: free some space (16 GB for everything), then run the same command again")
    } else if said(NO_NETWORK) {
        Some(
            "the network did not answer: check the connection (and proxy settings), then run the same command again; \
             what was downloaded is kept",
        )
    } else if said(NOT_ALLOWED) {
        Some("permission was denied: run as root or as someone who may use sudo, and own this folder")
    } else {
        None
    }
}

const NO_DISK: &[&str] = &["No space left on device", "ENOSPC", "not have enough free space", "os error 28"];

const NO_NETWORK: &[&str] = &[
    "Temporary failure resolving",
    "Could not resolve",
    "Couldn't resolve host",
    "Could not connect to",
    "Unable to connect to",
    "Network is unreachable",
    "Connection timed out",
    "Connection refused",
    "Failed to connect",
    "failed to download from",
    "spurious network error",
    "Timeout was reached",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
    "EHOSTUNREACH",
];

const NOT_ALLOWED: &[&str] = &["Permission denied", "EACCES", "are you root?", "a password is required"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_network_is_recognised_in_every_package_manager() {
        let words = [
            "W: Failed to fetch http://mirror/dists  Temporary failure resolving 'mirror'",
            "npm error code EAI_AGAIN",
            "Caused by:\n  [6] Couldn't resolve host name (Could not resolve host: index)",
        ];

        for said in words {
            assert!(Trouble::of_command("this", said).to_string().contains("network"), "{said}");
        }
    }

    #[test]
    fn a_full_disk_is_named_before_its_consequences() {
        let trouble = Trouble::of_command("npm ci", "npm error ENOSPC: no space, write\nECONNRESET");

        assert!(trouble.to_string().contains("disk is full"));
    }

    #[test]
    fn an_unknown_cause_gives_no_advice() {
        assert_eq!(Trouble::of_command("npm ci", "npm error code 1").to_string(), "npm ci failed");
    }
}
