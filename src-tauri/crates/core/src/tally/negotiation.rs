//! From draft to open, or to nothing (protocol.md 7).
//!
//! An offer binds nobody until its answer has arrived: whoever changes or withdraws an offer first has done so, and an
//! acceptance that crosses it on the way opens nothing. So an acceptance counts, on its own side too, only once the
//! partner has confirmed it.

use super::{Input, Phase, Tally, TallyObject};
use crate::certificate::Certificate;
use crate::chain::Chain;
use crate::effect::{Change, Effect, Keep, Subject};
use crate::ids::{AgentId, Half};
use crate::message::{Body, TallyAction};
use crate::mutant::{self, Mutant};
use crate::refusal::Refusal;

impl Tally {
    /// A tally that a partner offers us, the answer to a ticket we used.
    ///
    /// `me` is the certificate we sent with the ticket and `partner` the agent at the other end of the link.
    ///
    /// # Errors
    /// Refuses an object that is not signed by exactly the partner, or that names somebody else on either side.
    pub fn offered(
        object: TallyObject,
        me: &Certificate,
        partner: AgentId,
    ) -> Result<(Self, Vec<Effect>), Refusal> {
        let mine = [Half::Stock, Half::Foil]
            .into_iter()
            .find(|half| object.cert(*half).is_some_and(|cert| cert.chad().agent() == me.chad().agent()))
            .ok_or(Refusal::Misfit("our certificate is not in it"))?;
        if object.cert(mine).is_none_or(|cert| cert.raw() != me.raw()) {
            return Err(Refusal::Misfit("our certificate was changed"));
        }
        check_offer(&object, mine, partner)?;
        let mut tally = Self::draft(mine, object);
        let effects = tally.enter(Phase::OfferedToUs);
        Ok((tally, effects))
    }

    pub(super) fn answered(&mut self, cert: Certificate) -> Result<Vec<Effect>, Refusal> {
        match self.0.phase {
            Phase::Draft => {
                if self.cert(self.0.mine).is_some_and(|mine| mine.chad().agent() == cert.chad().agent()) {
                    return Err(Refusal::Misfit("a ticket cannot be used by its maker"));
                }
                if self.cert(self.0.mine).is_some_and(|mine| mine.key() == cert.key()) {
                    return Err(Refusal::Misfit("our own key under another name"));
                }
                self.0.object = self.0.object.with_certificate(self.0.mine.other(), cert);
                Ok(self.enter(Phase::PartnerDraft))
            }
            Phase::PartnerDraft if self.cert(self.0.mine.other()) == Some(&cert) => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Answered(cert)),
        }
    }

    pub(super) fn offer(&mut self, object: TallyObject) -> Result<Vec<Effect>, Refusal> {
        let changes_offer = match self.0.phase {
            Phase::Offering | Phase::Offered if self.0.object == object => return Ok(Vec::new()),
            Phase::PartnerDraft | Phase::Revising => false,
            Phase::OfferedToUs | Phase::Offering | Phase::Offered => true,
            _ => return self.out_of_turn(&Input::Offer(object)),
        };
        let number = self.0.object.revision().saturating_add(u32::from(changes_offer));
        if object.uuid() != self.0.id || object.revision() != number {
            return Err(Refusal::Stale);
        }
        self.check_parties(&object)?;
        if object.signature(self.0.mine.other()).is_some() {
            return Err(Refusal::Misfit("an offer carries only the offerer's signature"));
        }
        object.verify(self.0.mine).map_err(|_| Refusal::BadSignature)?;
        let before = std::mem::replace(&mut self.0.object, object);
        if changes_offer {
            self.0.previous = Some(before);
        }
        self.0.revising = false;
        let object = self.0.object.clone();
        let body = Body::Tally { action: TallyAction::Offer, object, reason: None };
        let send = self.send(Subject::Offer(self.0.id), Keep::UntilAnswered, body)?;
        let mut effects = self.enter(Phase::Offering);
        effects.push(Effect::Settle(Subject::Answer(self.0.id)));
        effects.push(send);
        Ok(effects)
    }

    pub(super) fn revise(&mut self) -> Result<Vec<Effect>, Refusal> {
        match self.0.phase {
            Phase::OfferedToUs => {
                let offered = self.0.object.clone();
                self.0.object = offered.next_revision().map_err(|_| Refusal::Stale)?;
                self.0.previous = Some(offered.clone());
                let body = Body::Tally { action: TallyAction::Draft, object: offered, reason: None };
                let send = self.send(Subject::Answer(self.0.id), Keep::Few, body)?;
                let mut effects = self.enter(Phase::Revising);
                effects.push(send);
                Ok(effects)
            }
            Phase::Revising => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Revise),
        }
    }

    pub(super) fn accept(&mut self, object: TallyObject) -> Result<Vec<Effect>, Refusal> {
        match self.0.phase {
            Phase::OfferedToUs => {
                if !self.0.object.same_content(&object) {
                    return Err(Refusal::Stale);
                }
                object.verify(self.0.mine).map_err(|_| Refusal::BadSignature)?;
                object.verify(self.0.mine.other()).map_err(|_| Refusal::BadSignature)?;
                self.0.object = object;
                self.0.chain = Some(Chain::new(self.0.object.digest()));
                let mut effects = self.enter(Phase::Accepting);
                effects.push(self.open_message(Keep::UntilAnswered)?);
                Ok(effects)
            }
            Phase::Accepting | Phase::Open if self.0.object == object => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Accept(object)),
        }
    }

    pub(super) fn refuse(&mut self, reason: Option<String>) -> Result<Vec<Effect>, Refusal> {
        match self.0.phase {
            // Whoever used our ticket need not be whom we meant: that too can be refused.
            Phase::OfferedToUs | Phase::PartnerDraft | Phase::Revising => {
                self.0.reason = reason;
                let mut effects = self.enter(Phase::Refusing);
                effects.push(self.void_message()?);
                Ok(effects)
            }
            Phase::Refusing | Phase::Void => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Refuse(reason)),
        }
    }

    pub(super) fn withdraw(&mut self) -> Result<Vec<Effect>, Refusal> {
        match self.0.phase {
            Phase::Offering | Phase::Offered => {
                let mut effects = self.enter(Phase::Refusing);
                effects.push(Effect::Settle(Subject::Offer(self.0.id)));
                effects.push(self.void_message()?);
                Ok(effects)
            }
            Phase::Refusing | Phase::Void => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Withdraw),
        }
    }

    /// Takes a message of the negotiation.
    pub(super) fn negotiate(
        &mut self,
        action: TallyAction,
        object: TallyObject,
        reason: Option<String>,
    ) -> Result<Vec<Effect>, Refusal> {
        if object.uuid() != self.0.id {
            return Err(Refusal::Misfit("another tally"));
        }
        match action {
            TallyAction::Offer => self.receive_offer(object),
            TallyAction::Open => self.receive_open(object),
            TallyAction::Void => self.receive_void_tally(reason),
            TallyAction::Draft => Ok(self.receive_draft(&object)),
        }
    }

    fn receive_offer(&mut self, object: TallyObject) -> Result<Vec<Effect>, Refusal> {
        let repeated = self.0.object.same_content(&object);
        let newer = object.revision() > self.0.object.revision();
        match self.0.phase {
            Phase::OfferedToUs if repeated => Ok(Vec::new()),
            Phase::Accepting if repeated => Ok(vec![self.open_message(Keep::UntilAnswered)?]),
            // Once the partner has confirmed our `open` nothing would settle a kept one.
            Phase::Open | Phase::Closing | Phase::Closed if repeated => {
                Ok(vec![self.open_message(Keep::Once)?])
            }
            Phase::Refusing | Phase::Void => Ok(vec![self.void_message()?]),
            // They changed their offer before our acceptance reached them: it opens nothing.
            Phase::OfferedToUs | Phase::Accepting if newer => self.replace_offer(object),
            Phase::Offering | Phase::Offered if self.yields_to(&object) => self.replace_offer(object),
            Phase::Revising | Phase::PartnerDraft
                if self.0.previous.is_some() && object.revision() >= self.0.object.revision() =>
            {
                self.replace_offer(object)
            }
            Phase::Revising | Phase::PartnerDraft if self.0.previous.is_some() => Ok(Vec::new()),
            Phase::OfferedToUs | Phase::Offering | Phase::Offered | Phase::Accepting => Ok(Vec::new()),
            // An old one that comes late: what was agreed since stands.
            Phase::Open | Phase::Closing | Phase::Closed if !newer => Ok(Vec::new()),
            Phase::Draft
            | Phase::PartnerDraft
            | Phase::Revising
            | Phase::Open
            | Phase::Closing
            | Phase::Closed => Err(self.untimely("an offer")),
        }
    }

    /// Crossed offers: the higher revision wins, then the stock's.
    fn yields_to(&self, theirs: &TallyObject) -> bool {
        let ours = self.0.object.revision();
        let weaker = self.0.mine == Half::Foil || mutant::is(Mutant::BothYield);
        theirs.revision() > ours || (theirs.revision() == ours && weaker)
    }

    fn replace_offer(&mut self, object: TallyObject) -> Result<Vec<Effect>, Refusal> {
        let partner = self.partner().ok_or(Refusal::Misfit("nobody is on the other side yet"))?;
        check_offer(&object, self.0.mine, partner)?;
        let key = |tally: &TallyObject| tally.cert(self.0.mine.other()).map(|cert| cert.key().clone());
        let swapped = key(&object) != key(&self.0.object) && !mutant::is(Mutant::OfferSwapsKey);
        if swapped || !self.names_us(&object) {
            return Err(Refusal::Misfit("a certificate was changed"));
        }
        let before = std::mem::replace(&mut self.0.object, object);
        // A draft of ours that was never offered is no version they have seen.
        if !matches!(self.0.phase, Phase::Revising | Phase::PartnerDraft) {
            self.0.previous = Some(before);
        }
        self.0.chain = None;
        self.0.revising = false;
        let mut effects = self.enter(Phase::OfferedToUs);
        effects.push(Effect::Settle(Subject::Offer(self.0.id)));
        effects.push(Effect::Settle(Subject::Answer(self.0.id)));
        Ok(effects)
    }

    /// Whether our side of an object says of us what we have said ourselves, in this version or the one before.
    fn names_us(&self, object: &TallyObject) -> bool {
        let theirs = object.cert(self.0.mine);
        let before = self.0.previous.as_ref().and_then(|previous| previous.cert(self.0.mine));
        theirs.is_some() && (theirs == self.cert(self.0.mine) || theirs == before)
    }

    /// An offer of ours keeps the parties: the partner as they are, and ourselves under the same key and agent.
    fn check_parties(&self, object: &TallyObject) -> Result<(), Refusal> {
        let same = |half: Half| match (self.cert(half), object.cert(half)) {
            (Some(before), Some(now)) => {
                before.key() == now.key()
                    && before.chad().agent() == now.chad().agent()
                    && (half == self.0.mine || before == now)
            }
            _ => false,
        };
        if same(Half::Stock) && same(Half::Foil) { Ok(()) } else { Err(Refusal::Stale) }
    }

    fn receive_open(&mut self, object: TallyObject) -> Result<Vec<Effect>, Refusal> {
        let repeated = mutant::is(Mutant::OpenMayDiffer) || self.0.object.same_content(&object);
        match self.0.phase {
            Phase::Offering | Phase::Offered if repeated => {
                if !mutant::is(Mutant::SkipOpenSignature) {
                    object.verify(self.0.mine).map_err(|_| Refusal::BadSignature)?;
                    object.verify(self.0.mine.other()).map_err(|_| Refusal::BadSignature)?;
                }
                self.0.object = object;
                self.0.revising = false;
                let mut chain = Chain::new(self.0.object.digest());
                chain.confirm(0);
                self.0.chain = Some(chain);
                let mut effects = self.enter(Phase::Open);
                effects.push(Effect::Settle(Subject::Offer(self.0.id)));
                effects.push(self.ack(0, self.0.object.digest(), None)?);
                Ok(effects)
            }
            Phase::Open | Phase::Closing | Phase::Closed if repeated => {
                Ok(vec![self.ack(0, self.0.object.digest(), None)?])
            }
            // They accepted what we have withdrawn since.
            Phase::Refusing | Phase::Void if object.verify(self.0.mine).is_ok() => {
                Ok(vec![self.void_message()?])
            }
            // They accepted an offer that we have changed since: the newer one is on its way to them.
            Phase::Offering | Phase::Offered
                if object.revision() < self.0.object.revision() && object.verify(self.0.mine).is_ok() =>
            {
                Ok(Vec::new())
            }
            Phase::Draft | Phase::PartnerDraft | Phase::Revising | Phase::OfferedToUs | Phase::Accepting => {
                Err(self.untimely("an acceptance"))
            }
            // Their acceptance of an earlier version, late: what was agreed since stands.
            Phase::Open | Phase::Closing | Phase::Closed if object.revision() < self.0.object.revision() => {
                Err(self.untimely("an acceptance"))
            }
            Phase::Offering
            | Phase::Offered
            | Phase::Refusing
            | Phase::Void
            | Phase::Open
            | Phase::Closing
            | Phase::Closed => Err(Refusal::Misfit("not what was offered")),
        }
    }

    fn receive_void_tally(&mut self, reason: Option<String>) -> Result<Vec<Effect>, Refusal> {
        match self.0.phase {
            // Whichever version it speaks of: on their side it is over, and stays so.
            Phase::Offering
            | Phase::Offered
            | Phase::OfferedToUs
            | Phase::PartnerDraft
            | Phase::Revising
            | Phase::Accepting => {
                self.0.reason = reason;
                self.0.chain = None;
                let mut effects = self.enter(Phase::Void);
                effects.push(Effect::Settle(Subject::Offer(self.0.id)));
                effects.push(Effect::Settle(Subject::Answer(self.0.id)));
                Ok(effects)
            }
            Phase::Refusing | Phase::Void => Ok(Vec::new()),
            Phase::Draft | Phase::Open | Phase::Closing | Phase::Closed => Err(self.untimely("a refusal")),
        }
    }

    /// They are revising; nothing is decided until an offer comes.
    fn receive_draft(&mut self, object: &TallyObject) -> Vec<Effect> {
        let offered = matches!(self.0.phase, Phase::Offering | Phase::Offered);
        if !offered || self.0.revising || !self.0.object.same_content(object) {
            return Vec::new();
        }
        self.0.revising = true;
        vec![Effect::Save(Change::Tally), self.told()]
    }

    fn open_message(&self, keep: Keep) -> Result<Effect, Refusal> {
        let object = self.0.object.clone();
        let body = Body::Tally { action: TallyAction::Open, object, reason: None };
        self.send(Subject::Answer(self.0.id), keep, body)
    }

    fn void_message(&self) -> Result<Effect, Refusal> {
        let (object, reason) = (self.0.object.clone(), self.0.reason.clone());
        let body = Body::Tally { action: TallyAction::Void, object, reason };
        self.send(Subject::Answer(self.0.id), Keep::Few, body)
    }

    /// The chain messages of the partner prove that our `open` arrived. It is repeated all the same until a hash proves
    /// that both hold the same tally: that message may never come by itself.
    pub(super) fn answer_arrived(&mut self) -> Vec<Effect> {
        if self.0.phase == Phase::Accepting { self.enter(Phase::Open) } else { Vec::new() }
    }
}

/// What every offer must be, whoever offers and whenever.
fn check_offer(object: &TallyObject, mine: Half, partner: AgentId) -> Result<(), Refusal> {
    let theirs = mine.other();
    if object.cert(theirs).is_none_or(|cert| cert.chad().agent() != partner) {
        return Err(Refusal::Misfit("the partner's certificate names another agent"));
    }
    if object.signature(mine).is_some() && !mutant::is(Mutant::OfferSignedByBoth) {
        return Err(Refusal::Misfit("an offer carries only the offerer's signature"));
    }
    if mutant::is(Mutant::SkipOfferSignature) {
        return Ok(());
    }
    object.verify(theirs).map_err(|_| Refusal::BadSignature)
}
