//! Who is turned away at the door, and how much goes on there.

use super::{Millis, view};

view! {
    /// What somebody was turned away for.
    #[derive(Copy, Eq)]
    pub enum TurnedAwayWhy {
        /// It does not speak our protocol.
        Nonsense,
        /// It speaks the protocol and cannot prove its key.
        BadKey,
        /// It brings tickets that are not good.
        BadTicket,
        /// It calls as somebody we share no tally with.
        Unknown,
        /// It holds connections and says nothing.
        Silent,
    }

    /// A place on the network whose calls are turned away.
    pub struct TurnedAway {
        /// An IPv4 address, or a /56 of IPv6.
        pub address: String,
        /// What for.
        pub why: TurnedAwayWhy,
        /// Since when.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub since: Millis,
        /// Until when.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub until: Millis,
        /// How often within the last days.
        pub times: u32,
    }

    /// What goes on at the door.
    pub struct Doors {
        /// Who is turned away at this moment, the newest first, at most [`SHOWN`](Doors::SHOWN).
        pub turned_away: Vec<TurnedAway>,
        /// How many there are in all.
        pub turned_away_count: u32,
        /// Places remembered, with what they did.
        pub known: u32,
        /// Calls that have not proven anything yet.
        pub half_open: u32,
        /// Calls being served.
        pub calls: u32,
        /// Calls turned away since the wallet was opened.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub refused: u64,
        /// Calls that had to make room since then.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub evicted: u64,
        /// Bans since then.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub bans: u64,
        /// Messages of partners since then that had no business on their link.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub dropped: u64,
    }
}

impl Doors {
    /// The longest list that is shown.
    pub const SHOWN: usize = 100;
}
