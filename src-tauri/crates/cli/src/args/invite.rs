//! What an inviter decides.

use clap::ValueEnum;
use tallystick_core::Units;
use tallystick_node::view::{InviteTerms, Template};

use super::{Told, chips, seconds};

/// What an inviter decides.
#[derive(Debug, clap::Args)]
pub(crate) struct NewTicket {
    /// The most the partner may owe us, in CHIP
    #[arg(long, value_name = "CHIP", default_value = "20", value_parser = chips)]
    they_may_owe: Units,
    /// Days of notice we give before asking to settle
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    notice: u32,
    /// How long the ticket is good: 90s, 15m, 48h, 30d
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = seconds)]
    good_for: u32,
    /// Ready-made terms to start from: friend and shop hold the stock, customer the foil
    #[arg(long, value_enum, default_value_t = Start::Friend)]
    template: Start,
    /// A note for ourselves, never sent
    #[arg(long)]
    note: Option<String>,
    /// How often the ticket may be used, each time for a tally of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    uses: u32,
    /// The address of the only person who may use it
    #[arg(long, value_name = "CHIP ADDRESS")]
    only_for: Option<String>,
    /// The contract, by its hash (see `contract list`)
    #[arg(long, value_name = "HASH")]
    contract: Option<String>,
    /// Words on the tally that both will see
    #[arg(long)]
    memo: Option<String>,
    /// What they will see of us.
    #[command(flatten)]
    told: Told,
}

/// Ready-made sets of terms.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Start {
    /// Both ways, small
    Friend,
    /// They pay us
    Shop,
    /// We pay them
    Customer,
}

impl From<NewTicket> for InviteTerms {
    fn from(new: NewTicket) -> Self {
        Self {
            template: match new.template {
                Start::Friend => Template::Friend,
                Start::Shop => Template::Shop,
                Start::Customer => Template::Customer,
            },
            they_may_owe: new.they_may_owe.milli(),
            notice_days: new.notice,
            good_for: new.good_for,
            note: new.note,
            uses: new.uses,
            only_for: new.only_for,
            contract: new.contract,
            disclose: new.told.into(),
            memo: new.memo,
        }
    }
}
