//! The journeys, by the names people type.

mod first_tally;

use std::path::Path;

use crate::{Fault, Programs, Theme};

pub use first_tally::FirstTally;

/// One journey of two people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journey {
    /// From two new wallets to a paid entry that both hold alike.
    FirstTally,
}

impl Journey {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::FirstTally];

    /// The name people type and folders carry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstTally => "first-tally",
        }
    }

    /// Makes the journey once, in one theme, keeping its pictures in a folder.
    pub async fn make(
        self,
        programs: &Programs,
        theme: Theme,
        folder: &Path,
        telling: Telling,
    ) -> Result<(), Fault> {
        match self {
            Self::FirstTally => FirstTally::make(programs, theme, folder, telling).await,
        }
    }
}

/// For whom a journey is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// For a test's log.
    Briefly,
    /// For a guest: with the pictures' places, and what both wallets agree on at the end.
    AsTour,
}
