//! The host of lifts: between the wire, the ledger and the machines of `tallystick-core`.
//!
//! Everything here runs inside the transaction of whoever calls: a message, a person's act, a timer. What a machine may
//! know is read there, and its effects are written there, letters included; so nothing leaves that is not on disk.

mod begin;
mod choices;
mod judge;
mod keys;
mod known;
mod perform;
mod round;
mod search;
mod take;
mod tick;

use std::collections::BTreeMap;
use std::sync::Mutex;

use tallystick_core::lift::{Line, RefereeAddress, Signer as _};
use tallystick_core::{AgentId, Certificate, TallyId};
use tallystick_store::StoreError;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::view::{Failure, Happening, NotCleared};

pub(crate) use begin::{SIGNED_FOR, begin_payment};
pub(crate) use choices::{
    Paused, hears_strangers, is_paused, is_referee, join, joins, least, pause, referees, serve,
    serves_partners, set_least, trust_also,
};
pub(crate) use keys::Keys;
pub(crate) use known::{accepted, delegation, line};
pub(crate) use round::widest;
pub(crate) use search::look_for;
pub(crate) use take::{chained, take};
pub(crate) use tick::{keep_lifts, own};

/// What lifts need of a wallet beside its ledger.
pub(crate) struct Host {
    pub(crate) keys: Keys,
    pub(crate) me: Certificate,
    /// Circles that are being looked for. One that is forgotten, because the program ends, is looked for anew.
    pub(crate) rounds: Mutex<BTreeMap<Uuid, Round>>,
    /// What became of the last look for a circle.
    pub(crate) last_round: Mutex<NotCleared>,
    /// From where the last look for a circle started.
    pub(crate) sight: Mutex<Option<Sight>>,
    /// Until when circles are kept small enough for any referee, ms since the Unix epoch: somebody further on did not
    /// accept ours.
    pub(crate) modest_until: Mutex<i64>,
    /// When that look was, ms since the Unix epoch.
    pub(crate) looked_at: Mutex<Option<i64>>,
    /// When this wallet was opened, ms since the Unix epoch.
    pub(crate) open_since: i64,
    /// For tests: an engine that does not heed what its person signed.
    #[cfg(feature = "bench")]
    pub(crate) heedless: std::sync::atomic::AtomicBool,
    /// For tests: a referee that is asked and never decides.
    #[cfg(feature = "bench")]
    pub(crate) undecided: bool,
    /// Rung when there is something to do earlier than was thought.
    pub(crate) bell: Notify,
}

/// From where a look for a circle started, and when to look again if nothing changes.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    pub(crate) seen: Vec<(TallyId, i64)>,
    /// How often it was looked from there in vain.
    pub(crate) looks: u32,
    /// Ms since the Unix epoch.
    pub(crate) next_at: i64,
}

/// A circle that is being looked for.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// Who is to decide.
    pub(crate) referee: RefereeAddress,
    /// The most it could move, in milli-CHIPs.
    pub(crate) most: i64,
    /// When to stop looking, ms since the Unix epoch.
    pub(crate) until: i64,
}

impl Host {
    pub(crate) fn new(keys: Keys, me: Certificate, now: i64) -> Self {
        Self {
            keys,
            me,
            rounds: Mutex::default(),
            last_round: Mutex::new(NotCleared::NotYet),
            sight: Mutex::default(),
            modest_until: Mutex::default(),
            looked_at: Mutex::default(),
            open_since: now,
            #[cfg(feature = "bench")]
            heedless: std::sync::atomic::AtomicBool::new(tampered("heedless")),
            #[cfg(feature = "bench")]
            undecided: tampered("undecided"),
            bell: Notify::new(),
        }
    }

    pub(crate) fn agent(&self) -> AgentId {
        self.me.chad().agent()
    }

    /// A tally as it is; as a tampered engine would see it, if a test made this one.
    #[cfg(not(feature = "bench"))]
    pub(crate) fn bent(&self, line: Line) -> Line {
        line
    }

    /// A tally as it is; as a tampered engine would see it, if a test made this one.
    #[cfg(feature = "bench")]
    pub(crate) fn bent(&self, mut line: Line) -> Line {
        if self.heedless.load(std::sync::atomic::Ordering::Relaxed) {
            line.stance.clings = false;
        }
        line
    }

    /// The key that is delegated in settings.
    pub(crate) fn delegate(&self) -> tallystick_core::lift::LiftKey {
        self.keys.key(tallystick_core::lift::Purpose::Delegate)
    }
}

/// Whether whoever started this program, which is built for tests, wants its engine of lifts to be wrong in this way: there
/// is no other way to a wallet behind a window.
#[cfg(feature = "bench")]
fn tampered(how: &str) -> bool {
    std::env::var("TALLYSTICK_TAMPERED").is_ok_and(|wanted| wanted == how)
}

/// Why a step of a lift is undone as a whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undone {
    /// The machine does not take it.
    #[error(transparent)]
    Refused(#[from] tallystick_core::lift::Refusal),
    /// The tally's own machine does not take what follows.
    #[error("a tally does not take what follows: {0}")]
    Booking(Failure),
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] StoreError),
}

type Step = Result<Vec<Happening>, Undone>;
