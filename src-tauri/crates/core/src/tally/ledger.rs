//! The tally's own book-keeping: linking chits, announcing them, telling the order (protocol.md 8, 9).

use super::Tally;
use super::accounts::MAX_TAIL;
use crate::chain::{Chain, Linked};
use crate::chit::{ChitLink, ChitObject, Kind};
use crate::effect::{Change, Effect, Keep, Subject};
use crate::ids::{ChitId, Digest, Half};
use crate::lift::{BadProof, proof};
use crate::message::{Body, ChainCmd, ChainMessage};
use crate::mutant::{self, Mutant};
use crate::refusal::Refusal;
use crate::units::Units;

/// Chits listed in one `upd` take at most this many bytes, so that the sealed message stays far below a frame.
const UPDATE_PAGE: usize = 48 * 1024;

/// Our own chits that are announced and not confirmed at once: the reference loses its way with more.
pub(super) const WINDOW: usize = 10;

pub(super) const NOT_OPEN: Refusal = Refusal::Misfit("the tally was never opened");

impl Tally {
    /// The chit of this name in the part that may still move.
    pub(super) fn held(&self, id: ChitId) -> Option<&Linked> {
        self.0.chain.as_ref().and_then(|chain| chain.find(id))
    }

    pub(super) fn link_at_end(&mut self, chit: ChitObject) -> Result<Vec<Effect>, Refusal> {
        let change = chit.change_for(self.0.mine).ok_or(Refusal::Amount)?;
        let balance = self.0.balance.checked_add(change).ok_or(Refusal::Amount)?;
        // What they pay us meanwhile may balance it, but what waits is a sum of its own.
        self.waiting().checked_add(change).ok_or(Refusal::Amount)?;
        let chain = self.0.chain.as_mut().ok_or(NOT_OPEN)?;
        let before = chain.head();
        chain.append(chit);
        self.0.balance = balance;
        let mut effects = self.linked_from(before)?;
        effects.extend(self.follow_closing());
        Ok(effects)
    }

    /// Puts chits of the partner's in and books them; `placed` if they stand at their places and not at our end.
    ///
    /// Gives the last index at which nothing has changed.
    pub(super) fn take_in(
        &mut self,
        from: u64,
        chits: Vec<ChitObject>,
        placed: bool,
    ) -> Result<u64, Refusal> {
        let mine = self.0.mine;
        let chain = self.0.chain.as_mut().ok_or(NOT_OPEN)?;
        let (head, mut sum, mut fresh) = (chain.head(), self.0.balance, 0);
        for chit in chits.iter().filter(|chit| chain.find(chit.uuid()).is_none()) {
            let change = chit.change_for(mine).ok_or(Refusal::Amount)?;
            sum = sum.checked_add(change).ok_or(Refusal::Amount)?;
            fresh += 1;
        }
        if chain.tail().len() + fresh > MAX_TAIL {
            return Err(Refusal::Full);
        }
        self.0.balance = sum;
        if placed && !mutant::is(Mutant::StockKeepsItsOrder) {
            return Ok(chain.adopt(from, chits));
        }
        for chit in chits {
            if chain.find(chit.uuid()).is_none() {
                chain.append(chit);
            }
        }
        Ok(head)
    }

    /// Saves every link beyond `before` and announces those of ours that may be announced.
    pub(super) fn linked_from(&self, before: u64) -> Result<Vec<Effect>, Refusal> {
        let mut effects = vec![Effect::Save(Change::Tally), self.told()];
        let mut balance_after = self.0.balance;
        for linked in self.tail().iter().rev().take_while(|linked| linked.index > before) {
            let change = linked.chit.change_for(self.0.mine).ok_or(Refusal::Amount)?;
            effects.push(Effect::Save(Change::Linked { linked: linked.clone(), change, balance_after }));
            balance_after = balance_after.checked_sub(change).ok_or(Refusal::Amount)?;
        }
        effects.extend(self.announce(|_, linked| linked.index > before)?);
        Ok(effects)
    }

    /// Announces those of our unconfirmed chits that are chosen by their rank and place, as far as the window goes.
    pub(super) fn announce(&self, choose: impl Fn(usize, &Linked) -> bool) -> Result<Vec<Effect>, Refusal> {
        let agreed = self.chain_ref()?.agreed();
        let ours = self.tail().iter().filter(|linked| linked.chit.by() == self.0.mine);
        let chosen = ours.take(WINDOW).enumerate().filter(|(rank, linked)| choose(*rank, linked));
        chosen
            .map(|(_, linked)| {
                let object = linked.chit.with_chain(link_of(linked, agreed, true));
                let subject = Subject::Chit(self.0.id, linked.chit.uuid());
                self.send(subject, Keep::UntilAnswered, Body::good(object))
            })
            .collect()
    }

    /// Chits of the stock's stand beyond the agreed part, at places that only we, the foil, can tell.
    pub(super) fn tells_order(&self) -> bool {
        self.0.mine == Half::Foil && self.tail().iter().any(|linked| linked.chit.by() == Half::Stock)
    }

    /// Everything beyond the agreed part, as much as one message and the window take.
    pub(super) fn update(&self) -> Result<Vec<Effect>, Refusal> {
        let chain = self.chain_ref()?;
        let mut ours = 0;
        let within = chain.tail().iter().take_while(|linked| {
            ours += usize::from(linked.chit.by() == self.0.mine);
            ours <= WINDOW
        });
        let chits = page(within, chain.agreed());
        if mutant::is(Mutant::DropUpdate) {
            return Ok(Vec::new());
        }
        if chits.is_empty() {
            return self.ack_agreed();
        }
        let mut body = self.chain_body(ChainCmd::Upd, None, None);
        body.chits = chits;
        // Only the foil's update tells of an order that nobody else repeats.
        let keep = match self.0.mine {
            Half::Foil => Keep::UntilAnswered,
            Half::Stock => Keep::Once,
        };
        Ok(vec![self.send(Subject::Update(self.0.id), keep, Body::Chain(body))?])
    }

    /// A page of our copy from an index on; `agreed` are the chits of the agreed part from there.
    pub(super) fn copy_from(&self, index: u64, agreed: &[Linked]) -> Result<Vec<Effect>, Refusal> {
        let chain = self.chain_ref()?;
        let settled = agreed.iter().filter(|linked| linked.index >= index);
        let (mut next, mut whole) = (index.max(1), Vec::new());
        for linked in settled.chain(chain.tail()) {
            if linked.index == next {
                whole.push(linked);
                next += 1;
            }
        }
        let chits = page(whole.into_iter(), chain.agreed());
        if chits.is_empty() {
            return self.ack_agreed();
        }
        let mut body = self.chain_body(ChainCmd::Upd, None, None);
        body.chits = chits;
        Ok(vec![self.send(Subject::Copy(self.0.id), Keep::Once, Body::Chain(body))?])
    }

    pub(super) fn confirm(&mut self, index: u64) -> Result<Vec<Effect>, Refusal> {
        let id = self.0.id;
        let chain = self.0.chain.as_mut().ok_or(NOT_OPEN)?;
        let before = chain.agreed();
        let further = u64::from(mutant::is(Mutant::ConfirmOneTooFar) && index < chain.head());
        let covered = chain.confirm(index + further);
        if chain.agreed() == before {
            return Ok(Vec::new());
        }
        self.settle_settings(&covered);
        let mut effects = vec![
            Effect::Save(Change::Tally),
            Effect::Save(Change::Matched { through: index }),
            Effect::Settle(Subject::Answer(id)),
            Effect::Settle(Subject::Update(id)),
            self.told(),
        ];
        effects.extend(covered.iter().map(|linked| Effect::Settle(Subject::Chit(id, linked.chit.uuid()))));
        effects.extend(self.agreed_at(index));
        // Whatever the window had kept back moves up.
        let ours = covered.iter().filter(|linked| linked.chit.by() == self.0.mine).count();
        effects.extend(self.announce(|rank, _| rank + ours >= WINDOW)?);
        if self.tells_order() {
            effects.extend(self.update()?);
        }
        effects.extend(self.follow_closing());
        Ok(effects)
    }

    pub(super) fn ack_agreed(&self) -> Result<Vec<Effect>, Refusal> {
        let chain = self.chain_ref()?;
        Ok(vec![self.ack(chain.agreed().unwrap_or(0), chain.base(), None)?])
    }

    pub(super) fn ack(&self, index: u64, hash: Digest, chit: Option<ChitId>) -> Result<Effect, Refusal> {
        let mut body = self.chain_body(ChainCmd::Ack, Some(index), Some(hash));
        body.uuid = chit;
        self.send(Subject::Ack(self.0.id), Keep::Once, Body::Chain(body))
    }

    pub(super) const fn chain_body(
        &self,
        cmd: ChainCmd,
        index: Option<u64>,
        hash: Option<Digest>,
    ) -> ChainMessage {
        ChainMessage { tally: self.0.id, cmd, index, hash, uuid: None, chits: Vec::new() }
    }

    /// Whatever stands in the chain was signed by its pledger, in this tally.
    pub(super) fn check_chit(&self, chit: &ChitObject) -> Result<(), Refusal> {
        if chit.tally() != self.0.id {
            return Err(Refusal::Misfit("a chit of another tally"));
        }
        if chit.kind() == Kind::Lift {
            // Signed without its person, by the key the giver delegated; good only with its commit beside it.
            let delegated = self.settings(chit.by()).delegation();
            let key = delegated.ok_or(Refusal::Misfit("no key for lifts was delegated"))?.key;
            return proof::check(chit, &key).map_err(|why| match why {
                BadProof::Signature => Refusal::BadSignature,
                BadProof::Missing | BadProof::Mismatch | BadProof::Uncommitted => {
                    Refusal::Misfit("a lift without its commit")
                }
            });
        }
        let key = self.cert(chit.by()).ok_or(NOT_OPEN)?.key();
        if mutant::is(Mutant::SkipChitSignature) {
            return Ok(());
        }
        if mutant::is(Mutant::EitherSideSigns)
            && self.cert(chit.by().other()).is_some_and(|cert| chit.verify(cert.key()).is_ok())
        {
            return Ok(());
        }
        chit.verify(key).map_err(|_| Refusal::BadSignature)
    }

    pub(super) fn chain_ref(&self) -> Result<&Chain, Refusal> {
        self.0.chain.as_ref().ok_or(NOT_OPEN)
    }
}

/// As many chits as one message takes, each with its place; at least one.
fn page<'a>(links: impl Iterator<Item = &'a Linked>, agreed: Option<u64>) -> Vec<ChitObject> {
    let mut room = UPDATE_PAGE;
    let mut chits = Vec::new();
    for linked in links {
        let chit = linked.chit.with_digest().with_chain(link_of(linked, agreed, false));
        let size = chit.raw().to_string().len();
        if size > room && !chits.is_empty() {
            break;
        }
        room = room.saturating_sub(size);
        chits.push(chit);
    }
    chits
}

fn link_of(linked: &Linked, agreed: Option<u64>, new: bool) -> ChitLink {
    ChitLink { new, index: linked.index, hash: linked.hash, conf: Some(agreed.unwrap_or(0)) }
}

impl ChitObject {
    /// What the chit adds to the balance of the holder of a half: positive when the partner comes to owe more.
    ///
    /// `None` if the sum would not fit.
    pub fn change_for(&self, mine: Half) -> Option<Units> {
        match (self.kind(), self.units()) {
            (Kind::Tran | Kind::Lift, Some(units))
                if (self.by() == mine) != mutant::is(Mutant::WrongSign) =>
            {
                units.checked_neg()
            }
            (Kind::Tran | Kind::Lift, Some(units)) => Some(units),
            (Kind::Tran | Kind::Lift | Kind::Set, _) => Some(Units::ZERO),
        }
    }
}
