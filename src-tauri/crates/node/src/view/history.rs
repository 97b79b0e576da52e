//! The entries of a tally, as a person looks for them.

use super::{EntryView, Milli, Millis, view};

view! {
    /// Which entries are looked for. It hides some and changes no balance.
    #[derive(Eq)]
    pub struct HistoryFilter {
        /// Which kind of entries.
        pub kind: HistoryKind,
        /// Signed by whom.
        pub who: HistoryWho,
        /// Part of the memo.
        pub text: Option<String>,
    }

    /// Which kind of entries.
    #[derive(Copy, Eq)]
    pub enum HistoryKind {
        /// Every kind.
        All,
        /// Payments.
        Payments,
        /// Changes of settings.
        Settings,
        /// Debts cleared in circles.
        Clearing,
    }

    /// Signed by whom.
    #[derive(Copy, Eq)]
    pub enum HistoryWho {
        /// By either.
        All,
        /// By us.
        Mine,
        /// By them.
        Theirs,
    }

    /// A page of entries, newest first.
    pub struct HistoryPage {
        /// The entries.
        pub entries: Vec<EntryView>,
        /// Ask with this for older ones.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub next: Option<u64>,
        /// Entries in all.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub total: u64,
        /// Entries that pass the filter, in all.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub shown: u64,
        /// Entries that do not.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub hidden: u64,
        /// What those add up to, in milli-CHIPs toward us.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub hidden_sum: Milli,
        /// Entries taken back before they left, newest first; with the first page only.
        pub cancelled: Vec<CancelledView>,
    }

    /// An entry that was taken back before it left this wallet. It stands in no chain.
    pub struct CancelledView {
        /// Its id.
        pub id: String,
        /// Size in milli-CHIPs.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub units: Milli,
        /// Its words.
        pub memo: Option<String>,
        /// The date that was signed.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub at: Millis,
        /// When it was taken back.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub cancelled_at: Millis,
    }
}

impl Default for HistoryFilter {
    /// Lets every entry through.
    fn default() -> Self {
        Self { kind: HistoryKind::All, who: HistoryWho::All, text: None }
    }
}
