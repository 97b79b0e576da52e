//! Verbs about agreements.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Agree, Changes, StandingVerb};

/// Agreements.
#[derive(Debug, Subcommand)]
pub(crate) enum TallyVerb {
    /// List all tallies, the one that changed last first
    List,
    /// Show one tally
    Show {
        /// The tally.
        id: String,
    },
    /// Sign a draft that somebody answered, and offer it
    Offer {
        /// The tally.
        id: String,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
    /// Sign what a partner offers
    Accept {
        /// The tally.
        id: String,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
    /// Say no to what a partner offers
    Refuse {
        /// The tally.
        id: String,
        /// Words the partner will see
        #[arg(long)]
        reason: Option<String>,
    },
    /// Change our side of a draft or an offer, sign that, and send it
    #[command(after_help = COUNTER_EXAMPLES)]
    Counter {
        /// The tally.
        id: String,
        /// What changes.
        #[command(flatten)]
        changes: Changes,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
    /// Take back an offer that nobody has answered
    Withdraw {
        /// The tally.
        id: String,
    },
    /// Say what differs between the last version of an offer and this one
    Differences {
        /// The tally.
        id: String,
    },
    /// Ask the partner's wallet for its copy, and see whether both match
    Compare {
        /// The tally.
        id: String,
    },
    /// Look for damage in our copy, and have the partner's wallet send again what cannot be read any more
    Repair {
        /// The tally.
        id: String,
    },
    /// Write everything that anybody needs to judge a tally into a file
    Evidence {
        /// The tally.
        id: String,
        /// The file, `-` for standard output; without it, one in this folder named after the tally
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Settings and closing.
    #[command(flatten)]
    Standing(StandingVerb),
}

const COUNTER_EXAMPLES: &str = "\
Examples:
  tallystick-node tally counter 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d --they-may-owe 35
  tallystick-node tally counter 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d --notice 30 --memo 'as we said' --yes";
