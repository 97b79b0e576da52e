//! Deliberate faults: what the simulator must find, or it proves nothing.
//!
//! Each fault stands in the code as `mutant::is(Mutant::…)`. Without the cargo feature `mutants`, which nothing shipped
//! is built with, that is the constant `false`, and the fault is not there at all.

/// Declares the faults with their names.
macro_rules! mutants {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A deliberate fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mutant {
            $($(#[$doc])* $name,)*
        }

        impl Mutant {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

mutants! {
    /// A chit's signature is not checked.
    SkipChitSignature,
    /// A chit's signature is checked with the key of whichever side fits.
    EitherSideSigns,
    /// The partner's signature on an offer is not checked.
    SkipOfferSignature,
    /// The signatures on an acceptance are not checked.
    SkipOpenSignature,
    /// An acceptance may say something else than the offer did.
    OpenMayDiffer,
    /// An offer may carry both signatures.
    OfferSignedByBoth,
    /// A new offer may bring the partner another key.
    OfferSwapsKey,
    /// Somebody who shares no tally with us may speak about it.
    AnybodyMaySpeak,
    /// The sender's own claim is believed instead of the link's proof.
    BelieveFrom,
    /// The foil never says what it has in which order.
    DropUpdate,
    /// The stock does not take over the foil's order.
    StockKeepsItsOrder,
    /// An update's chits are taken in although one of them is forged.
    UpdateIsNotWhole,
    /// A repeated chit counts again.
    CountTwice,
    /// A chit of the same name and other content takes the old one's place.
    ConflictReplaces,
    /// What was received is booked with the wrong sign.
    WrongSign,
    /// One place too many counts as agreed.
    ConfirmOneTooFar,
    /// A hash is confirmed before it is compared.
    AckUnread,
    /// Letters that were answered stay.
    ForgetToSettle,
    /// Letters are gone once they were sent, answered or not.
    ForgetSentLetters,
    /// The tally's record is not kept with its chit.
    ForgetRecord,
    /// A ticket can be used again by somebody else.
    TicketIsReusable,
    /// A ticket for one can be used by another.
    TicketForAnybody,
}

#[cfg(feature = "mutants")]
mod chosen {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Mutant;

    static CHOSEN: AtomicUsize = AtomicUsize::new(0);

    /// Switches a fault on, for the whole process, in the place of any other.
    pub fn choose(mutant: Option<Mutant>) {
        let at = mutant.and_then(|mutant| Mutant::ALL.iter().position(|other| *other == mutant));
        CHOSEN.store(at.map_or(0, |at| at + 1), Ordering::SeqCst);
    }

    /// Whether this fault is switched on.
    pub fn is(mutant: Mutant) -> bool {
        let chosen = CHOSEN.load(Ordering::Relaxed);
        chosen > 0 && Mutant::ALL.get(chosen - 1) == Some(&mutant)
    }
}

#[cfg(feature = "mutants")]
pub use chosen::{choose, is};

/// Whether this fault is switched on: never.
#[cfg(not(feature = "mutants"))]
#[inline]
pub const fn is(_: Mutant) -> bool {
    false
}
