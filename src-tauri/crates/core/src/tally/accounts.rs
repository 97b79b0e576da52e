//! What our own person signs in an open tally: payments, settings, answers to requests; and what follows for closing
//! (protocol.md 8, 10).

use super::{Input, Phase, Tally};
use crate::chain::Linked;
use crate::chit::{ChitObject, Kind};
use crate::effect::{Change, Effect, Subject};
use crate::ids::{ChitId, Half};
use crate::lift::{LiftKey, proof};
use crate::mutant::{self, Mutant};
use crate::refusal::Refusal;
use crate::request::{Request, RequestState};
use crate::settings::Settings;

/// Entries beyond the agreed part that are kept in hand; a partner that never confirms must not fill the memory.
pub(super) const MAX_TAIL: usize = 4096;

impl Tally {
    pub(super) fn sign(&mut self, chit: ChitObject) -> Result<Vec<Effect>, Refusal> {
        match self.held(chit.uuid()) {
            Some(held) if held.chit.same_content(&chit) => return Ok(Vec::new()),
            // The partner can have put something under this name: one name never stands for two things.
            Some(_) => return Err(Refusal::Stale),
            None => {}
        }
        self.may_sign(&chit)?;
        self.check_chit(&chit)?;
        self.link_at_end(chit.without_chain())
    }

    /// A committed lift binds whatever else goes on here: it is booked while the tally closes, and while copies differ.
    ///
    /// Each side links it for itself; the giver's is announced, as every chit is by whoever pledges.
    ///
    /// Whoever brings it has held it, and checked it when it came; so an earlier key of its giver's is as good as the present
    /// one. Else a payer could take back the key between promise and commit, and have the next in line pay.
    pub(super) fn lifted(&mut self, chit: ChitObject, keys: &[LiftKey]) -> Result<Vec<Effect>, Refusal> {
        if chit.kind() != Kind::Lift {
            return Err(Refusal::Misfit("not a lift"));
        }
        if !self.0.phase.has_chain() {
            return Err(self.untimely("a lift"));
        }
        if let Some(held) = self.held(chit.uuid()) {
            return if held.chit.same_content(&chit) { Ok(Vec::new()) } else { Err(Refusal::Conflict) };
        }
        if chit.tally() != self.0.id {
            return Err(Refusal::Misfit("a chit of another tally"));
        }
        if !keys.iter().any(|key| proof::check(&chit, key).is_ok()) {
            self.check_chit(&chit)?;
        }
        self.link_at_end(chit.without_chain())
    }

    pub(super) fn grant(&mut self, request: Request, chit: ChitObject) -> Result<Vec<Effect>, Refusal> {
        match request.state {
            RequestState::Granted => return Ok(Vec::new()),
            RequestState::Waiting => {}
            RequestState::Refused | RequestState::Lapsed | RequestState::Withdrawn => {
                return self.out_of_turn(&Input::Grant { request, chit });
            }
        }
        if request.asked_by == self.0.mine || !request.chit.same_content(&chit) {
            return Err(Refusal::Stale);
        }
        let mut effects = self.sign(chit)?;
        if mutant::is(Mutant::ForgetGrant) {
            return Ok(effects);
        }
        effects.push(Effect::Save(Change::Request(Box::new(request.into_state(RequestState::Granted)))));
        Ok(effects)
    }

    pub(super) fn cancel(&mut self, chit: ChitId, request: Option<Request>) -> Result<Vec<Effect>, Refusal> {
        let Some(held) = self.held(chit).cloned().filter(|held| held.chit.by() == self.0.mine) else {
            return self.out_of_turn(&Input::Cancel { chit, request });
        };
        let change = held.chit.change_for(self.0.mine).ok_or(Refusal::Amount)?;
        self.0.balance = self.0.balance.checked_sub(change).ok_or(Refusal::Amount)?;
        let chain = self.0.chain.as_mut().ok_or(super::ledger::NOT_OPEN)?;
        let unmoved = chain.remove(chit).ok_or(Refusal::Stale)?;
        let mut effects = vec![
            Effect::Save(Change::Tally),
            Effect::Save(Change::Unlinked(chit)),
            Effect::Settle(Subject::Chit(self.0.id, chit)),
            Effect::Settle(Subject::Update(self.0.id)),
            // A page of our copy that waits would carry it out all the same.
            Effect::Settle(Subject::Copy(self.0.id)),
        ];
        effects.extend(self.linked_from(unmoved)?);
        if self.tells_order() {
            effects.extend(self.update()?);
        }
        if let Some(request) = request.filter(|request| request.id() == chit) {
            let waiting = request.into_state(RequestState::Waiting);
            effects.push(Effect::Save(Change::Request(Box::new(waiting))));
        }
        effects.extend(self.follow_closing());
        Ok(effects)
    }

    /// Whether our person may sign this now; its signature, if it has one, is not looked at.
    ///
    /// # Errors
    /// What [`Tally::handle`] would refuse it with.
    pub fn may_sign(&self, chit: &ChitObject) -> Result<(), Refusal> {
        if !self.0.phase.is_in_force() {
            return Err(self.untimely("an entry of ours"));
        }
        if chit.by() != self.0.mine {
            return Err(Refusal::Stale);
        }
        if self.is_frozen() {
            return Err(Refusal::Frozen);
        }
        if self.tail().len() >= MAX_TAIL {
            return Err(Refusal::Full);
        }
        match (chit.kind(), self.0.phase) {
            (Kind::Lift, _) => Err(Refusal::Misfit("a lift is not signed like this")),
            (Kind::Tran, Phase::Closing) => self.check_toward_zero(chit),
            (Kind::Tran | Kind::Set, _) => Ok(()),
        }
    }

    /// While the tally closes, whoever is owed may sign, and no more than is owed.
    fn check_toward_zero(&self, chit: &ChitObject) -> Result<(), Refusal> {
        let units = chit.units().ok_or(Refusal::Amount)?;
        if mutant::is(Mutant::ClosingTakesAll) {
            return Ok(());
        }
        if self.0.balance.milli() >= units.milli() { Ok(()) } else { Err(Refusal::OnlyTowardZero) }
    }

    /// The settings of one side as every chit in the chain leaves them, agreed or not.
    pub fn settings(&self, half: Half) -> Settings {
        let mut settings = match half == self.0.mine {
            true => self.0.settings.mine.clone(),
            false => self.0.settings.theirs.clone(),
        };
        for linked in self.tail().iter().filter(|linked| linked.chit.by() == half) {
            take(&mut settings, linked);
        }
        match self.cert(half) {
            Some(certificate) => settings.from_certificate(certificate),
            None => settings,
        }
    }

    /// Chits that can no longer move become part of the settings that stand.
    pub(super) fn settle_settings(&mut self, covered: &[Linked]) {
        for linked in covered {
            let side = match linked.chit.by() == self.0.mine || mutant::is(Mutant::TheirSettingsAreOurs) {
                true => &mut self.0.settings.mine,
                false => &mut self.0.settings.theirs,
            };
            take(side, linked);
        }
    }

    /// Brings the phase in line with what both sides want and owe.
    pub(super) fn follow_closing(&mut self) -> Vec<Effect> {
        if self.is_mending() {
            // What is here is not all there is.
            return Vec::new();
        }
        let wanted = [Half::Stock, Half::Foil].into_iter().any(|half| self.settings(half).close());
        let owes_nothing = self.0.balance.is_zero() || mutant::is(Mutant::CloseWithDebt);
        let settled = owes_nothing && self.tail().is_empty();
        let next = match self.0.phase {
            Phase::Open | Phase::Closing | Phase::Closed if wanted && settled => Phase::Closed,
            Phase::Open | Phase::Closing | Phase::Closed if wanted => Phase::Closing,
            Phase::Open | Phase::Closing | Phase::Closed => Phase::Open,
            other => other,
        };
        if next == self.0.phase { Vec::new() } else { self.enter(next) }
    }
}

fn take(settings: &mut Settings, linked: &Linked) {
    if linked.chit.kind() == Kind::Set
        && let Some(reference) = linked.chit.reference()
    {
        settings.take(reference);
    }
}
