//! Deliberate faults in lifts, for the simulator to find. In anything a person gets this is the constant `false`.

macro_rules! mutants {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// One deliberate fault.
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
    /// A promise's signature is not checked.
    SkipPromiseSignature,
    /// Hash and name of a promise are not compared with its core.
    HashUnread,
    /// The amount of a promise is not compared with its core.
    AmountUnread,
    /// The receiver does not look whether there is room.
    SkipGain,
    /// Holds do not count against capacity.
    ForgetHolds,
    /// The partner's settings count as ours.
    TheirSettingsAreOurs,
    /// A waive's signature is not checked.
    SkipWaiveSignature,
    /// A relay gives its partner's promise up while its own still stands.
    WaiveWhileOut,
    /// That a promise was given up is forgotten.
    ForgetWaive,
    /// That a partner gave our promise up is forgotten when its chit comes through the chain.
    WaiveUnread,
    /// A commit that came through the chain is not told to the lift it is about.
    ChainUnheard,
    /// What partners gave up is forgotten together with the lift.
    WaiveForgotten,
    /// A lift that was decided against is forgotten although we had promised it on.
    VoidForgotten,
    /// Once void was seen, a commit no longer counts.
    VoidIsFinal,
    /// Whoever signs a certificate is taken for the referee.
    AnyReferee,
    /// A commit is believed although nobody claimed it.
    CommitUnclaimed,
    /// A certificate's signature is not checked.
    SkipCertSignature,
    /// The referee decides again when it is asked again.
    DecideAgain,
    /// The referee takes anybody's claim.
    SkipClaimSignature,
    /// The referee commits after the time has run out.
    LateClaim,
    /// A leg whose time has run out counts as void without asking.
    VoidAlone,
    /// What came out is not asked for.
    NeverAsk,
    /// A commit books again whenever it comes.
    BookTwice,
    /// The payee claims whatever it is given.
    TakeAnyAmount,
    /// The relay's own promise is made, and the partner's is not held.
    ForwardUnheld,
    /// A probe's whole budget goes to everybody it is passed on to.
    BudgetForAll,
    /// A bucket never runs dry.
    BottomlessBucket,
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
