//! From draft to open (protocol.md 7).

use super::{Input, Phase, Tally, TallyObject};
use crate::certificate::Certificate;
use crate::chain::Chain;
use crate::effect::{Change, Effect, Keep, Subject};
use crate::ids::{AgentId, Half};
use crate::message::{Body, ChainCmd, ChainMessage, TallyAction};
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
            .find(|half| {
                object.side(*half).cert.as_ref().is_some_and(|cert| cert.chad().agent() == me.chad().agent())
            })
            .ok_or(Refusal::Misfit("our certificate is not in it"))?;
        if object.side(mine).cert.as_ref().is_none_or(|cert| cert.raw() != me.raw()) {
            return Err(Refusal::Misfit("our certificate was changed"));
        }
        check_offer(&object, mine, partner)?;
        let mut tally = Self::draft(mine, object);
        let effects = tally.enter(Phase::OfferedToUs);
        Ok((tally, effects))
    }

    pub(super) fn answered(&mut self, cert: Certificate) -> Result<Vec<Effect>, Refusal> {
        match self.phase {
            Phase::Draft => {
                if self.cert(self.mine).is_some_and(|mine| mine.chad().agent() == cert.chad().agent()) {
                    return Err(Refusal::Misfit("a ticket cannot be used by its maker"));
                }
                if self.cert(self.mine).is_some_and(|mine| mine.key() == cert.key()) {
                    return Err(Refusal::Misfit("our own key under another name"));
                }
                self.object = self.object.with_certificate(self.mine.other(), cert);
                Ok(self.enter(Phase::PartnerDraft))
            }
            Phase::PartnerDraft if self.cert(self.mine.other()) == Some(&cert) => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Answered(cert)),
        }
    }

    pub(super) fn offer(&mut self, object: TallyObject) -> Result<Vec<Effect>, Refusal> {
        match self.phase {
            Phase::PartnerDraft => {
                self.check_own_signature(&object)?;
                if object.signature(self.mine.other()).is_some() {
                    return Err(Refusal::Misfit("an offer carries only the offerer's signature"));
                }
                let body = Body::Tally { action: TallyAction::Offer, object: object.clone(), reason: None };
                self.object = object;
                let send = self.send(Subject::Offer(self.id), Keep::UntilAnswered, body)?;
                let mut effects = self.enter(Phase::Offering);
                effects.push(send);
                Ok(effects)
            }
            Phase::Offering | Phase::Offered if self.object == object => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Offer(object)),
        }
    }

    pub(super) fn accept(&mut self, object: TallyObject) -> Result<Vec<Effect>, Refusal> {
        match self.phase {
            Phase::OfferedToUs => {
                self.check_own_signature(&object)?;
                object.verify(self.mine.other()).map_err(|_| Refusal::BadSignature)?;
                self.object = object;
                self.chain = Some(Chain::new(self.object.digest()));
                let mut effects = self.enter(Phase::Accepting);
                effects.push(self.open_message()?);
                Ok(effects)
            }
            Phase::Accepting | Phase::Open if self.object == object => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Accept(object)),
        }
    }

    pub(super) fn refuse(&mut self, reason: Option<String>) -> Result<Vec<Effect>, Refusal> {
        match self.phase {
            // Whoever used our ticket need not be whom we meant: that too can be refused.
            Phase::OfferedToUs | Phase::PartnerDraft => {
                self.reason = reason;
                let mut effects = self.enter(Phase::Refusing);
                effects.push(self.void_message()?);
                Ok(effects)
            }
            Phase::Refusing | Phase::Void => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Refuse(reason)),
        }
    }

    /// Takes a message of the negotiation.
    pub(super) fn negotiate(
        &mut self,
        action: TallyAction,
        object: TallyObject,
        reason: Option<String>,
    ) -> Result<Vec<Effect>, Refusal> {
        if object.uuid() != self.id {
            return Err(Refusal::Misfit("another tally"));
        }
        match action {
            TallyAction::Offer => self.receive_offer(object),
            TallyAction::Open => self.receive_open(object),
            TallyAction::Void => self.receive_void(reason),
            // They are revising; nothing is decided until an offer comes.
            TallyAction::Draft => Ok(Vec::new()),
        }
    }

    fn receive_offer(&mut self, object: TallyObject) -> Result<Vec<Effect>, Refusal> {
        let repeated = self.object.same_content(&object);
        match self.phase {
            Phase::OfferedToUs if repeated => Ok(Vec::new()),
            Phase::Accepting | Phase::Open if repeated => Ok(vec![self.open_again()?]),
            Phase::Refusing | Phase::Void if repeated => Ok(vec![self.void_message()?]),
            Phase::OfferedToUs if object.revision() > self.object.revision() => self.replace_offer(object),
            Phase::Offering | Phase::Offered if self.yields_to(&object) => {
                let mut effects = self.replace_offer(object)?;
                effects.push(Effect::Settle(Subject::Offer(self.id)));
                Ok(effects)
            }
            Phase::OfferedToUs | Phase::Offering | Phase::Offered => Ok(Vec::new()),
            Phase::Draft
            | Phase::PartnerDraft
            | Phase::Accepting
            | Phase::Refusing
            | Phase::Open
            | Phase::Closing
            | Phase::Closed
            | Phase::Void => Err(Refusal::OutOfTurn { phase: self.phase.as_str(), input: "an offer" }),
        }
    }

    /// Crossed offers: the higher revision wins, then the stock's.
    fn yields_to(&self, theirs: &TallyObject) -> bool {
        let ours = self.object.revision();
        theirs.revision() > ours || (theirs.revision() == ours && self.mine == Half::Foil)
    }

    fn replace_offer(&mut self, object: TallyObject) -> Result<Vec<Effect>, Refusal> {
        let partner = self.partner().ok_or(Refusal::Misfit("nobody is on the other side yet"))?;
        check_offer(&object, self.mine, partner)?;
        let key = |tally: &TallyObject| tally.cert(self.mine.other()).map(|cert| cert.key().clone());
        if key(&object) != key(&self.object) || object.cert(self.mine) != self.cert(self.mine) {
            return Err(Refusal::Misfit("a certificate was changed"));
        }
        self.object = object;
        Ok(self.enter(Phase::OfferedToUs))
    }

    fn receive_open(&mut self, object: TallyObject) -> Result<Vec<Effect>, Refusal> {
        if !self.object.same_content(&object) {
            return Err(Refusal::Misfit("not what was offered"));
        }
        match self.phase {
            Phase::Offering | Phase::Offered => {
                object.verify(self.mine).map_err(|_| Refusal::BadSignature)?;
                object.verify(self.mine.other()).map_err(|_| Refusal::BadSignature)?;
                self.object = object;
                let mut chain = Chain::new(self.object.digest());
                chain.confirm(0);
                self.chain = Some(chain);
                let mut effects = self.enter(Phase::Open);
                effects.push(Effect::Settle(Subject::Offer(self.id)));
                effects.push(self.ack_zero()?);
                Ok(effects)
            }
            Phase::Open | Phase::Closing => Ok(vec![self.ack_zero()?]),
            Phase::Draft
            | Phase::PartnerDraft
            | Phase::OfferedToUs
            | Phase::Accepting
            | Phase::Refusing
            | Phase::Closed
            | Phase::Void => Err(Refusal::OutOfTurn { phase: self.phase.as_str(), input: "an acceptance" }),
        }
    }

    fn receive_void(&mut self, reason: Option<String>) -> Result<Vec<Effect>, Refusal> {
        match self.phase {
            Phase::Offering | Phase::Offered | Phase::OfferedToUs => {
                self.reason = reason;
                let mut effects = self.enter(Phase::Void);
                effects.push(Effect::Settle(Subject::Offer(self.id)));
                Ok(effects)
            }
            Phase::Refusing | Phase::Void => Ok(Vec::new()),
            Phase::Draft
            | Phase::PartnerDraft
            | Phase::Accepting
            | Phase::Open
            | Phase::Closing
            | Phase::Closed => Err(Refusal::OutOfTurn { phase: self.phase.as_str(), input: "a refusal" }),
        }
    }

    fn check_own_signature(&self, object: &TallyObject) -> Result<(), Refusal> {
        if !self.object.same_content(object) {
            return Err(Refusal::Stale);
        }
        object.verify(self.mine).map_err(|_| Refusal::BadSignature)
    }

    fn open_message(&self) -> Result<Effect, Refusal> {
        let body = Body::Tally { action: TallyAction::Open, object: self.object.clone(), reason: None };
        self.send(Subject::Answer(self.id), Keep::UntilAnswered, body)
    }

    /// What answers a repeated offer. Once the partner has confirmed our `open` nothing would settle a kept one.
    fn open_again(&self) -> Result<Effect, Refusal> {
        let confirmed = self.chain.as_ref().is_some_and(|chain| chain.agreed().is_some());
        let mut again = self.open_message()?;
        if let Effect::Send(outgoing) = &mut again
            && confirmed
        {
            outgoing.keep = Keep::Once;
        }
        Ok(again)
    }

    fn void_message(&self) -> Result<Effect, Refusal> {
        let body = Body::Tally {
            action: TallyAction::Void,
            object: self.object.clone(),
            reason: self.reason.clone(),
        };
        self.send(Subject::Answer(self.id), Keep::Once, body)
    }

    fn ack_zero(&self) -> Result<Effect, Refusal> {
        let body = Body::Chain(ChainMessage {
            tally: self.id,
            cmd: ChainCmd::Ack,
            index: Some(0),
            hash: Some(self.object.digest()),
            uuid: None,
            chits: Vec::new(),
        });
        self.send(Subject::Ack(self.id), Keep::Once, body)
    }

    /// The chain messages of the partner prove that our `open` arrived.
    pub(super) fn answer_arrived(&mut self) -> Vec<Effect> {
        if self.phase != Phase::Accepting {
            return Vec::new();
        }
        self.phase = Phase::Open;
        vec![Effect::Save(Change::Tally), self.told()]
    }
}

/// What every offer must be, whoever offers and whenever.
fn check_offer(object: &TallyObject, mine: Half, partner: AgentId) -> Result<(), Refusal> {
    let theirs = mine.other();
    if object.side(theirs).cert.as_ref().is_none_or(|cert| cert.chad().agent() != partner) {
        return Err(Refusal::Misfit("the partner's certificate names another agent"));
    }
    if object.signature(mine).is_some() {
        return Err(Refusal::Misfit("an offer carries only the offerer's signature"));
    }
    object.verify(theirs).map_err(|_| Refusal::BadSignature)
}
