//! Verbs about lifts: invoices that strangers can pay, and debts that cancel in circles.

use std::path::PathBuf;

use clap::Subcommand;
use tallystick_core::Units;

use super::{Agree, Switch, chips, seconds};

/// Lifts.
#[derive(Debug, Subcommand)]
pub(crate) enum LiftVerb {
    /// Let this wallet sign lifts over a tally by itself, within its settings
    On {
        /// The tally.
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
    /// Let no lift go over a tally any more
    Off {
        /// The tally.
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
    /// Let no lift go over a tally, or over any, for now; what is promised stays promised
    Pause {
        /// The tally; without it all of them.
        tally: Option<String>,
    },
    /// Let them again
    Resume {
        /// The tally; without it all that are not paused by themselves.
        tally: Option<String>,
    },
    /// Say how this wallet stands to lifts, and why nothing is cleared
    Why,
    /// List what stands in the way of clearing, tally by tally
    Idle,
    /// Leave circles of less than this alone
    Least {
        /// In CHIP.
        #[arg(value_name = "CHIP", value_parser = chips)]
        units: Units,
    },
    /// Have tallies that come into force take part by themselves, or not
    Join {
        /// On or off.
        switch: Switch,
    },
    /// Say what was cleared and moved: this week, this month, ever
    Stats,
    /// Write everything that the check of a lift rests on into a file
    Evidence {
        /// The lift.
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// The file, `-` for standard output; without it, one in this folder named after the lift
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List lifts, the one that changed last first
    List,
    /// Show one lift, and whether all its papers hold
    Show {
        /// The lift.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Make an invoice that anybody can pay to whom a way is found
    Invoice {
        /// How much, in CHIP; without it the payer chooses
        #[arg(long, value_name = "CHIP", value_parser = chips)]
        units: Option<Units>,
        /// What for: the payer will see it
        #[arg(long)]
        memo: Option<String>,
        /// What we call it: the payer will see it
        #[arg(long = "ref", value_name = "TEXT")]
        reference: Option<String>,
        /// How long it can be paid, as 15m, 48h or 30d
        #[arg(long, value_name = "TIME", default_value = "48h", value_parser = seconds)]
        good_for: u32,
    },
    /// List our invoices, the newest first
    Invoices,
    /// Show one of our invoices, and show others the way to it for a quarter of an hour
    InvoiceShow {
        /// The invoice.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Pay somebody's invoice: all of it, or nothing
    #[command(after_help = PAY_EXAMPLES)]
    Pay {
        /// The text of the code, `@FILE` for a picture of it, or `-` to read the text from standard input
        code: String,
        /// How much, in CHIP, where the invoice leaves it open
        #[arg(long, value_name = "CHIP", value_parser = chips)]
        units: Option<Units>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Say how a payment of ours stands
    Payment {
        /// The payment.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Print the receipt of an invoice that was paid
    Receipt {
        /// The invoice, or the payment.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
}

/// Who decides lifts.
#[derive(Debug, Subcommand)]
pub(crate) enum RefereeVerb {
    /// Decide lifts for whoever asks; partners learn of it when `lift on` is signed anew
    On,
    /// Decide for nobody any more, and answer nobody: do this when nothing is open
    Off,
    /// Accept the decisions of a referee
    Trust {
        /// `agent@host:port`
        #[arg(allow_hyphen_values = true)]
        address: String,
    },
    /// Do not accept them any more
    Forget {
        /// `agent@host:port`
        #[arg(allow_hyphen_values = true)]
        address: String,
    },
    /// List whose decisions are accepted
    List,
}

const PAY_EXAMPLES: &str = "\
Examples:
  tallystick-node lift pay @invoice.png
  tallystick-node lift pay - --units 12.5 --yes --json < invoice.txt";
