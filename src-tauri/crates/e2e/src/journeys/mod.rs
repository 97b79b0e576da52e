//! The journeys, by the names people type.

mod closing;
mod copies_differ;
mod first_tally;
mod offline;
mod pair;
mod small;
mod two_promises;
mod whole_tally;

use std::path::Path;

use crate::{Fault, Programs, Theme};

/// One journey of two people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journey {
    /// From two new wallets to a paid entry that both hold alike.
    FirstTally,
    /// Terms talked over, asking, refusing, paying, and settings for clearing.
    WholeTally,
    /// Promises made while the other is away.
    Offline,
    /// A tally that is ended, with what is left forgiven.
    Closing,
    /// Copies that contradict each other, and what is to be done then.
    CopiesDiffer,
    /// A partner who signs two promises under one name.
    TwoPromises,
}

impl Journey {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::FirstTally,
        Self::WholeTally,
        Self::Offline,
        Self::Closing,
        Self::CopiesDiffer,
        Self::TwoPromises,
    ];

    /// The name people type and folders carry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstTally => "first-tally",
            Self::WholeTally => "whole-tally",
            Self::Offline => "offline",
            Self::Closing => "closing",
            Self::CopiesDiffer => "copies-differ",
            Self::TwoPromises => "two-promises",
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
            Self::FirstTally => first_tally::make(programs, theme, folder, telling).await,
            Self::WholeTally => whole_tally::make(programs, theme, folder, telling).await,
            Self::Offline => offline::make(programs, theme, folder, telling).await,
            Self::Closing => closing::make(programs, theme, folder, telling).await,
            Self::CopiesDiffer => copies_differ::make(programs, theme, folder, telling).await,
            Self::TwoPromises => two_promises::make(programs, theme, folder, telling).await,
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
