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

use tallystick_core::lift::probe::Way;
use tallystick_core::lift::{DeadEnds, Line, RefereeAddress, Signer as _};
use tallystick_core::{AgentId, Certificate, Date, TallyId};
use tallystick_store::StoreError;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::view::{Failure, Happening, NotCleared};
use crate::wallet::held;
use known::Neighbour;

pub(crate) use begin::{SIGNED_FOR, begin_payment};
pub(crate) use choices::{
    Paused, hears_strangers, is_paused, is_referee, join, joins, least, pause, referees, serve,
    serves_partners, set_least, trust_also,
};
pub(crate) use keys::Keys;
pub(crate) use known::{accepted, delegation, line};
pub(crate) use round::widest;
pub(crate) use search::{look_for, unasked};
pub(crate) use take::{chained, committed, given_up, take};
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
    /// Where questions for circles went no further lately.
    pub(crate) dead_ends: Mutex<DeadEnds>,
    /// How long such a word is believed, in ms.
    pub(crate) rest: i64,
    /// Partners that could not be called, and until when they are not asked, ms since the Unix epoch.
    pub(crate) away: Mutex<BTreeMap<AgentId, i64>>,
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

/// How long a dead end is believed, in times of how often circles are thought of: twenty minutes.
const REST: i64 = 20;

/// How long an absence is, in times of that: an hour, since whoever comes back is heard of.
const AWAY: i64 = 3;

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
    /// `every` is how often circles are thought of, in ms.
    pub(crate) fn new(keys: Keys, me: Certificate, every: u32, now: i64) -> Self {
        Self {
            dead_ends: Mutex::default(),
            rest: i64::from(every).saturating_mul(REST),
            away: Mutex::default(),
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

    /// Whether a question for a circle may be asked here: not where it was in vain lately.
    fn may_ask(&self, to: &Neighbour, way: Way, now: i64) -> bool {
        let in_vain = held(&self.dead_ends).contains(to.line.tally, way, Date::from_millis(now));
        !in_vain && !self.is_away(to.partner, now)
    }

    /// A partner cannot be called: questions to them would be lost, so others are asked first for a while.
    pub(crate) fn is_gone(&self, partner: AgentId, now: i64) {
        let mut away = held(&self.away);
        away.retain(|_, until| now < *until);
        away.insert(partner, now.saturating_add(self.rest.saturating_mul(AWAY)));
    }

    /// A link to a partner is open.
    pub(crate) fn is_here(&self, partner: AgentId) {
        held(&self.away).remove(&partner);
    }

    /// Whether a partner could not be called lately.
    fn is_away(&self, partner: AgentId, now: i64) -> bool {
        held(&self.away).get(&partner).is_some_and(|until| now < *until)
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
