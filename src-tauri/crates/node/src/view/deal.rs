//! Agreeing on a tally, and what to do when its two copies disagree.

use super::{Milli, Millis, view};

view! {
    /// Whose turn it is.
    #[derive(Copy, Eq)]
    pub enum Turn {
        /// Ours to answer.
        Mine,
        /// Theirs.
        Theirs,
        /// Nobody's: nobody has answered yet, or the answer is on its way.
        None,
    }

    /// What differs between two versions.
    #[derive(Copy, Eq)]
    pub enum DifferenceField {
        /// The words on it.
        Memo,
        /// How much somebody may owe.
        Limit,
        /// Days of notice.
        Notice,
        /// The contract.
        Contract,
        /// What somebody says of themselves.
        Card,
        /// Something this program has no word for.
        Other,
    }

    /// Whose grant or words.
    #[derive(Copy, Eq)]
    pub enum Whose {
        /// Ours.
        Mine,
        /// Theirs.
        Theirs,
        /// Of both.
        Both,
    }

    /// One thing that is not the same in two versions.
    pub struct Difference {
        /// What differs.
        pub field: DifferenceField,
        /// Whose grant or words.
        pub whose: Whose,
        /// A limit before, in milli-CHIPs.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub old_units: Option<Milli>,
        /// The limit now.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub new_units: Option<Milli>,
        /// Days before.
        pub old_days: Option<u32>,
        /// Days now.
        pub new_days: Option<u32>,
        /// Words before; quoted text.
        pub old_text: Option<String>,
        /// Words now; quoted text.
        pub new_text: Option<String>,
    }

    /// The talk about a tally's terms.
    pub struct NegotiationView {
        /// Which version this is, from 1.
        pub revision: u32,
        /// Who has to answer.
        pub turn: Turn,
        /// They said they are changing our offer.
        pub revising: bool,
        /// What differs between the last version and this one.
        pub differences: Vec<Difference>,
        /// We may change it and send it back.
        pub can_counter: bool,
        /// We may take it back.
        pub can_withdraw: bool,
        /// We may refuse it.
        pub can_refuse: bool,
    }

    /// What somebody changes about their own side, and the words on it.
    pub struct CounterTerms {
        /// What we grant, in milli-CHIPs.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub limit: Milli,
        /// Days of notice we give before asking to settle.
        pub notice_days: Option<u32>,
        /// Words inside the tally.
        pub memo: Option<String>,
    }

    /// How two copies disagree.
    #[derive(Copy, Eq)]
    pub enum DisputeKind {
        /// Their chain has another hash where both had agreed.
        Chain,
        /// One entry came with two contents.
        Conflict,
        /// A lift that they had given up in writing stands in their copy as good.
        Waived,
        /// Our own copy was damaged on this disk; it is being put together again from theirs.
        Damaged,
    }

    /// What keeps two copies from matching.
    pub struct DisputeView {
        /// The chains differ, or one entry came with two contents.
        pub kind: DisputeKind,
        /// The first index where they do.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub index: u64,
        /// Since when we know.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub since: Millis,
        /// Our hash there.
        pub our_hash: Option<String>,
        /// The hash they state.
        pub their_hash: Option<String>,
        /// The entry in question.
        pub entry: Option<String>,
        /// Pieces of evidence kept.
        pub evidence: u32,
    }

    /// What was found when a copy was to be repaired.
    #[derive(Copy, Eq)]
    pub enum RepairState {
        /// Nothing is wrong with it.
        Whole,
        /// What is damaged is asked for from the partner's wallet.
        Mending,
        /// The agreement itself is damaged: nothing can be told from its entries, and nothing was touched.
        AgreementDamaged,
    }

    /// What came of a repair so far.
    #[derive(Copy, Eq)]
    pub struct Repair {
        /// How it stands.
        pub state: RepairState,
        /// Entries that are sound, from the first one on.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub sound: u64,
        /// Entries that were laid aside, signed as they should be: they come back.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub kept: u64,
        /// Rows that were laid aside and cannot be read as anybody's promise.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub unreadable: u64,
    }

    /// A file for whoever must judge.
    pub struct EvidenceFile {
        /// A file name for it.
        pub name: String,
        /// One JSON text with everything anybody needs to check it.
        pub text: String,
    }
}
