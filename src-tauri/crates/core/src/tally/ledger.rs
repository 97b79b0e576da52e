//! Chits of an open tally and the agreement about their order (protocol.md 8, 9).

use std::collections::BTreeSet;

use super::{Input, Phase, Tally};
use crate::chain::{Chain, Linked};
use crate::chit::{ChitLink, ChitObject, Kind};
use crate::effect::{Change, Effect, Keep, Subject};
use crate::ids::{ChitId, Digest, Half};
use crate::message::{Body, ChainCmd, ChainMessage, ChitAction};
use crate::refusal::Refusal;
use crate::units::Units;

/// Chits listed in one `upd` take at most this many bytes, so that the sealed message stays far below a frame.
const UPDATE_PAGE: usize = 48 * 1024;

impl Tally {
    pub(super) fn pay(&mut self, chit: ChitObject) -> Result<Vec<Effect>, Refusal> {
        let chain = self.chain.as_ref();
        if chain
            .is_some_and(|chain| chain.find(chit.uuid()).is_some_and(|held| held.chit.same_content(&chit)))
        {
            return Ok(Vec::new());
        }
        match self.phase {
            Phase::Accepting | Phase::Open => {}
            _ => return self.out_of_turn(&Input::Pay(chit)),
        }
        if chit.kind() != Kind::Tran || chit.by() != self.mine {
            return Err(Refusal::Stale);
        }
        self.check_chit(&chit)?;
        self.link_at_end(chit.without_chain())
    }

    /// Takes a chit of the partner's; `known` holds the agreed one of the same name.
    pub(super) fn chit(
        &mut self,
        action: ChitAction,
        chit: ChitObject,
        known: &[Linked],
    ) -> Result<Vec<Effect>, Refusal> {
        if !self.phase.is_in_force() {
            return Err(Refusal::OutOfTurn { phase: self.phase.as_str(), input: "a chit" });
        }
        if action != ChitAction::Good {
            return Err(Refusal::Misfit("requests are not taken yet"));
        }
        if let Some(known) = known.iter().find(|known| known.chit.uuid() == chit.uuid()) {
            return self.repeat_of_agreed(&chit, known);
        }
        let claimed = *chit.chain().ok_or(Refusal::Misfit("a good chit says where it stands"))?;
        let mut effects = self.answer_arrived();
        if let Some(held) = self.chain_ref()?.find(chit.uuid()) {
            if !held.chit.same_content(&chit) {
                return Err(Refusal::Conflict);
            }
        } else {
            if chit.by() == self.mine {
                return Err(Refusal::Misfit("a chit of ours that we never made"));
            }
            self.check_chit(&chit)?;
            let unmoved = self.take_in(chit.without_chain(), &claimed)?;
            effects.extend(self.linked_from(unmoved)?);
        }
        effects.extend(self.answer_new(chit.uuid(), &claimed)?);
        Ok(effects)
    }

    /// Takes a message about the chain.
    pub(super) fn consent(
        &mut self,
        message: ChainMessage,
        known: &[Linked],
    ) -> Result<Vec<Effect>, Refusal> {
        if !self.phase.is_in_force() || message.tally != self.id {
            return Err(Refusal::OutOfTurn {
                phase: self.phase.as_str(),
                input: "a message about the chain",
            });
        }
        let mut effects = Vec::new();
        if self.phase == Phase::Accepting {
            effects.extend(self.answer_arrived());
        }
        match message.cmd {
            ChainCmd::Ack => effects.extend(self.receive_ack(&message)?),
            ChainCmd::Upd => effects.extend(self.receive_upd(message.chits, known)?),
            ChainCmd::Nak | ChainCmd::Req => effects.extend(self.update()?),
            ChainCmd::New => return Err(Refusal::Misfit("a new link rides in its chit")),
        }
        Ok(effects)
    }

    fn receive_ack(&mut self, message: &ChainMessage) -> Result<Vec<Effect>, Refusal> {
        let (Some(index), Some(hash)) = (message.index, message.hash) else {
            return Err(Refusal::Misfit("an ack without index or hash"));
        };
        let chain = self.chain_ref()?;
        if chain.agreed().is_some_and(|agreed| index < agreed) {
            // Late news about what is agreed already.
            return Ok(Vec::new());
        }
        if chain.hash_at(index) == Some(hash) {
            return self.confirm(index);
        }
        self.disagree()
    }

    fn receive_upd(&mut self, chits: Vec<ChitObject>, known: &[Linked]) -> Result<Vec<Effect>, Refusal> {
        let listed = self.listed(chits, known)?;
        let (Some((first, _)), Some((end, _))) = (listed.first(), listed.last()) else {
            return self.ack_agreed();
        };
        let (from, end) = (first.index, *end);
        let in_order = (from..).zip(&listed).all(|(index, (link, _))| link.index == index);
        if self.mine == Half::Stock && (!in_order || from > self.chain_ref()?.head() + 1) {
            return self.disagree();
        }
        let unmoved = self.merge(from, listed.into_iter().map(|(_, chit)| chit).collect())?;
        let mut effects = self.linked_from(unmoved)?;
        if self.chain_ref()?.hash_at(end.index) == Some(end.hash) {
            effects.extend(self.confirm(end.index)?);
            effects.push(self.ack(end.index, end.hash, None)?);
        } else {
            effects.extend(self.disagree()?);
        }
        Ok(effects)
    }

    /// The chits of an update that lie beyond the agreed part, each checked, and each only once.
    fn listed(
        &self,
        chits: Vec<ChitObject>,
        known: &[Linked],
    ) -> Result<Vec<(ChitLink, ChitObject)>, Refusal> {
        let chain = self.chain_ref()?;
        let agreed = chain.agreed().unwrap_or(0);
        let mut names = BTreeSet::new();
        let mut listed = Vec::new();
        for chit in chits {
            let link = *chit.chain().ok_or(Refusal::Misfit("an update says where its chits stand"))?;
            if !names.insert(chit.uuid()) {
                return Err(Refusal::Misfit("an update names a chit twice"));
            }
            let in_agreed = known.iter().find(|known| known.chit.uuid() == chit.uuid());
            let held = in_agreed.or_else(|| chain.find(chit.uuid()));
            if held.is_some_and(|held| !held.chit.same_content(&chit)) {
                return Err(Refusal::Conflict);
            }
            let settled = in_agreed.is_some() || (self.mine == Half::Stock && link.index <= agreed);
            match held {
                _ if settled => {}
                Some(held) => listed.push((link, held.chit.clone())),
                None => {
                    self.check_chit(&chit)?;
                    listed.push((link, chit.without_chain()));
                }
            }
        }
        Ok(listed)
    }

    /// Foil decides the order: it only adds what it lacks. Stock takes the order it is told.
    ///
    /// Gives the last index at which nothing has changed.
    fn merge(&mut self, from: u64, order: Vec<ChitObject>) -> Result<u64, Refusal> {
        let mut sum = self.balance;
        let chain = self.chain.as_mut().ok_or(NOT_OPEN)?;
        let head = chain.head();
        let fresh = |chain: &Chain, chit: &ChitObject| chain.find(chit.uuid()).is_none();
        for chit in order.iter().filter(|chit| fresh(chain, chit)) {
            let change = chit.change_for(self.mine).ok_or(Refusal::Amount)?;
            sum = sum.checked_add(change).ok_or(Refusal::Amount)?;
        }
        self.balance = sum;
        match self.mine {
            Half::Stock => Ok(chain.adopt(from, order)),
            Half::Foil => {
                for chit in order {
                    if fresh(chain, &chit) {
                        chain.append(chit);
                    }
                }
                Ok(head)
            }
        }
    }

    /// Links a chit of the partner's where the rules of our half want it; gives the last index that did not change.
    fn take_in(&mut self, chit: ChitObject, claimed: &ChitLink) -> Result<u64, Refusal> {
        let change = chit.change_for(self.mine).ok_or(Refusal::Amount)?;
        let balance = self.balance.checked_add(change).ok_or(Refusal::Amount)?;
        let chain = self.chain.as_mut().ok_or(NOT_OPEN)?;
        let first = chain.agreed().unwrap_or(0) + 1;
        let head = chain.head();
        self.balance = balance;
        match self.mine {
            Half::Stock if (first..=head).contains(&claimed.index) => {
                Ok(chain.adopt(claimed.index, vec![chit]))
            }
            Half::Stock | Half::Foil => {
                chain.append(chit);
                Ok(head)
            }
        }
    }

    fn answer_new(&mut self, chit: ChitId, claimed: &ChitLink) -> Result<Vec<Effect>, Refusal> {
        if self.chain_ref()?.hash_at(claimed.index) == Some(claimed.hash) {
            let mut effects = self.confirm(claimed.index)?;
            effects.push(self.ack(claimed.index, claimed.hash, Some(chit))?);
            return Ok(effects);
        }
        self.disagree()
    }

    /// The foil says how it is; the stock says that it cannot follow.
    fn disagree(&self) -> Result<Vec<Effect>, Refusal> {
        match self.mine {
            Half::Foil => self.update(),
            Half::Stock => {
                let chain = self.chain_ref()?;
                let body = self.chain_body(ChainCmd::Nak, Some(chain.head()), Some(chain.head_hash()));
                Ok(vec![self.send(Subject::Nak(self.id), Keep::Once, Body::Chain(body))?])
            }
        }
    }

    /// Chits of the stock's stand beyond the agreed part, at places that only we, the foil, can tell.
    fn tells_order(&self) -> bool {
        let tail = self.chain.as_ref().map_or(&[][..], Chain::tail);
        self.mine == Half::Foil && tail.iter().any(|linked| linked.chit.by() == Half::Stock)
    }

    /// Everything beyond the agreed part, as much as one message takes.
    fn update(&self) -> Result<Vec<Effect>, Refusal> {
        let chain = self.chain_ref()?;
        let mut room = UPDATE_PAGE;
        let mut chits = Vec::new();
        for linked in chain.tail() {
            let chit = linked.chit.with_chain(link_of(linked, chain.agreed(), false));
            let size = chit.raw().to_string().len();
            if size > room && !chits.is_empty() {
                break;
            }
            room = room.saturating_sub(size);
            chits.push(chit);
        }
        if chits.is_empty() {
            return self.ack_agreed();
        }
        let mut body = self.chain_body(ChainCmd::Upd, None, None);
        body.chits = chits;
        // Only the foil's update tells of an order that nobody else repeats.
        let keep = match self.mine {
            Half::Foil => Keep::UntilAnswered,
            Half::Stock => Keep::Once,
        };
        Ok(vec![self.send(Subject::Update(self.id), keep, Body::Chain(body))?])
    }

    fn ack_agreed(&self) -> Result<Vec<Effect>, Refusal> {
        let chain = self.chain_ref()?;
        Ok(vec![self.ack(chain.agreed().unwrap_or(0), chain.base(), None)?])
    }

    fn repeat_of_agreed(&self, chit: &ChitObject, known: &Linked) -> Result<Vec<Effect>, Refusal> {
        if !known.chit.same_content(chit) {
            return Err(Refusal::Conflict);
        }
        Ok(vec![self.ack(known.index, known.hash, Some(chit.uuid()))?])
    }

    fn ack(&self, index: u64, hash: Digest, chit: Option<ChitId>) -> Result<Effect, Refusal> {
        let mut body = self.chain_body(ChainCmd::Ack, Some(index), Some(hash));
        body.uuid = chit;
        self.send(Subject::Ack(self.id), Keep::Once, Body::Chain(body))
    }

    fn chain_body(&self, cmd: ChainCmd, index: Option<u64>, hash: Option<Digest>) -> ChainMessage {
        ChainMessage { tally: self.id, cmd, index, hash, uuid: None, chits: Vec::new() }
    }

    fn confirm(&mut self, index: u64) -> Result<Vec<Effect>, Refusal> {
        let id = self.id;
        let before = self.chain_ref()?.agreed();
        let chain = self.chain.as_mut().ok_or(NOT_OPEN)?;
        let covered = chain.confirm(index);
        if chain.agreed() == before {
            return Ok(Vec::new());
        }
        let settled = covered.into_iter().map(|chit| Effect::Settle(Subject::Chit(id, chit)));
        let mut effects = vec![
            Effect::Save(Change::Tally),
            Effect::Save(Change::Matched { through: index }),
            Effect::Settle(Subject::Answer(id)),
            Effect::Settle(Subject::Update(id)),
            self.told(),
        ];
        effects.extend(settled);
        if self.tells_order() {
            effects.extend(self.update()?);
        }
        Ok(effects)
    }

    fn link_at_end(&mut self, chit: ChitObject) -> Result<Vec<Effect>, Refusal> {
        let change = chit.change_for(self.mine).ok_or(Refusal::Amount)?;
        let balance = self.balance.checked_add(change).ok_or(Refusal::Amount)?;
        let chain = self.chain.as_mut().ok_or(NOT_OPEN)?;
        let before = chain.head();
        chain.append(chit);
        self.balance = balance;
        self.linked_from(before)
    }

    /// Saves every link beyond `before` and announces those that are ours at their present place.
    fn linked_from(&self, before: u64) -> Result<Vec<Effect>, Refusal> {
        let chain = self.chain_ref()?;
        let mut effects = vec![Effect::Save(Change::Tally), self.told()];
        let mut balance_after = self.balance;
        for linked in chain.tail().iter().rev().take_while(|linked| linked.index > before) {
            let change = linked.chit.change_for(self.mine).ok_or(Refusal::Amount)?;
            effects.push(Effect::Save(Change::Linked { linked: linked.clone(), change, balance_after }));
            balance_after = balance_after.checked_sub(change).ok_or(Refusal::Amount)?;
            if linked.chit.by() == self.mine {
                let object = linked.chit.with_chain(link_of(linked, chain.agreed(), true));
                let body = Body::Chit { action: ChitAction::Good, object };
                effects.push(self.send(
                    Subject::Chit(self.id, linked.chit.uuid()),
                    Keep::UntilAnswered,
                    body,
                )?);
            }
        }
        Ok(effects)
    }

    fn check_chit(&self, chit: &ChitObject) -> Result<(), Refusal> {
        if chit.tally() != self.id {
            return Err(Refusal::Misfit("a chit of another tally"));
        }
        if chit.kind() == Kind::Lift {
            return Err(Refusal::Misfit("lifts are not taken yet"));
        }
        let key = self.cert(chit.by()).ok_or(NOT_OPEN)?.key();
        chit.verify(key).map_err(|_| Refusal::BadSignature)
    }

    fn chain_ref(&self) -> Result<&Chain, Refusal> {
        self.chain.as_ref().ok_or(NOT_OPEN)
    }
}

const NOT_OPEN: Refusal = Refusal::Misfit("the tally was never opened");

fn link_of(linked: &Linked, agreed: Option<u64>, new: bool) -> ChitLink {
    ChitLink { new, index: linked.index, hash: linked.hash, conf: Some(agreed.unwrap_or(0)) }
}

impl ChitObject {
    /// What the chit adds to the balance of the holder of a half: positive when the partner comes to owe more.
    ///
    /// `None` if the sum would not fit.
    pub fn change_for(&self, mine: Half) -> Option<Units> {
        match (self.kind(), self.units()) {
            (Kind::Tran | Kind::Lift, Some(units)) if self.by() == mine => units.checked_neg(),
            (Kind::Tran | Kind::Lift, Some(units)) => Some(units),
            (Kind::Tran | Kind::Lift | Kind::Set, _) => Some(Units::ZERO),
        }
    }
}
