//! Invitations: the terms somebody sets once, and the ticket that carries them.

use super::{CardField, Milli, Millis, Person, TermsView, view};

view! {
    /// Ready-made sets of terms.
    #[derive(Copy, Eq)]
    pub enum Template {
        /// Both ways, small; we hold the stock.
        Friend,
        /// They pay us; we hold the stock.
        Shop,
        /// We pay them; we hold the foil.
        Customer,
    }

    /// What an inviter decides.
    pub struct InviteTerms {
        /// Which ready-made set it started from; decides the half.
        pub template: Template,
        /// The most the partner may owe us, in milli-CHIPs; zero is allowed.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub they_may_owe: Milli,
        /// Days of notice we give before asking to settle.
        pub notice_days: u32,
        /// Seconds the ticket is good for, 60 to 2,592,000.
        pub good_for: u32,
        /// For ourselves only, never sent.
        pub note: Option<String>,
        /// How often the ticket may be used, 1 to 1,000.
        pub uses: u32,
        /// The only person who may use it, `chip://…`; absent for whoever has it.
        pub only_for: Option<String>,
        /// SHA-256 of the contract text, base64url; absent for ours.
        pub contract: Option<String>,
        /// What of our identity card they will see besides the name.
        pub disclose: Vec<CardField>,
        /// Words inside the tally, for both.
        pub memo: Option<String>,
    }

    /// A ticket and its draft.
    pub struct TicketView {
        /// Names the ticket here; not the secret.
        pub id: String,
        /// The draft tally it belongs to.
        pub tally: String,
        /// What may happen to it still.
        pub state: TicketState,
        /// `chip://…?ticket=…`; absent once it is no longer live.
        pub link: Option<String>,
        /// The same as a QR code, an SVG document; absent with the link.
        pub svg: Option<String>,
        /// Modules along one side of the code, without the quiet zone.
        pub modules: Option<u32>,
        /// Made at.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub created_at: Millis,
        /// Runs out at.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub expires_at: Millis,
        /// The wallet's own clock, for the countdown.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub now: Millis,
        /// What we grant.
        pub terms: TermsView,
        /// Which ready-made set it started from.
        pub template: Template,
        /// Our own picture seed and words, shown beside the code to be compared.
        pub fingerprint: String,
        /// Four words the other screen shows on its code card.
        pub words: [String; 4],
        /// Who used it last.
        pub used_by: Option<Person>,
        /// For ourselves only.
        pub note: Option<String>,
        /// How often it may be used.
        pub uses: u32,
        /// How often it was.
        pub used: u32,
        /// The only person who may use it, `chip://…`.
        pub only_for: Option<String>,
    }

    /// What a ticket is saved as.
    #[derive(Copy, Eq)]
    pub enum TicketForm {
        /// Its code, a PNG.
        Picture,
        /// Its link, to be attached to a message.
        File,
    }

    /// What may happen to a ticket still.
    #[derive(Copy, Eq)]
    pub enum TicketState {
        /// May be used.
        Live,
        /// Used as often as it may be.
        Used,
        /// We took it back.
        Revoked,
        /// Its time ran out.
        Expired,
    }
}
