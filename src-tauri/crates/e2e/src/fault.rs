//! What can go wrong on the way, and where to look.

use std::io;
use std::path::PathBuf;

/// Why a journey ended early.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A program of the stage could not be started.
    #[error("cannot start {program}")]
    Start {
        /// Which one.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A condition did not come true in time.
    #[error("waited in vain for {what}; {seen}")]
    Waited {
        /// The condition.
        what: String,
        /// What was there instead.
        seen: String,
    },
    /// Something was there, but not what it should be.
    #[error("{what} should be {expected}, but is {actual}")]
    Differs {
        /// What was looked at.
        what: String,
        /// What the journey promises.
        expected: String,
        /// What was found.
        actual: String,
    },
    /// The window's driver refused a command.
    #[error("the window did not take a command: {0}")]
    Driver(#[from] fantoccini::error::CmdError),
    /// The window's driver gave no session.
    #[error("the wallet's window did not open; its log is {log}")]
    NoWindow {
        /// Where the wallet's own words are.
        log: PathBuf,
        /// What the driver said.
        source: Box<fantoccini::error::NewSessionError>,
    },
    /// The virtual screen did not answer.
    #[error("the virtual screen failed: {0}")]
    Screen(String),
    /// A picture could not be written.
    #[error("cannot keep a picture in {path}")]
    Picture {
        /// Where it should have gone.
        path: PathBuf,
        /// What the encoder said.
        source: image::ImageError,
    },
    /// A file or folder could not be used.
    #[error("cannot use {path}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The command-line node did not do what it was asked.
    #[error("tallystick-node {command} failed: {said}")]
    Node {
        /// The command's words.
        command: String,
        /// The end of its errors.
        said: String,
    },
}

impl Fault {
    /// Two values that should be equal.
    pub(crate) fn unless_equal(what: &str, expected: &str, actual: &str) -> Result<(), Self> {
        if expected == actual {
            return Ok(());
        }
        Err(Self::Differs {
            what: what.to_owned(),
            expected: format!("{expected:?}"),
            actual: format!("{actual:?}"),
        })
    }

    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}
