//! The sign sheet: exactly what a signature would say and do, before it is made.

use super::{Difference, Milli, Millis, Person, SettingsChange, TermsView, view};

view! {
    /// What kind of promise is being signed.
    #[derive(Copy, Eq)]
    pub enum SignKind {
        /// Offering a tally.
        Offer,
        /// Changing what was offered, and offering that.
        Counter,
        /// Accepting an offered tally.
        Accept,
        /// Paying a partner.
        Pay,
        /// Setting what clearing may do.
        Settings,
        /// Asking to close the tally.
        Close,
        /// Taking that back.
        KeepOpen,
        /// Asking to be paid what is owed, by a day.
        Call,
        /// Forgiving what is still owed, while the tally closes.
        Forgive,
        /// Letting the wallet take part in lifts over the tally, within its settings.
        TakePart,
        /// Taking that back.
        TakeNoPart,
    }

    /// Where the balance stands, or would stand. Positive: the partner owes us.
    #[derive(Copy, Eq)]
    pub struct Standing {
        /// In milli-CHIPs.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub balance: Milli,
        /// The most we may owe; absent without a limit in the terms.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub i_may_owe: Option<Milli>,
        /// The most they may owe.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub they_may_owe: Option<Milli>,
    }

    /// A reason to think twice.
    #[serde(tag = "kind")]
    pub enum Warning {
        /// The balance would pass the partner's limit; allowed, but they need not take it as payment.
        OverLimit {
            /// By how much, in milli-CHIPs.
            #[cfg_attr(feature = "bindings", ts(type = "number"))]
            excess: Milli,
        },
        /// Nothing was ever paid to this person before.
        FirstPayment,
        /// The terms differ from what the code said.
        DiffersFromCode {
            /// The most we may owe, as the code said, in milli-CHIPs.
            #[cfg_attr(feature = "bindings", ts(type = "number"))]
            claimed: Milli,
        },
    }

    /// What a signature would say and do.
    pub struct SignPreview {
        /// Hand this back to sign; good once, and for ten minutes.
        pub id: String,
        /// What kind of promise.
        pub kind: SignKind,
        /// To whom.
        pub partner: Person,
        /// Which tally.
        pub tally: String,
        /// How much, in milli-CHIPs, when it is a payment.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub units: Option<Milli>,
        /// Signing the tally lets debts cancel over it by themselves, at no cost and within our settings.
        pub joins: bool,
        /// Words both sides will see.
        pub memo: Option<String>,
        /// What we grant.
        pub my_terms: TermsView,
        /// What they grant.
        pub their_terms: TermsView,
        /// The balance now.
        pub before: Standing,
        /// The balance once it counts.
        pub after: Standing,
        /// Title of the contract.
        pub contract_title: String,
        /// SHA-256 of the contract text, base64url.
        pub contract_hash: String,
        /// The date that is signed.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub date: Millis,
        /// The entry's id, when it is an entry.
        pub entry: Option<String>,
        /// Reasons to think twice.
        pub warnings: Vec<Warning>,
        /// Exactly the text that is signed.
        pub canonical: String,
        /// SHA-256 of the record, base64url.
        pub digest: String,
        /// When this preview lapses.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub expires_at: Millis,
        /// What a counter-offer changes.
        pub differences: Vec<Difference>,
        /// Our settings before and after, when they are what is signed.
        pub settings: Option<SettingsChange>,
        /// The request this pays.
        pub answers: Option<String>,
    }

    /// What was signed.
    pub struct Signed {
        /// The tally.
        pub tally: String,
        /// The entry, when it is one.
        pub entry: Option<String>,
    }

    /// A contract, with its hash computed anew over the text shown.
    pub struct ContractView {
        /// SHA-256 of the text, base64url.
        pub hash: String,
        /// Its title.
        pub title: String,
        /// The text, Markdown.
        pub text: String,
        /// It came with the program.
        pub builtin: bool,
    }
}
