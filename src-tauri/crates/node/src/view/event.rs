//! What changed: names only, never the new state. A gap in `seq` means: ask for everything again.

use super::view;

view! {
    /// One notice to the window.
    pub struct Event {
        /// Grows by one with every event of this run.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub seq: u64,
        /// What it is about.
        pub happening: Happening,
    }

    /// What changed.
    #[serde(tag = "kind")]
    pub enum Happening {
        /// A tally, its phase, balance or entries.
        TallyChanged {
            /// Which one.
            tally: String,
        },
        /// A ticket was made, used, revoked or ran out.
        TicketChanged {
            /// Which one.
            ticket: String,
        },
        /// Reachability or the number of links.
        ConnectionChanged,
        /// What needs the person, what waits for others, or what happened.
        ActivityChanged,
        /// A lift, or an invoice or payment that goes by one.
        LiftChanged {
            /// The session in which its way was found.
            session: String,
        },
        /// Our own check of a lift found that it is not within what was signed.
        LiftAuditFailed {
            /// The lift.
            lift: String,
        },
        /// Events were dropped: ask for everything again.
        Lagged,
    }
}
