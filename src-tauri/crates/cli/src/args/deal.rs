//! What is said on the command line about offers, contracts and cards.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use tallystick_core::Units;
use tallystick_node::view::CardField;

use super::chips;

/// What changes in an offer; what is not named stays.
#[derive(Debug, clap::Args)]
pub(crate) struct Changes {
    /// The most the partner may owe us, in CHIP
    #[arg(long, value_name = "CHIP", value_parser = chips)]
    pub(crate) they_may_owe: Option<Units>,
    /// Days of notice we give before asking to settle
    #[arg(long, value_name = "DAYS")]
    pub(crate) notice: Option<u32>,
    /// Words on the tally that both will see; empty for none
    #[arg(long)]
    pub(crate) memo: Option<String>,
}

/// The texts that tallies are signed under.
#[derive(Debug, Subcommand)]
pub(crate) enum ContractVerb {
    /// List all contracts whose text is here
    List,
    /// Print a contract
    Show {
        /// Its hash
        #[arg(allow_hyphen_values = true)]
        hash: String,
    },
    /// Bring in the text of a contract; its hash decides which one it is
    Import {
        /// A text file, or `-` for standard input
        file: PathBuf,
    },
}

/// What we say of ourselves.
#[derive(Debug, Subcommand)]
pub(crate) enum CardVerb {
    /// Show our card
    Show,
    /// Change fields of our card; an empty one is removed
    Set {
        /// Where letters reach us
        #[arg(long)]
        email: Option<String>,
        /// Where calls reach us
        #[arg(long)]
        phone: Option<String>,
        /// Where we are to be found
        #[arg(long)]
        place: Option<String>,
    },
}

/// What somebody will see of our card besides the name.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Told {
    /// What of our card they will see besides the name
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FIELD")]
    disclose: Vec<Field>,
}

impl From<Told> for Vec<CardField> {
    fn from(told: Told) -> Self {
        let field = |field| match field {
            Field::Email => CardField::Email,
            Field::Phone => CardField::Phone,
            Field::Place => CardField::Place,
        };
        told.disclose.into_iter().map(field).collect()
    }
}

/// A field of our card.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Field {
    /// Where letters reach us
    Email,
    /// Where calls reach us
    Phone,
    /// Where we are to be found
    Place,
}
