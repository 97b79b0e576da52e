//! The code card: what a scanned or pasted code claims, and what was checked without sending anything.

use super::{Milli, Millis, view};

view! {
    /// One code, looked at. Everything in it is a claim by a stranger.
    pub struct CodeCard {
        /// Hand this back to make contact; present only when that is possible.
        pub inspection: Option<String>,
        /// What it is.
        pub kind: CodeKind,
        /// The text itself, cut to 500 characters.
        pub text: String,
        /// The name it gives for its maker.
        pub name: Option<String>,
        /// `chip://…` of its maker.
        pub address: Option<String>,
        /// Hex of 32 bytes; seeds the maker's picture.
        pub fingerprint: Option<String>,
        /// Four words the maker's screen shows as well.
        pub words: Option<[String; 4]>,
        /// The most we may owe the maker, as the code states it.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub limit: Option<Milli>,
        /// An amount asked for, in a payment code; absent where the payer is to choose.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub units: Option<Milli>,
        /// What the payment is for, in the words of whoever asks.
        pub memo: Option<String>,
        /// What whoever asks calls it: a number, an id, or JSON.
        pub reference: Option<String>,
        /// The whole text of an invoice that anybody can pay to whom a way is found: hand it back to look for one.
        pub pay: Option<String>,
        /// A tally in force with its maker, over which it can be paid as any payment: present only where there is one.
        pub tally: Option<String>,
        /// When it says that it was made.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub dated: Option<Millis>,
        /// Who writes codes like this; nothing where it is none of either.
        pub form: Option<CodeForm>,
        /// When it runs out, if it says so.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub expires_at: Option<Millis>,
        /// Of a code that moves: how much of it was seen.
        pub progress: Option<Progress>,
        /// Of a code that moves and was seen whole: what is in it.
        pub brings: Vec<Parcel>,
        /// What was checked.
        pub checks: Vec<Check>,
        /// The first thing wrong with it, if any.
        pub problem: Option<CodeProblem>,
    }

    /// Kinds of code.
    #[derive(Copy, Eq)]
    pub enum CodeKind {
        /// A ticket: permission to make first contact.
        Invitation,
        /// A request for payment.
        PaymentRequest,
        /// Somebody's address.
        Address,
        /// A key backup: never opened from here.
        KeyBackup,
        /// A code that moves: what somebody hands over to us without a network.
        HandOver,
        /// One of ours, but broken.
        Damaged,
        /// Not one of ours.
        SomethingElse,
    }

    /// How far something has come.
    #[derive(Copy, Eq)]
    pub struct Progress {
        /// Parts that are known.
        pub have: u32,
        /// Parts in all.
        pub of: u32,
    }

    /// What somebody hands over.
    #[derive(Copy, Eq)]
    pub enum Brought {
        /// They answer an invitation of ours.
        FirstContact,
        /// A signed offer.
        Offer,
        /// Our offer, accepted.
        Acceptance,
        /// A refusal, or word that an offer is being changed.
        Answer,
        /// A signed entry.
        Entry,
        /// A request to be paid.
        Request,
        /// What keeps both copies the same.
        News,
    }

    /// One thing that somebody hands over.
    #[derive(Copy, Eq)]
    pub struct Parcel {
        /// What it is.
        pub what: Brought,
        /// How much it is about, if it is about an amount: never negative, since whoever shows it is the giver of an entry
        /// and the asker of a request.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub units: Option<Milli>,
    }

    /// What waits for a partner, ready to be shown.
    pub struct HandOver {
        /// What is in it, message by message.
        pub contents: Vec<Parcel>,
        /// Frames that hold all of it, if none is missed; those after them make up for what was missed.
        pub parts: u32,
        /// Modules across the largest code, once they are drawn.
        pub modules: Option<u32>,
        /// The codes to be shown one after the other, again and again.
        pub frames: Vec<String>,
    }

    /// Who writes codes like this.
    #[derive(Copy, Eq)]
    pub enum CodeForm {
        /// Programs of our kind: with a check sum.
        Ours,
        /// The reference implementation, as a link or as JSON: without one.
        Reference,
    }

    /// One line of the list of checks.
    #[derive(Copy, Eq)]
    pub struct Check {
        /// What was looked at.
        pub name: CheckName,
        /// What was found.
        pub result: CheckResult,
    }

    /// What was looked at.
    #[derive(Copy, Eq)]
    pub enum CheckName {
        /// All parts are there and in order.
        WellFormed,
        /// The checksum fits.
        Unaltered,
        /// Its time has not run out.
        NotExpired,
        /// Its time does not run out absurdly late.
        ClockFits,
        /// This wallet has not used it before.
        NotUsedHere,
        /// It was not made by this wallet.
        NotOwn,
        /// It is for anyone, or for us.
        ForMe,
        /// It carries its maker's key, so only the maker can answer.
        SealedToMaker,
    }

    /// What was found.
    #[derive(Copy, Eq)]
    pub enum CheckResult {
        /// Good.
        Pass,
        /// Bad.
        Fail,
        /// Nothing to check it with.
        Unknown,
    }

    /// Why a code cannot be used.
    #[derive(Copy, Eq)]
    pub enum CodeProblem {
        /// Parts are missing.
        Truncated,
        /// The checksum does not fit: a character was changed.
        Altered,
        /// A part is not what it must be.
        Malformed,
        /// Its time has run out.
        Expired,
        /// Made further in the future than a clock may be wrong.
        FromTheFuture,
        /// This wallet used it already.
        UsedHere,
        /// Our own ticket, still good: for somebody else to scan.
        Own,
        /// Our own ticket, used by somebody.
        OwnUsed,
        /// Our own ticket, revoked.
        OwnRevoked,
        /// For somebody else.
        ForAnother,
        /// An amount that is zero, negative, too large or not whole milli-CHIPs.
        BadAmount,
        /// Longer than any code of ours.
        TooLong,
        /// Written by a newer program.
        TooNew,
        /// A key backup: keys are never taken from a code.
        KeyBackup,
        /// A link of another program; never opened.
        ForeignLink,
        /// A link that would run a program, or open a file; never opened.
        Script,
        /// The password of a wireless network.
        Wifi,
        /// The number of a product.
        Barcode,
        /// An address or a bill of another kind of money.
        OtherWallet,
        /// Any other text: not ours.
        Foreign,
        /// A request for payment that only its maker's partners can pay, and we are none.
        PartnersOnly,
        /// Understood, but this version cannot act on it yet.
        NotYetSupported,
    }
}
