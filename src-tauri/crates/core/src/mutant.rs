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
    /// A chit may be signed by the other side than the one that pledges.
    EitherSideSigns,
    /// The partner's signature on an offer is not checked.
    SkipOfferSignature,
    /// The signatures on an acceptance are not checked.
    SkipOpenSignature,
    /// An acceptance may say something else than the offer did.
    OpenMayDiffer,
    /// An offer may carry both signatures.
    OfferSignedByBoth,
    /// A changed offer may bring the partner another key.
    OfferSwapsKey,
    /// When offers cross, each side gives way.
    BothYield,
    /// Somebody who shares no tally with us may speak about it.
    AnybodyMaySpeak,
    /// Whoever a message says it is from is believed, whatever the link has proven.
    BelieveFrom,
    /// Nobody ever says what they have in which order.
    DropUpdate,
    /// The stock does not take over the foil's order.
    StockKeepsItsOrder,
    /// An update is taken in although one of its chits is forged.
    UpdateIsNotWhole,
    /// A chit that comes again counts again.
    CountTwice,
    /// A second content under a name that stands here is no matter.
    IgnoreConflict,
    /// Chits are booked with the wrong sign.
    WrongSign,
    /// One place too many counts as agreed.
    ConfirmOneTooFar,
    /// A partner's hash is not compared with ours.
    AckUnread,
    /// The stock says a hash that may still move as if it were agreed.
    NakTellsHead,
    /// A granted request still waits.
    ForgetGrant,
    /// While a tally closes, anything may be signed.
    ClosingTakesAll,
    /// A tally closes while somebody still owes.
    CloseWithDebt,
    /// What the partner sets counts as set by us.
    TheirSettingsAreOurs,
    /// Letters that were answered stay.
    ForgetToSettle,
    /// Letters are gone once they were sent, answered or not.
    ForgetSentLetters,
    /// Chits are not marked when they may have left.
    ForgetWhatLeft,
    /// The tally's record is not kept with its chit.
    ForgetRecord,
    /// What was undone stays in the writer's hand.
    KeepInHand,
    /// A ticket for one can be used by another.
    TicketForAnybody,
    /// A ticket that was taken back, or ran out, can be used.
    TicketNeverDies,
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
