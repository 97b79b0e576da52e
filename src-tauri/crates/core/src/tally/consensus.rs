//! Agreement about what was promised, and in which order (protocol.md 9).
//!
//! The foil's order counts and only grows at its end; the stock takes it over. Nothing a message says is believed
//! before a hash or a signature proves it. Whoever has lost part of its chain is told by the partner's `conf`, which is
//! then higher than its own last index, and asks for what it lacks.

use std::collections::BTreeSet;

use super::{Input, Known, Phase, Tally};
use crate::chain::Linked;
use crate::chit::{ChitLink, ChitObject};
use crate::date::Date;
use crate::effect::{Change, Effect, Keep, Subject};
use crate::ids::{ChitId, Digest, Half};
use crate::lift::Waive;
use crate::message::{Body, ChainCmd, ChainMessage, ChitAction};
use crate::mutant::{self, Mutant};
use crate::refusal::Refusal;

impl Tally {
    /// Takes a chit of the partner's, whatever is to become of it.
    pub(super) fn receive_chit(
        &mut self,
        action: ChitAction,
        chit: ChitObject,
        reason: Option<String>,
        until: Option<Date>,
        known: &Known,
    ) -> Result<Vec<Effect>, Refusal> {
        if !self.0.phase.has_chain() {
            return Err(self.untimely("a chit"));
        }
        let mut effects = self.answer_arrived();
        effects.extend(match action {
            ChitAction::Good => self.receive_good(chit, known)?,
            ChitAction::Pend => self.receive_pend(chit, until, known)?,
            ChitAction::Void => self.receive_void(chit, reason, known)?,
        });
        Ok(effects)
    }

    fn receive_good(&mut self, chit: ChitObject, known: &Known) -> Result<Vec<Effect>, Refusal> {
        if self.is_mending() {
            // It comes again, and with the rest.
            return self.ask_for_rest();
        }
        if let Some(held) = known.chits.iter().find(|held| held.chit.uuid() == chit.uuid()) {
            return match held.chit.same_content(&chit) {
                true => Ok(vec![self.ack(held.index, held.hash, Some(chit.uuid()))?]),
                false => self.conflicting(&chit, held),
            };
        }
        let claimed = *chit.chain().ok_or(Refusal::Misfit("a good chit says where it stands"))?;
        let uuid = chit.uuid();
        let head = self.chain_ref()?.head();
        let mut effects = Vec::new();
        if let Some(held) = self.held(uuid) {
            if !held.chit.same_content(&chit) {
                let held = held.clone();
                return self.conflicting(&chit, &held);
            }
            if mutant::is(Mutant::CountTwice) {
                let change = chit.change_for(self.0.mine).ok_or(Refusal::Amount)?;
                self.0.balance = self.0.balance.checked_add(change).ok_or(Refusal::Amount)?;
                effects.push(Effect::Save(Change::Tally));
            }
        } else {
            self.check_chit(&chit)?;
            if let Some(waive) = self.given_up(&chit, known) {
                return Ok(self.taken_back(&chit, waive, claimed.hash));
            }
            effects.extend(self.request_granted(&chit, known));
            let first = self.chain_ref()?.agreed().unwrap_or(0) + 1;
            let placed = self.0.mine == Half::Stock && (first..=head).contains(&claimed.index);
            let unmoved = self.take_in(claimed.index, vec![chit.without_chain()], placed)?;
            effects.extend(self.linked_from(unmoved)?);
        }
        effects.extend(match claimed.conf {
            Some(conf) if conf > head => self.ask_for_rest()?,
            _ => self.answer_new(uuid, &claimed)?,
        });
        effects.extend(self.follow_closing());
        Ok(effects)
    }

    /// Takes a message about the chain.
    pub(super) fn consent(&mut self, message: ChainMessage, known: &Known) -> Result<Vec<Effect>, Refusal> {
        if !self.0.phase.has_chain() || message.tally != self.0.id {
            return Err(self.untimely("a message about the chain"));
        }
        let mut effects = self.answer_arrived();
        let place = message.index.zip(message.hash);
        effects.extend(match message.cmd {
            ChainCmd::Ack => {
                let (index, hash) = place.ok_or(Refusal::Misfit("an ack without index or hash"))?;
                match self.is_mending() {
                    true => self.ack_while_mending(index, hash, known)?,
                    false => self.receive_ack(index, hash, known)?,
                }
            }
            ChainCmd::Nak if self.is_mending() => self.ask_for_rest()?,
            ChainCmd::Nak => self.receive_nak(place, known)?,
            ChainCmd::Upd if self.is_mending() => {
                self.upd_while_mending(message.chits, message.uuid, known)?
            }
            ChainCmd::Upd => self.receive_upd(message.chits, message.uuid, known)?,
            ChainCmd::Req => self.copy_from(message.index.unwrap_or(1), &known.chits)?,
            ChainCmd::New => return Err(Refusal::Misfit("a new link rides in its chit")),
        });
        effects.extend(self.follow_closing());
        Ok(effects)
    }

    pub(super) fn compare(&mut self) -> Result<Vec<Effect>, Refusal> {
        if !self.0.phase.has_chain() || self.0.phase == Phase::Accepting {
            return self.out_of_turn(&Input::Compare);
        }
        if self.is_mending() {
            return self.ask_for_rest();
        }
        let head = self.chain_ref()?.head();
        self.ask_from(head + 1)
    }

    fn receive_ack(&mut self, index: u64, hash: Digest, known: &Known) -> Result<Vec<Effect>, Refusal> {
        let chain = self.chain_ref()?;
        if index > chain.head() {
            return self.ask_for_rest();
        }
        if chain.agreed().is_some_and(|agreed| index <= agreed) {
            return match self.agreed_hash(index, known) {
                Some(ours) if ours != hash => self.contradicted(index, ours, hash),
                Some(_) => Ok(self.agreed_at(index)),
                None => Ok(Vec::new()),
            };
        }
        if chain.hash_at(index) == Some(hash) || mutant::is(Mutant::AckUnread) {
            return self.confirm(index);
        }
        match self.0.mine {
            Half::Stock => self.disagree(),
            Half::Foil => self.behind(),
        }
    }

    fn receive_nak(&mut self, place: Option<(u64, Digest)>, known: &Known) -> Result<Vec<Effect>, Refusal> {
        let chain = self.chain_ref()?;
        let agreed = chain.agreed();
        match place {
            Some((index, hash)) if agreed.is_some_and(|agreed| index <= agreed) => {
                match self.agreed_hash(index, known) {
                    Some(ours) if ours != hash => self.contradicted(index, ours, hash),
                    // What both had agreed on beyond is gone over there: their copy is an old one.
                    Some(_) if Some(index) < agreed => self.copy_from(index + 1, &known.chits),
                    _ => self.update(),
                }
            }
            // They hold as agreed what we do not know: ours may be the old copy.
            Some((index, hash)) if chain.hash_at(index) != Some(hash) => self.behind(),
            _ => self.update(),
        }
    }

    fn receive_upd(
        &mut self,
        chits: Vec<ChitObject>,
        about: Option<ChitId>,
        known: &Known,
    ) -> Result<Vec<Effect>, Refusal> {
        let chain = self.chain_ref()?;
        let (agreed, head) = (chain.agreed().unwrap_or(0), chain.head());
        let listed = match self.listed(chits, known)? {
            Listed::Sound(listed) => listed,
            Listed::Conflict(theirs, held) => return self.conflicting(&theirs, &held),
            Listed::Contradiction { index, ours, theirs } => return self.contradicted(index, ours, theirs),
            Listed::GivenUp(chit, waive, theirs) => return Ok(self.taken_back(&chit, &waive, theirs)),
        };
        let conf = listed.iter().filter_map(|(link, _)| link.conf).max().unwrap_or(0);
        // What is agreed stands where it stands: else our copy is an old one.
        let lost = conf > head
            || listed.iter().any(|(link, _)| {
                link.index > agreed && link.index <= conf && chain.hash_at(link.index) != Some(link.hash)
            });
        // What they list at places that are settled here is new to us all the same: it goes to the end.
        let (late, listed): (Vec<_>, Vec<_>) = listed
            .into_iter()
            .filter(|(_, chit)| known.chits.iter().all(|held| held.chit.uuid() != chit.uuid()))
            .partition(|(link, chit)| link.index <= agreed && self.held(chit.uuid()).is_none());
        let listed: Vec<_> = listed.into_iter().filter(|(link, _)| link.index > agreed).collect();
        let mut effects = Vec::new();
        for (_, chit) in late.iter().chain(&listed) {
            effects.extend(self.request_granted(chit, known));
        }
        let untold = !late.is_empty();
        if untold {
            let unmoved = self.take_in(0, late.into_iter().map(|(_, chit)| chit).collect(), false)?;
            effects.extend(self.linked_from(unmoved)?);
        }
        let (Some((first, _)), Some((end, _))) = (listed.first().cloned(), listed.last().cloned()) else {
            effects.extend(match (lost, untold) {
                (true, _) => self.ask_for_rest()?,
                (false, true) => self.disagree()?,
                (false, false) => self.ack_agreed()?,
            });
            return Ok(effects);
        };
        let placed = self.0.mine == Half::Stock || lost;
        let in_order = (first.index..).zip(&listed).all(|(index, (link, _))| link.index == index);
        let known_so_far = if lost { agreed } else { head };
        if placed && (!in_order || first.index > known_so_far + 1) {
            effects.extend(if lost { self.ask_for_rest()? } else { self.disagree()? });
            return Ok(effects);
        }
        let order = listed.into_iter().map(|(_, chit)| chit).collect();
        let unmoved = self.take_in(first.index, order, placed)?;
        effects.extend(self.linked_from(unmoved)?);
        if self.chain_ref()?.hash_at(end.index) == Some(end.hash) {
            effects.extend(self.confirm(end.index)?);
            effects.push(self.ack(end.index, end.hash, about)?);
            if conf > end.index {
                effects.extend(self.ask_for_rest()?);
            }
        } else if conf > agreed {
            // What they agreed on before this page may be what we do not know.
            effects.extend(self.ask_for_rest()?);
        } else {
            effects.extend(self.disagree()?);
        }
        Ok(effects)
    }

    /// The chits of an update, each checked, each only once.
    pub(super) fn listed(&self, chits: Vec<ChitObject>, known: &Known) -> Result<Listed, Refusal> {
        let mut names = BTreeSet::new();
        let mut listed = Vec::new();
        for chit in chits {
            let link = *chit.chain().ok_or(Refusal::Misfit("an update says where its chits stand"))?;
            if !names.insert(chit.uuid()) {
                return Err(Refusal::Misfit("an update names a chit twice"));
            }
            let settled = known.chits.iter().find(|held| held.chit.uuid() == chit.uuid());
            match settled.or_else(|| self.held(chit.uuid())) {
                Some(held) if !held.chit.same_content(&chit) => {
                    return Ok(Listed::Conflict(Box::new(chit), Box::new(held.clone())));
                }
                Some(held) => {
                    let moved = (held.index, held.hash) != (link.index, link.hash);
                    if settled.is_some() && moved && link.conf.is_some_and(|conf| link.index <= conf) {
                        let (index, ours, theirs) = (held.index, held.hash, link.hash);
                        return Ok(Listed::Contradiction { index, ours, theirs });
                    }
                    listed.push((link, held.chit.clone()));
                }
                None => {
                    if mutant::is(Mutant::UpdateIsNotWhole) && self.check_chit(&chit).is_err() {
                        continue;
                    }
                    self.check_chit(&chit)?;
                    if let Some(waive) = self.given_up(&chit, known) {
                        return Ok(Listed::GivenUp(Box::new(chit), Box::new(waive.clone()), link.hash));
                    }
                    listed.push((link, chit.without_chain()));
                }
            }
        }
        Ok(Listed::Sound(listed))
    }

    /// Our hash at an index that is agreed.
    pub(super) fn agreed_hash(&self, index: u64, known: &Known) -> Option<Digest> {
        let chain = self.0.chain.as_ref()?;
        match index {
            _ if chain.agreed() == Some(index) => Some(chain.base()),
            0 => Some(self.0.object.digest()),
            _ => known.chits.iter().find(|linked| linked.index == index).map(|linked| linked.hash),
        }
    }

    fn answer_new(&mut self, chit: ChitId, claimed: &ChitLink) -> Result<Vec<Effect>, Refusal> {
        if self.chain_ref()?.hash_at(claimed.index) == Some(claimed.hash) {
            let mut effects = self.confirm(claimed.index)?;
            effects.push(self.ack(claimed.index, claimed.hash, Some(chit))?);
            return Ok(effects);
        }
        let mut told = self.disagree()?;
        // The reference names the chit that made it speak.
        for effect in &mut told {
            if let Effect::Send(outgoing) = effect
                && let Body::Chain(said) = &mut outgoing.envelope.body
                && said.cmd == ChainCmd::Upd
            {
                said.uuid = Some(chit);
            }
        }
        Ok(told)
    }

    /// The foil says how it is; the stock says that it cannot follow.
    fn disagree(&self) -> Result<Vec<Effect>, Refusal> {
        match self.0.mine {
            Half::Foil => self.update(),
            Half::Stock => {
                let chain = self.chain_ref()?;
                // Only what is agreed is said for good: a hash that may still move is no contradiction when it comes late.
                let place = match mutant::is(Mutant::NakTellsHead) {
                    true => Some((chain.head(), chain.head_hash())),
                    false => chain.agreed().map(|agreed| (agreed, chain.base())),
                };
                let body = self.chain_body(ChainCmd::Nak, place.map(|at| at.0), place.map(|at| at.1));
                Ok(vec![self.send(Subject::Nak(self.0.id), Keep::Once, Body::Chain(body))?])
            }
        }
    }

    /// They hold as agreed what we do not know: ours may be the old copy. Both say what they have.
    fn behind(&self) -> Result<Vec<Effect>, Refusal> {
        let mut effects = self.ask_for_rest()?;
        effects.extend(self.update()?);
        Ok(effects)
    }

    /// The partner knows of more than we hold: our copy is an old one.
    pub(super) fn ask_for_rest(&self) -> Result<Vec<Effect>, Refusal> {
        self.ask_from(self.chain_ref()?.agreed().unwrap_or(0) + 1)
    }

    fn ask_from(&self, index: u64) -> Result<Vec<Effect>, Refusal> {
        let body = Body::Chain(self.chain_body(ChainCmd::Req, Some(index), None));
        // Whoever mends a copy needs the answer; everybody else is told again of what they lack.
        let keep = if self.is_mending() { Keep::UntilAnswered } else { Keep::Once };
        Ok(vec![self.send(Subject::Ask(self.0.id), keep, body)?])
    }
}

/// What an update turns out to be.
pub(super) enum Listed {
    /// Chits with their places, in the order they came.
    Sound(Vec<(ChitLink, ChitObject)>),
    /// One of them bears a name that stands for something else here.
    Conflict(Box<ChitObject>, Box<Linked>),
    /// One of them is agreed at another place.
    Contradiction { index: u64, ours: Digest, theirs: Digest },
    /// One of them is a promise of ours that they gave up in writing, and the hash they have there.
    GivenUp(Box<ChitObject>, Box<Waive>, Digest),
}
