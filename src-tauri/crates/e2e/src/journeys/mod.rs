//! The journeys, by the names people type.

mod beginning;
mod closing;
mod copies_differ;
mod first_tally;
mod hand_over;
mod lifts;
mod offline;
mod pair;
mod person;
mod scan;
mod small;
mod two_promises;
mod whole_tally;

use std::path::Path;

use self::pair::Pair;
use crate::{Fault, Programs, Theme};

/// One journey of two people, or three.
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
    /// A tally agreed and paid on from screen to camera, without any network.
    OfflineHandOver,
    /// A code held before a camera, and everything that can be wrong with cameras.
    Scan,
    /// Three who owe each other in a ring: what clears by itself, within what, and what is seen of it.
    Lifts,
}

impl Journey {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::FirstTally,
        Self::WholeTally,
        Self::Offline,
        Self::Closing,
        Self::CopiesDiffer,
        Self::TwoPromises,
        Self::OfflineHandOver,
        Self::Scan,
        Self::Lifts,
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
            Self::OfflineHandOver => "offline-hand-over",
            Self::Scan => "scan",
            Self::Lifts => "lifts",
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
        let pair = &mut Pair::meet(programs, theme, folder, self.steps(), telling).await?;
        match self {
            Self::FirstTally => first_tally::make(pair).await,
            Self::WholeTally => whole_tally::make(pair).await,
            Self::Offline => offline::make(pair).await,
            Self::Closing => closing::make(pair).await,
            Self::CopiesDiffer => copies_differ::make(pair).await,
            Self::TwoPromises => two_promises::make(pair).await,
            Self::OfflineHandOver => hand_over::make(pair).await,
            Self::Scan => scan::make(pair).await,
            Self::Lifts => lifts::make(pair).await,
        }
    }

    fn steps(self) -> usize {
        match self {
            Self::FirstTally => first_tally::STEPS,
            Self::WholeTally => whole_tally::STEPS,
            Self::Offline => offline::STEPS,
            Self::Closing => closing::STEPS,
            Self::CopiesDiffer => copies_differ::STEPS,
            Self::TwoPromises => two_promises::STEPS,
            Self::OfflineHandOver => hand_over::STEPS,
            Self::Scan => scan::STEPS,
            Self::Lifts => lifts::STEPS,
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
