//! What people do, when they feel like it.

use tallystick_core::chit::ChitObject;
use tallystick_core::tally::{Input, TallyObject};
use tallystick_core::{Half, TallyId, Ticket, Token, Units};
use tallystick_node::sim::{self, Invitation};
use tallystick_node::view::{Failure, FailureCode};

use crate::book::{Code, Signed};
use crate::check;
use crate::fate::Did;
use crate::world::{Event, Violation, World};

/// Tries one thing in the name of a wallet's person. Gives whether there was anything to do.
type Act = fn(&mut World, usize) -> Result<bool, Violation>;

/// What people do and how often, in no unit.
const ACTS: &[(usize, Act)] = &[
    (3, World::invites),
    (8, World::uses_a_code),
    (1, World::revokes),
    (8, World::offers),
    (2, World::revises),
    (2, World::counters),
    (1, World::withdraws),
    (8, World::accepts),
    (1, World::refuses),
    (20, World::pays),
    (6, World::asks),
    (2, World::asks_again),
    (6, World::grants),
    (2, World::declines),
    (2, World::unasks),
    (3, World::sets),
    (1, World::closes),
    (1, World::keeps_open),
    (3, World::forgives),
    (3, World::cancels),
    (2, World::compares),
];

/// How often somebody looks for something to do before the moment is over.
const LOOKS: usize = 8;

impl World {
    /// Somebody does something, and later somebody else will.
    pub(crate) fn somebody_acts(&mut self) -> Result<(), Violation> {
        if self.quiet || self.counts.acts >= self.plan.acts {
            return Ok(());
        }
        self.counts.acts += 1;
        self.idle_steps = 0;
        if let Some(fraud) = self.tired.take().filter(|fraud| !self.wallets[*fraud].awake) {
            self.wake(fraud)?;
        }
        let gap = match self.dice.below(100) {
            0..60 => self.dice.between(0, 3_000),
            60..90 => self.dice.between(3_000, 60_000),
            90..99 => self.dice.between(60_000, 3_600_000),
            _ => self.dice.between(3_600_000, 3 * 24 * 3_600_000),
        };
        self.schedule(gap, Event::Act);
        self.perhaps_cut();
        if self.plan.hostile && self.dice.chance(300) {
            return self.misdeed();
        }
        let awake: Vec<usize> = (0..self.wallets.len()).filter(|nth| self.wallets[*nth].awake).collect();
        for _ in 0..LOOKS {
            let Some(wallet) = self.dice.pick(&awake) else { return Ok(()) };
            let sum: usize = ACTS.iter().map(|(weight, _)| weight).sum();
            let mut throw = self.dice.below(sum);
            let act = ACTS.iter().find(|(weight, _)| {
                let chosen = throw < *weight;
                throw = throw.saturating_sub(*weight);
                chosen
            });
            if let Some((_, act)) = act
                && act(self, wallet)?
            {
                return Ok(());
            }
        }
        Ok(())
    }

    fn perhaps_cut(&mut self) {
        if !self.dice.chance(self.plan.weather.cut) {
            return;
        }
        let (from, to) = (self.dice.below(self.wallets.len()), self.dice.below(self.wallets.len()));
        if from == to {
            return;
        }
        let longest = if self.dice.chance(100) { 10_000_000 } else { 60_000 };
        let time = self.dice.between(1_000, longest);
        let both = self.dice.chance(700);
        for (from, to) in [(from, to), (to, from)].into_iter().take(if both { 2 } else { 1 }) {
            self.turn_way(from, to, false);
            self.schedule(time, Event::Way { from, to, open: true });
        }
    }

    /// Drafts a tally and shows its ticket around.
    pub fn invites(&mut self, wallet: usize) -> Result<bool, Violation> {
        let life = match self.dice.below(10) {
            0 => self.dice.between(60_000, 300_000),
            1..8 => 15 * 60_000,
            _ => 48 * 3_600_000,
        };
        let bound = self.dice.chance(200).then(|| self.dice.below(self.wallets.len()));
        let uses = if self.dice.chance(150) { 3 } else { 1 };
        self.invite(wallet, life, uses, bound).map(|_| true)
    }

    pub(crate) fn invite(
        &mut self,
        wallet: usize,
        life: i64,
        uses: u32,
        bound: Option<usize>,
    ) -> Result<Option<Code>, Violation> {
        let token = Token::from_bytes(self.dice.secret());
        let invitation = Invitation {
            tally: TallyId::new(self.dice.uuid()),
            ticket: self.dice.uuid(),
            token: token.clone(),
            mine: if self.dice.chance(500) { Half::Stock } else { Half::Foil },
            limit: Units::new(self.dice.between(0, 100_000)).unwrap_or(Units::ZERO),
            notice_days: 30,
            life,
            bound: bound.map(|bound| self.wallets[bound].person.cert.chad().clone()),
            uses,
        };
        let (person, now) = (self.wallets[wallet].person, self.now);
        let drafted = invitation.clone();
        let did = self.act(wallet, |rows| sim::invite(rows, &person.cert, drafted, now))?;
        if self.done(wallet, did)?.is_none() {
            return Ok(None);
        }
        self.tell_of(wallet, &format!("drafts {} and shows a ticket", &invitation.tally.to_string()[..8]));
        let ticket = Ticket {
            chad: person.cert.chad().clone(),
            token,
            expires: u64::try_from((now + life) / 1_000).unwrap_or(0),
            bound: bound.map(|bound| self.wallets[bound].person.agent),
            alternatives: Vec::new(),
            name: None,
            limit: Some(invitation.limit),
        };
        let code = Code {
            maker: wallet,
            id: invitation.ticket,
            tally: invitation.tally,
            ticket,
            ends: now + life,
            revoked: false,
        };
        self.book.codes.push(code.clone());
        self.schedule(life, Event::House { wallet });
        Ok(Some(code))
    }

    fn uses_a_code(&mut self, wallet: usize) -> Result<bool, Violation> {
        if self.book.codes.is_empty() {
            return Ok(false);
        }
        let nth = self.dice.below(self.book.codes.len());
        let code = self.book.codes[nth].clone();
        if code.maker == wallet && !self.dice.chance(20) {
            return Ok(false);
        }
        self.use_code(wallet, &code)
    }

    pub(crate) fn use_code(&mut self, wallet: usize, code: &Code) -> Result<bool, Violation> {
        let (id, now) = (self.dice.uuid(), self.now);
        let person = self.wallets[wallet].person;
        let ends = i64::try_from(code.ticket.expires).unwrap_or(0) * 1_000;
        let did = self.act(wallet, |rows| sim::contact(rows, &person.cert, &code.ticket, id, now))?;
        match did {
            Did::Done(()) => {
                let maker = self.name(code.maker);
                self.tell_of(wallet, &format!("uses a ticket of {maker}"));
                self.schedule(ends - now, Event::House { wallet });
                self.post_soon(wallet);
                Ok(true)
            }
            Did::Died => Ok(true),
            Did::Refused(failure) => self.person_may_hear(wallet, failure),
        }
    }

    fn revokes(&mut self, wallet: usize) -> Result<bool, Violation> {
        let ours: Vec<uuid::Uuid> =
            self.book.codes.iter().filter(|code| code.maker == wallet).map(|code| code.id).collect();
        let Some(id) = self.dice.pick(&ours) else { return Ok(false) };
        let now = self.now;
        let did = self.act(wallet, |rows| rows.revoke_ticket(id, now).map_err(Failure::from))?;
        if self.done(wallet, did)? == Some(true) {
            self.tell_of(wallet, "takes a ticket back");
            for code in self.book.codes.iter_mut().filter(|code| code.id == id) {
                code.revoked = true;
            }
        }
        Ok(true)
    }

    /// Feeds a decision to its tally, perhaps twice: whoever presses again does it once.
    pub(crate) fn decide(&mut self, wallet: usize, id: TallyId, input: Input) -> Result<bool, Violation> {
        let again = self.dice.chance(50);
        match self.decide_once(wallet, id, input, again)? {
            Did::Done(()) | Did::Died => Ok(true),
            Did::Refused(failure) => self.person_may_hear(wallet, failure),
        }
    }

    /// Feeds a decision to its tally, and says what became of it; if `again`, the person presses twice.
    pub(crate) fn decide_once(
        &mut self,
        wallet: usize,
        id: TallyId,
        input: Input,
        again: bool,
    ) -> Result<Did<(), Failure>, Violation> {
        let now = self.now;
        let again = again.then(|| input.clone());
        let paid = match &input {
            Input::Sign(chit) | Input::Grant { chit, .. } => Some(chit.clone()),
            _ => None,
        };
        let seen = self.wallets[wallet].seen.get(&id.to_string());
        // Whoever grants once more signs once more; what stands is what was signed first.
        let stands = |chit: &ChitObject| {
            let name = chit.uuid().to_string();
            seen.is_some_and(|seen| seen.places.iter().any(|place| place.uuid == name))
        };
        let paid = paid.filter(|chit| !stands(chit));
        let closing = seen.filter(|seen| seen.glance.phase == "C.open").map(|seen| seen.glance.balance);
        match self.act(wallet, |rows| sim::book(rows, id, input, now))? {
            Did::Done(()) => {}
            other => return Ok(other),
        }
        if let Some(chit) = &paid
            && closing.is_some_and(|owed| chit.units().is_some_and(|units| units.milli() > owed))
        {
            return Err(Violation(format!("{} moved away from zero while closing", self.name(wallet))));
        }
        if let Some(chit) = paid.filter(|_| !self.wallets[wallet].hostile) {
            self.counts.chits += 1;
            let text = chit.without_chain().raw().to_string();
            self.book.signed.insert(chit.uuid(), Signed { wallet, tally: id.to_string(), text });
        }
        if let Some(input) = again {
            let before = self.wallets[wallet].seen.clone();
            self.act(wallet, |rows| sim::book(rows, id, input, now))?;
            if self.wallets[wallet].seen != before {
                return Err(Violation(format!("{} pressed twice, and it counted twice", self.name(wallet))));
            }
        }
        if self.wallets[wallet].awake
            && !self.perhaps_dies(wallet, "after an act and before its letters leave")?
        {
            self.post_soon(wallet);
        }
        Ok(Did::Done(()))
    }

    /// Refusals that a person may hear; anything else is a fault of the wallet.
    pub(crate) fn person_may_hear(&mut self, wallet: usize, failure: Failure) -> Result<bool, Violation> {
        match failure.code {
            FailureCode::OutOfTurn
            | FailureCode::Stale
            | FailureCode::BadAmount
            | FailureCode::OnlyTowardZero { .. }
            | FailureCode::TooManyWaiting
            | FailureCode::NotContactable
            | FailureCode::RanOut
            | FailureCode::CannotCancel => Ok(false),
            // Honest copies never differ; those of a fraud may.
            FailureCode::CopiesDiffer if self.plan.hostile => Ok(false),
            _ => Err(Violation(format!("{} is told: {failure}", self.name(wallet)))),
        }
    }

    /// One of a wallet's tallies in one of these phases.
    pub(crate) fn any_in(
        &mut self,
        wallet: usize,
        phases: &[&str],
    ) -> Result<Option<(TallyId, Half, TallyObject)>, Violation> {
        let found = self.wallets[wallet].in_phase(phases);
        if found.is_empty() {
            return Ok(None);
        }
        let nth = self.dice.below(found.len());
        let glance = &self.wallets[wallet].in_phase(phases)[nth].glance;
        let read = || -> Result<_, String> {
            let id = glance.id.parse().map_err(|_| "a tally without a name")?;
            Ok((id, check::half(glance)?, check::parse(&glance.object)?))
        };
        read().map(Some).map_err(Violation)
    }

    pub(crate) fn sign(&self, wallet: usize, half: Half, object: &TallyObject) -> TallyObject {
        object.with_signature(half, self.wallets[wallet].person.signer.sign(&object.signing_bytes()))
    }
}
