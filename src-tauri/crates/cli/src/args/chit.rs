//! Verbs about entries, and about requests for them.

use clap::{Subcommand, ValueEnum};
use tallystick_core::Units;
use tallystick_node::view::{HistoryFilter, HistoryKind, HistoryWho};

use super::{Agree, chips};

/// Entries of a tally, and requests for them.
#[derive(Debug, Subcommand)]
pub(crate) enum ChitVerb {
    /// Pay a partner: sign a promise of so many CHIP
    #[command(after_help = PAY_EXAMPLES)]
    Pay {
        /// The tally.
        tally: String,
        /// The amount in CHIP, with at most three decimals
        #[arg(value_parser = chips)]
        amount: Units,
        /// Words both sides will see
        #[arg(long)]
        memo: Option<String>,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
    /// Ask a partner to pay us; nothing is signed by it
    #[command(after_help = REQUEST_EXAMPLES)]
    Request {
        /// The tally.
        tally: String,
        /// What is asked for.
        #[command(flatten)]
        wish: Wish,
    },
    /// List requests, the one that changed last first
    Requests {
        /// Only those of this tally
        tally: Option<String>,
    },
    /// Pay what a partner asks for, exactly as asked
    #[command(after_help = GRANT_EXAMPLES)]
    Grant {
        /// The tally.
        tally: String,
        /// The request.
        request: String,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
    /// Say no to what a partner asks for
    Refuse {
        /// The tally.
        tally: String,
        /// The request.
        request: String,
        /// Words the partner will see
        #[arg(long)]
        reason: Option<String>,
    },
    /// Take a request of ours back
    Withdraw {
        /// The tally.
        tally: String,
        /// The request.
        request: String,
    },
    /// Ask again with other words, after a refusal, after its time, or while it waits
    #[command(after_help = AGAIN_EXAMPLES)]
    Again {
        /// The tally.
        tally: String,
        /// The request.
        request: String,
        /// What is asked for.
        #[command(flatten)]
        wish: Wish,
    },
    /// Take an entry of ours back that has not left this computer
    Cancel {
        /// The tally.
        tally: String,
        /// The entry.
        entry: String,
    },
    /// List the entries of a tally, newest first
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// The tally.
        tally: String,
        /// Only entries before this place in the chain
        #[arg(long, value_name = "INDEX")]
        before: Option<u64>,
        /// Which entries.
        #[command(flatten)]
        filter: Filter,
    },
}

/// What is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Wish {
    /// The amount in CHIP, with at most three decimals
    #[arg(value_parser = chips)]
    pub(crate) amount: Units,
    /// Words both sides will see
    #[arg(long)]
    pub(crate) memo: Option<String>,
    /// Days until it runs out
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
}

/// Which entries are listed. Whatever is hidden, the running balance is that of the whole chain.
#[derive(Debug, clap::Args)]
pub(crate) struct Filter {
    /// Only entries of this kind
    #[arg(long, value_enum, default_value_t = Kind::All)]
    kind: Kind,
    /// Only entries signed by us, or by them
    #[arg(long, value_enum, default_value_t = Who::All)]
    who: Who,
    /// Only entries with this in their memo
    #[arg(long)]
    text: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    All,
    Payments,
    Settings,
    Clearing,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Who {
    All,
    Mine,
    Theirs,
}

impl From<Filter> for HistoryFilter {
    fn from(filter: Filter) -> Self {
        Self {
            kind: match filter.kind {
                Kind::All => HistoryKind::All,
                Kind::Payments => HistoryKind::Payments,
                Kind::Settings => HistoryKind::Settings,
                Kind::Clearing => HistoryKind::Clearing,
            },
            who: match filter.who {
                Who::All => HistoryWho::All,
                Who::Mine => HistoryWho::Mine,
                Who::Theirs => HistoryWho::Theirs,
            },
            text: filter.text,
        }
    }
}

const PAY_EXAMPLES: &str = "\
Examples:
  tallystick-node chit pay 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d 12.500 --memo 'bike tube'
  tallystick-node chit pay 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d 3 --yes --wait 10 --json";

const REQUEST_EXAMPLES: &str = "\
Examples:
  tallystick-node chit request 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d 12.500 --memo 'bike tube' --days 7
  tallystick-node chit requests --json";

const GRANT_EXAMPLES: &str = "\
Examples:
  tallystick-node chit requests
  tallystick-node chit grant 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d 7d0f7d5b-6a0e-4a0e-8a45-0f8d2b1c9e11 --yes
  tallystick-node chit refuse 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d 7d0f7d5b-6a0e-4a0e-8a45-0f8d2b1c9e11 --reason 'we said 5'";

const AGAIN_EXAMPLES: &str = "\
Example:
  tallystick-node chit again 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d 7d0f7d5b-6a0e-4a0e-8a45-0f8d2b1c9e11 5 --memo 'as we said'";

const LIST_EXAMPLES: &str = "\
Examples:
  tallystick-node chit list 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d --who theirs --text bike
  tallystick-node chit list 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d --kind settings --before 40 --json";
