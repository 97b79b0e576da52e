//! Tallies, their entries, and the position they add up to.

use super::{
    Card, CardField, ClosingView, DisputeView, Milli, Millis, NegotiationView, Person, RequestView,
    SettingsView, view,
};

view! {
    /// A tally's state (protocol.md 7).
    #[derive(Copy, Eq)]
    pub enum PhaseView {
        /// Ours to edit; perhaps on show as a ticket.
        Draft,
        /// We used somebody's ticket and wait for their offer.
        Contacted,
        /// Somebody used our ticket: ours to finish and sign.
        PartnerDraft,
        /// Signed by us, on its way.
        Offering,
        /// Offered: their turn.
        Offered,
        /// They offered: our turn.
        OfferedToUs,
        /// We accepted; the answer is on its way.
        Accepting,
        /// In force.
        Open,
        /// Paying down.
        Closing,
        /// Closed at zero.
        Closed,
        /// Refused or withdrawn.
        Void,
    }

    /// What one side grants.
    #[derive(Copy, Eq)]
    pub struct TermsView {
        /// The most the other side may owe, in milli-CHIPs; absent without a limit.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub limit: Option<Milli>,
        /// Days of notice before asking to settle.
        pub notice_days: Option<u32>,
    }

    /// Do both copies match?
    #[derive(Copy, Eq)]
    pub struct Copies {
        /// The word for it.
        pub state: CopiesState,
        /// Entries not yet known to match.
        pub behind: u32,
        /// Entries in the chain.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub entries: u64,
    }

    /// Do both copies match?
    #[derive(Copy, Eq)]
    pub enum CopiesState {
        /// Both are known to agree on everything.
        Match,
        /// Entries are on their way.
        CatchingUp,
        /// Nothing to compare yet.
        NotYet,
        /// They disagree.
        Mismatch,
    }

    /// One line in the list of tallies.
    pub struct TallyRow {
        /// Its id.
        pub id: String,
        /// The other side; absent while nobody has answered a draft.
        pub partner: Option<Person>,
        /// Its state.
        pub phase: PhaseView,
        /// Settled balance; positive: they owe us.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub balance: Milli,
        /// Signed by us and not yet accepted by their wallet; counts against us, zero or negative.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub waiting: Milli,
        /// Do both copies match?
        pub copies: Copies,
        /// The most we may owe, in milli-CHIPs.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub i_may_owe: Option<Milli>,
        /// The most they may owe.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub they_may_owe: Option<Milli>,
        /// When anything last happened.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub last_activity: Millis,
        /// The ticket on show for it, if any.
        pub ticket: Option<String>,
        /// What of it cannot be read, if anything: then only the id and the amounts mean something.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "bindings", ts(optional))]
        pub unreadable: Option<String>,
    }

    /// The whole truth of one relationship.
    pub struct TallyView {
        /// What the list shows.
        pub row: TallyRow,
        /// `stock` or `foil`.
        pub my_half: String,
        /// When the tally was drafted.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub date: Millis,
        /// Words inside the tally.
        pub memo: Option<String>,
        /// What we grant.
        pub my_terms: TermsView,
        /// What they grant.
        pub their_terms: TermsView,
        /// Title of the contract, if its text is here.
        pub contract_title: Option<String>,
        /// The contract the tally names.
        pub contract_hash: String,
        /// The last 24 entries, oldest first.
        pub notches: Vec<Notch>,
        /// Entries before those.
        pub older: u32,
        /// Our entries that are not yet known to match, oldest first.
        pub in_flight: Vec<EntryView>,
        /// Signatures and hashes.
        pub proof: Proof,
        /// The reason given with a refusal; quoted text.
        pub reason: Option<String>,
        /// The talk about its terms; absent once in force or over.
        pub negotiation: Option<NegotiationView>,
        /// Where the copies disagree.
        pub dispute: Option<DisputeView>,
        /// What they told us of themselves.
        pub their_card: Option<Card>,
        /// What they got of ours besides the name.
        pub disclosed: Vec<CardField>,
        /// Who wants to close and what is still owed; absent while nobody does.
        pub closing: Option<ClosingView>,
        /// Since when messages to them wait to leave, or for an answer.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub waits: Option<Millis>,
    }

    /// One notch on the stick.
    #[derive(Copy, Eq)]
    pub struct Notch {
        /// Toward whom.
        pub direction: Direction,
        /// Size in milli-CHIPs.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub units: Milli,
        /// What kind.
        pub kind: EntryKind,
        /// When.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub at: Millis,
        /// How far it has come.
        pub stage: EntryStage,
    }

    /// Toward whom value moved.
    #[derive(Copy, Eq)]
    pub enum Direction {
        /// Toward us: they owe us more.
        TowardMe,
        /// Toward them: we owe them more.
        TowardThem,
    }

    /// Kinds of entry.
    #[derive(Copy, Eq)]
    pub enum EntryKind {
        /// A payment.
        Payment,
        /// A change of settings.
        Settings,
        /// A debt cleared in a circle.
        Clearing,
    }

    /// The four honest stages.
    #[derive(Copy, Eq, PartialOrd, Ord)]
    pub enum EntryStage {
        /// Signed and safe on this disk.
        Signed,
        /// Handed to the partner's wallet over a proven link.
        Delivered,
        /// Their wallet has answered for it.
        Accepted,
        /// Both copies are known to hold it at the same place.
        Matched,
    }

    /// One entry.
    pub struct EntryView {
        /// Its id.
        pub id: String,
        /// Its place in the chain.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub index: u64,
        /// The date that was signed.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub at: Millis,
        /// What kind.
        pub kind: EntryKind,
        /// Toward whom.
        pub direction: Direction,
        /// Size in milli-CHIPs.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub units: Milli,
        /// Words both sides see; quoted text.
        pub memo: Option<String>,
        /// The balance after it.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub balance_after: Milli,
        /// How far it has come.
        pub stage: EntryStage,
        /// When it was signed or arrived here.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub recorded_at: Millis,
        /// When it was first handed to the partner's wallet.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub delivered_at: Option<Millis>,
        /// When both copies were first known to hold it.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub matched_at: Option<Millis>,
        /// It has not left this wallet: it can still be taken back.
        pub cancellable: bool,
        /// The request it paid.
        pub answers: Option<String>,
        /// The values it set, when it is a change of settings that sets them all, or asks to close or to settle up.
        pub settings: Option<SettingsView>,
    }

    /// What can be checked by anybody.
    pub struct Proof {
        /// The tally's digest, block 0 of the chain, base64url; absent before it is open.
        pub digest: Option<String>,
        /// Index of the last entry.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub head: u64,
        /// Chain hash at that index.
        pub head_hash: Option<String>,
        /// Highest index both are known to agree on; absent before the first agreement.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub agreed: Option<u64>,
        /// Our signature, base64url.
        pub my_signature: Option<String>,
        /// Theirs.
        pub their_signature: Option<String>,
        /// When the copies were last compared.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub compared_at: Option<Millis>,
    }

    /// One partner's part in the position.
    pub struct ShareOfPosition {
        /// The tally.
        pub tally: String,
        /// The partner's name.
        pub name: String,
        /// Settled balance; positive: they owe us.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub balance: Milli,
    }

    /// Something that waits for the person.
    pub struct Need {
        /// What.
        pub kind: NeedKind,
        /// Where.
        pub tally: String,
        /// Who.
        pub partner: Person,
        /// Since when.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub since: Millis,
        /// The request that waits, when it is one.
        pub request: Option<RequestView>,
    }

    /// What waits for the person.
    #[derive(Copy, Eq)]
    pub enum NeedKind {
        /// Somebody used our ticket: review and offer.
        ReviewAnswer,
        /// Somebody offers a tally: review and answer.
        ReviewOffer,
        /// Somebody asks to be paid: pay or refuse.
        PayRequest,
        /// The two copies do not match: compare, and talk.
        Mismatch,
    }

    /// The first screen.
    pub struct Home {
        /// What people owe us, settled.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub owed_to_me: Milli,
        /// What we owe people, settled, as a positive number.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub i_owe: Milli,
        /// Signed by us and not accepted yet, as a positive number.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub waiting: Milli,
        /// Partner by partner, most owing us first.
        pub shares: Vec<ShareOfPosition>,
        /// What waits for the person, most urgent first.
        pub needs: Vec<Need>,
        /// Tallies that are open or on their way there.
        pub tallies: u32,
        /// Tallies with at least one entry or an agreement whose copies match.
        pub matching: u32,
    }
}
