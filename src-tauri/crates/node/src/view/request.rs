//! Requests to be paid. A request is not signed; paying one is.

use super::{Milli, Millis, Person, view};

view! {
    /// What came of a request.
    #[derive(Copy, Eq)]
    pub enum RequestState {
        /// Nobody has answered.
        Waiting,
        /// Signed: it is an entry now.
        Paid,
        /// The payer said no.
        Refused,
        /// Its time is over.
        RanOut,
        /// Whoever asked has taken it back.
        Withdrawn,
    }

    /// A request to be paid, seen from either side.
    pub struct RequestView {
        /// Its id.
        pub id: String,
        /// The tally.
        pub tally: String,
        /// The other side.
        pub partner: Person,
        /// We ask; else they do.
        pub mine: bool,
        /// How much, in milli-CHIPs.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub units: Milli,
        /// What for; quoted text.
        pub memo: Option<String>,
        /// When it was asked, last.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub at: Millis,
        /// Good until.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub until: Option<Millis>,
        /// What came of it.
        pub state: RequestState,
        /// The reason given with a refusal; quoted text.
        pub reason: Option<String>,
        /// When its state last changed.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub changed_at: Millis,
        /// How often it was asked; 1 when never revised.
        pub times: u32,
    }
}
