//! What needs the person, what waits for others, and what happened.

use super::{Milli, Millis, Person, view};

view! {
    /// What an item is about.
    #[derive(Copy, Eq)]
    pub enum ActivityKind {
        /// Needed: somebody used our ticket.
        ReviewAnswer,
        /// Needed: somebody offers a tally.
        ReviewOffer,
        /// Needed: somebody asks to be paid.
        PayRequest,
        /// Needed: the two copies do not match.
        Mismatch,
        /// Needed: the partner wants to close.
        CloseAsked,
        /// Needed: the partner asks us to settle up.
        Called,
        /// Waiting: our offer has no answer yet.
        OfferSent,
        /// Waiting: our request has no answer yet.
        RequestSent,
        /// Waiting: an entry of ours is not known to be in both copies.
        EntryQueued,
        /// Waiting: a ticket of ours can still be used.
        TicketShown,
        /// Waiting: somebody whose ticket we used.
        Contacted,
        /// A tally came into force.
        TallyOpened,
        /// An offer, or the answer to a ticket, was refused.
        TallyRefused,
        /// An offer was taken back.
        TallyWithdrawn,
        /// A tally was closed at zero.
        TallyClosed,
        /// We paid.
        Paid,
        /// We were paid.
        Received,
        /// We changed our settings.
        SettingsMine,
        /// They changed theirs.
        SettingsTheirs,
        /// A request was refused.
        RequestRefused,
        /// A request was paid.
        RequestPaid,
        /// A request ran out.
        RequestRanOut,
        /// A request was taken back.
        RequestWithdrawn,
        /// An entry of ours was taken back before it left.
        EntryCancelled,
        /// The two copies were found not to match.
        DisputeBegan,
        /// They match again.
        DisputeEnded,
        /// Debts cancelled in circles: one item for all of a day that follow each other.
        Cleared,
        /// We paid somebody's invoice through the network.
        PaidThrough,
        /// Somebody paid our invoice through the network.
        ReceivedThrough,
    }

    /// One item of activity.
    pub struct ActivityItem {
        /// Its id.
        pub id: String,
        /// What happened or is needed.
        pub kind: ActivityKind,
        /// Where.
        pub tally: String,
        /// Who.
        pub partner: Option<Person>,
        /// The entry it is about.
        pub entry: Option<String>,
        /// The request it is about.
        pub request: Option<String>,
        /// The lift it is about; the newest, where there are several.
        pub lift: Option<String>,
        /// Of how many like it this is made: one, but for circles.
        pub count: u32,
        /// How much, in milli-CHIPs toward us; of circles, what all of them cleared.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub units: Option<Milli>,
        /// Words of it; quoted text.
        pub memo: Option<String>,
        /// A reason given; quoted text.
        pub reason: Option<String>,
        /// When.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub at: Millis,
        /// Until when it waits.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub until: Option<Millis>,
        /// The person has seen it, or did it.
        pub read: bool,
    }

    /// The three lanes.
    pub struct Activity {
        /// What waits for the person, most urgent first; with the first page only.
        pub needs: Vec<ActivityItem>,
        /// What waits for others, newest first; with the first page only.
        pub waiting: Vec<ActivityItem>,
        /// What happened, newest first.
        pub happened: Vec<ActivityItem>,
        /// Ask with this for older ones.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub next: Option<i64>,
        /// What happened and was not seen yet.
        pub unread: u32,
    }
}
