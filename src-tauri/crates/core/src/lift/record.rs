//! What the ledger keeps of one lift on one wallet.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::ids::TallyId;
use crate::lift::mutant::{self, Mutant};
use crate::lift::object::{Core, LiftHash};
use crate::lift::paper::{Cert, Decision, Waive};
use crate::lift::promise::Promise;
use crate::lift::timer;
use crate::units::Units;

/// One lift, seen from one wallet: at most one leg in, at most one leg out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What it is about.
    pub core: Core,
    /// What we have to do with it.
    pub part: Part,
    /// What a partner promised us.
    pub incoming: Option<Leg>,
    /// What we promised a partner.
    pub outgoing: Option<Leg>,
    /// Promises we gave up without ever holding them: they came round again on other tallies.
    pub refused: Vec<Waive>,
    /// Promises that got here only with their commit.
    pub late: Vec<Leg>,
    /// What was decided, as far as we know.
    pub cert: Option<Cert>,
    /// How often the referee was asked since the time ran out.
    pub asked: u32,
    /// When the referee is to be asked next.
    pub ask_at: Option<Date>,
    /// The person was told that nobody can say what was decided.
    pub stale: bool,
}

/// What a wallet has to do with a lift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// It began here: the payer, or whoever found the circle.
    Originator,
    /// It goes through.
    Relay,
    /// It is for us.
    Payee,
}

/// One promise and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// The promise.
    pub promise: Promise,
    /// What became of it.
    pub state: LegState,
    /// The written waive, once it is waived.
    pub waive: Option<Waive>,
}

/// The states of a leg (lifts.md 5). A void becomes good if a commit turns up; good and waived are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LegState {
    /// In: on disk, undecided. Out: on its way.
    Held,
    /// Out: the partner has it.
    Acked,
    /// It counts.
    Good,
    /// The receiver gave it up in writing.
    Waived,
    /// The referee decided against it.
    Void,
}

impl LegState {
    /// Whether it may still come to count, and so is a hold.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Held | Self::Acked)
    }
}

impl Leg {
    pub(crate) const fn new(promise: Promise) -> Self {
        Self { promise, state: LegState::Held, waive: None }
    }

    /// The tally it is on.
    pub fn tally(&self) -> TallyId {
        self.promise.chit().tally()
    }
}

/// Where a lift stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Something is promised and not decided.
    Open,
    /// Committed.
    Good,
    /// Decided against.
    Void,
    /// Given up before anything was decided.
    Waived,
}

impl Record {
    pub(crate) const fn new(core: Core, part: Part) -> Self {
        Self {
            core,
            part,
            incoming: None,
            outgoing: None,
            refused: Vec::new(),
            late: Vec::new(),
            cert: None,
            asked: 0,
            ask_at: None,
            stale: false,
        }
    }

    /// The lift's name.
    pub fn lift(&self) -> LiftHash {
        self.core.hash()
    }

    /// Both legs, as far as there are.
    pub fn legs(&self) -> impl Iterator<Item = &Leg> {
        self.incoming.iter().chain(&self.outgoing).chain(&self.late)
    }

    /// Whether anything is still held.
    pub fn is_open(&self) -> bool {
        self.legs().any(|leg| leg.state.is_open())
    }

    /// Where it stands.
    pub fn stage(&self) -> Stage {
        if self.is_open() {
            return Stage::Open;
        }
        match self.decision() {
            Some(Decision::Commit) if self.legs().any(|leg| leg.state == LegState::Good) => Stage::Good,
            Some(Decision::Void) => Stage::Void,
            Some(Decision::Commit) | None => Stage::Waived,
        }
    }

    /// The partner's written word that it gives up what we promised over a tally: no commit makes that good any more, by
    /// whatever way it comes.
    pub fn given_up(&self, tally: TallyId) -> Option<&Waive> {
        let leg = self.outgoing.as_ref().filter(|leg| leg.tally() == tally && leg.state == LegState::Waived);
        leg.and_then(|leg| leg.waive.as_ref())
    }

    /// What was decided, as far as we know.
    pub fn decision(&self) -> Option<Decision> {
        self.cert.as_ref().map(Cert::decision)
    }

    /// When the host must wake this lift, if ever: it follows from what is on disk, so a restart forgets nothing.
    pub fn wake_at(&self) -> Option<Date> {
        if !self.is_open() || mutant::is(Mutant::NeverAsk) {
            return None;
        }
        Some(self.ask_at.unwrap_or(self.core.exp()).max(self.core.exp()))
    }

    /// Since when nobody could say what was decided, if that is long enough for the hold to be stale.
    pub fn is_stale(&self, now: Date) -> bool {
        self.is_open() && now.millis() - self.core.exp().millis() >= timer::STALE
    }

    /// What is held on a tally: where we would gain, and where we would give.
    pub fn holds(&self, tally: TallyId) -> (Units, Units) {
        let held = |leg: &Option<Leg>| {
            let open = leg.as_ref().filter(|leg| leg.tally() == tally && leg.state.is_open());
            open.map_or(Units::ZERO, |_| self.core.units())
        };
        (held(&self.incoming), held(&self.outgoing))
    }

    /// Whether it stands against what one partner may make us keep: something is held, or a promise of it could come again.
    pub fn is_kept(&self, now: Date) -> bool {
        self.is_open() || (!self.is_past(now) && self.decision() != Some(Decision::Commit))
    }

    /// Whether a wallet it merely went through may forget it: nothing is held, nothing was booked, and no promise of it
    /// can come any more. A waive is kept until then, since a promise that comes again must be given up again.
    ///
    /// What we had promised on and the partner did not give up stays for ever: its referee may have lied, and a commit that
    /// turns up makes us give; then the promise that we hold is all that we are given for it. Of what the partner did give
    /// up, its waive must stay ([`Record::given_up`]).
    pub fn may_go(&self, now: Date) -> bool {
        let released = self.outgoing.as_ref().is_none_or(|leg| leg.state == LegState::Waived);
        self.part == Part::Relay
            && self.is_past(now)
            && !self.is_open()
            && self.decision() != Some(Decision::Commit)
            && (released || mutant::is(Mutant::VoidForgotten))
    }

    /// Whether nobody could still take a promise of it.
    fn is_past(&self, now: Date) -> bool {
        now.millis() > self.core.exp().millis() + timer::LONGEST
    }
}
