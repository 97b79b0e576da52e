//! The machines of two people, a network that loses, doubles and reorders, and their ledgers and outboxes as a node
//! keeps them.

use std::collections::BTreeMap;

use serde_json::json;
use tallystick_core::chain::{Chain, Linked};
use tallystick_core::chit::{ChitObject, ComposeChit};
use tallystick_core::effect::{Change, Effect, Keep, Outgoing, Subject};
use tallystick_core::message::{Body, ChainCmd, Envelope, TallyAction};
use tallystick_core::tally::{Input, Known, Phase, Tally, TallyObject};
use tallystick_core::{Certificate, ChitId, Half, Refusal, Units};
use tallystick_testkit::TestSigner;
use uuid::Uuid;

use crate::cast::{cert, date, draft, id};

/// The two sides: 0 drafts and offers, 1 accepts.
pub(crate) const BOTH: [usize; 2] = [0, 1];

/// One of the two, with everything its node would keep.
pub(crate) struct Actor {
    pub(crate) signer: TestSigner,
    pub(crate) cert: Certificate,
    pub(crate) half: Half,
    pub(crate) tally: Option<Tally>,
    /// The table of chits, with what each adds to the balance.
    pub(crate) chits: BTreeMap<ChitId, (Linked, Units)>,
    pub(crate) outbox: Vec<Outgoing>,
    /// Everything this side ever signed.
    pub(crate) signed: Vec<ChitObject>,
}

/// What a copy of a profile holds of a side.
pub(crate) struct Copied {
    tally: Option<Tally>,
    chits: BTreeMap<ChitId, (Linked, Units)>,
    outbox: Vec<Outgoing>,
    signed: Vec<ChitObject>,
}

/// Two actors and what is on its way to each.
pub(crate) struct World {
    pub(crate) actors: [Actor; 2],
    pub(crate) wire: [Vec<Vec<u8>>; 2],
    /// Messages handed to the network so far.
    pub(crate) sent: usize,
    next_chit: u128,
}

impl Actor {
    fn new(signer: TestSigner, name: &str, agent: u8, half: Half) -> Self {
        let cert = cert(&signer, name, agent);
        Self {
            signer,
            cert,
            half,
            tally: None,
            chits: BTreeMap::new(),
            outbox: Vec::new(),
            signed: Vec::new(),
        }
    }

    pub(crate) fn copied(&self) -> Copied {
        Copied {
            tally: self.tally.clone(),
            chits: self.chits.clone(),
            outbox: self.outbox.clone(),
            signed: self.signed.clone(),
        }
    }

    pub(crate) fn tally(&self) -> &Tally {
        self.tally.as_ref().expect("a tally by now")
    }

    pub(crate) fn chain(&self) -> &Chain {
        self.tally().chain().expect("an open tally by now")
    }

    /// Every chit in order: what both must agree on in the end.
    pub(crate) fn order(&self) -> Vec<(u64, String, ChitId)> {
        let mut order: Vec<_> = self
            .chits
            .values()
            .map(|(linked, _)| (linked.index, linked.hash.to_string(), linked.chit.uuid()))
            .collect();
        order.sort();
        order
    }

    pub(crate) fn sign(&self, object: &TallyObject) -> TallyObject {
        object.with_signature(self.half, self.signer.sign(&object.signing_bytes()))
    }

    /// Feeds an input; whatever is refused must change nothing.
    pub(crate) fn handle(&mut self, input: Input) -> Result<(), Refusal> {
        let tally = self.tally.as_mut().expect("a tally by now");
        let before = tally.clone();
        match tally.handle(input) {
            Ok(effects) => {
                self.perform(effects);
                Ok(())
            }
            Err(refusal) => {
                assert_eq!(*tally, before, "a refused input left a trace");
                Err(refusal)
            }
        }
    }

    pub(crate) fn perform(&mut self, effects: Vec<Effect>) {
        let saved = effects.contains(&Effect::Save(Change::Tally));
        for effect in effects {
            match effect {
                Effect::Save(Change::Linked { linked, change, .. }) => {
                    assert!(saved, "a chit was linked and the tally's record was not kept");
                    self.link(linked, change);
                }
                Effect::Save(
                    Change::Tally
                    | Change::Delivered(_)
                    | Change::Matched { .. }
                    | Change::Unlinked(_)
                    | Change::Request(_),
                )
                | Effect::Tell(_) => {}
                Effect::Save(Change::Evidence { .. }) => panic!("an honest partner became evidence"),
                Effect::Send(outgoing) => {
                    self.outbox.retain(|waiting| waiting.subject != outgoing.subject);
                    self.outbox.push(*outgoing);
                }
                Effect::Settle(subject) => self.outbox.retain(|waiting| waiting.subject != subject),
            }
        }
        self.check_ledger();
    }

    fn link(&mut self, linked: Linked, change: Units) {
        if let Some((old, _)) = self.chits.get(&linked.chit.uuid()) {
            assert!(old.chit.same_content(&linked.chit), "a chit was changed");
        }
        self.chits.insert(linked.chit.uuid(), (linked, change));
    }

    /// What is written down is what the machine holds: no gap, no chit twice, and the sum is the balance.
    fn check_ledger(&self) {
        let Some(chain) = self.tally().chain() else {
            assert!(self.chits.is_empty());
            return;
        };
        let order = self.order();
        let places: Vec<u64> = order.iter().map(|(index, ..)| *index).collect();
        assert_eq!(places, (1..=chain.head()).collect::<Vec<_>>(), "the places of the chain");
        let mut prior = self.tally().object().digest();
        let mut sum = 0;
        for (_, _, uuid) in &order {
            let (linked, change) = &self.chits[uuid];
            assert_eq!(linked.hash, linked.chit.chain_hash(linked.index, &prior), "a hash of the chain");
            prior = linked.hash;
            sum += change.milli();
        }
        assert_eq!(prior, chain.head_hash());
        assert_eq!(sum, self.tally().balance().milli(), "the balance is the sum of the chits");
        for chit in &self.signed {
            assert!(self.chits.contains_key(&chit.uuid()), "a signed chit was lost");
        }
    }

    fn known(&self, body: &Body) -> Known {
        let agreed = self.tally.as_ref().and_then(Tally::chain).and_then(Chain::agreed);
        let settled =
            self.chits.values().map(|(linked, _)| linked).filter(|linked| Some(linked.index) <= agreed);
        let named = |linked: &&Linked| match body {
            Body::Chit { object, .. } => object.uuid() == linked.chit.uuid(),
            Body::Chain(chain) => {
                chain.chits.iter().any(|chit| chit.uuid() == linked.chit.uuid())
                    || chain.index == Some(linked.index)
                    || (matches!(chain.cmd, ChainCmd::Req | ChainCmd::Nak)
                        && chain.index <= Some(linked.index))
            }
            Body::Ticket { .. }
            | Body::Tally { .. }
            | Body::Places(_)
            | Body::Noted { .. }
            | Body::Lift(_)
            | Body::Unknown { .. } => false,
        };
        let mut chits: Vec<Linked> = settled.filter(named).cloned().collect();
        chits.sort_by_key(|linked| linked.index);
        Known { chits, ..Known::default() }
    }

    pub(crate) fn receive(&mut self, body: Body) -> Result<(), Refusal> {
        let known = self.known(&body);
        self.handle(Input::Received { body, known })
    }
}

impl World {
    /// The offer is signed and waits in the outbox of side 0, who holds `half`.
    pub(crate) fn offering(half: Half) -> Self {
        let mut first = Actor::new(TestSigner::alice(), "alice", 1, half);
        let second = Actor::new(TestSigner::bob(), "bob", 2, half.other());
        first.tally = Some(draft(half, &first.cert));
        first.handle(Input::Answered(second.cert.clone())).unwrap();
        let offer = first.sign(first.tally().object());
        first.handle(Input::Offer(offer)).unwrap();
        Self { actors: [first, second], wire: [Vec::new(), Vec::new()], sent: 0, next_chit: 1 }
    }

    /// Both copies are open and agree on index 0.
    pub(crate) fn open(half: Half) -> Self {
        let mut world = Self::offering(half);
        world.settle_down(20);
        world.sent = 0;
        world
    }

    /// A side's computer is put back to an older copy of its profile. Whatever was on its way is gone; what it signed since
    /// and the partner holds is not.
    pub(crate) fn put_back(&mut self, side: usize, copy: Copied) {
        let actor = &mut self.actors[side];
        (actor.tally, actor.chits, actor.outbox, actor.signed) =
            (copy.tally, copy.chits, copy.outbox, copy.signed);
        self.wire.iter_mut().for_each(Vec::clear);
    }

    /// The person of side 1 accepts what lies there.
    pub(crate) fn accept(&mut self) {
        let actor = &mut self.actors[1];
        if actor.tally.as_ref().is_some_and(|tally| tally.phase() == Phase::OfferedToUs) {
            let signed = actor.sign(actor.tally().object());
            actor.handle(Input::Accept(signed)).unwrap();
        }
    }

    /// Signs and links a payment, if the tally is in force there.
    pub(crate) fn pay(&mut self, side: usize, milli: i64, filler: usize) {
        let uuid = ChitId::new(Uuid::from_u128(self.next_chit));
        let actor = &mut self.actors[side];
        let in_force = actor.tally.as_ref().is_some_and(|tally| tally.phase() == Phase::Open);
        if !in_force {
            return;
        }
        self.next_chit += 1;
        let parts = ComposeChit {
            uuid,
            tally: id(),
            by: actor.half,
            date: date(),
            units: Units::new(milli).ok(),
            memo: None,
            reference: (filler > 0).then(|| json!({"text": "x".repeat(filler)})),
        };
        let chit = ChitObject::compose_tran(parts).unwrap();
        let chit = chit.with_signature(actor.signer.sign(&chit.signing_bytes()));
        actor.signed.push(chit.clone());
        actor.handle(Input::Sign(chit.clone())).unwrap();
        let after = actor.tally().clone();
        actor.handle(Input::Sign(chit)).unwrap();
        assert_eq!(*actor.tally(), after, "a repeated payment changed something");
    }

    /// Hands one letter of the outbox to the network.
    pub(crate) fn send(&mut self, side: usize, nth: usize) {
        let actor = &mut self.actors[side];
        let Some(letter) = actor.outbox.get(nth).cloned() else { return };
        if letter.keep != Keep::UntilAnswered {
            actor.outbox.remove(nth);
        }
        self.wire[1 - side].push(letter.envelope.to_bytes());
        self.sent += 1;
        actor.handle(Input::Delivered(letter.subject)).unwrap();
    }

    /// Hands the letter about this to the network.
    pub(crate) fn send_about(&mut self, side: usize, start: &str) {
        let about = |letter: &Outgoing| letter.subject.to_string().starts_with(start);
        let nth = self.actors[side].outbox.iter().position(about).expect("such a letter");
        self.send(side, nth);
    }

    /// Whatever leaves only once has left, and is lost.
    pub(crate) fn lose_once(&mut self, side: usize) {
        self.actors[side].outbox.retain(|letter| letter.keep == Keep::UntilAnswered);
    }

    /// Delivers one message on its way to a side.
    pub(crate) fn deliver(&mut self, side: usize, nth: usize) {
        if nth >= self.wire[side].len() {
            return;
        }
        let bytes = self.wire[side].remove(nth);
        self.arrive(side, &bytes);
    }

    pub(crate) fn arrive(&mut self, side: usize, bytes: &[u8]) {
        let partner = self.actors[1 - side].cert.chad().agent();
        let body = Envelope::parse(bytes).expect("our own messages are within our own limits").body;
        let actor = &mut self.actors[side];
        if actor.tally.is_none() {
            if let Body::Tally { action: TallyAction::Offer, object, .. } = body {
                let (tally, effects) = Tally::offered(object, &actor.cert, partner).unwrap();
                actor.tally = Some(tally);
                actor.perform(effects);
            }
            return;
        }
        match actor.receive(body.clone()) {
            Ok(()) => {
                let after = actor.tally().clone();
                let outbox = actor.outbox.clone();
                let known = actor.known(&body);
                actor.tally.as_mut().unwrap().handle(Input::Received { body, known }).unwrap();
                assert_eq!(*actor.tally(), after, "a repeated message changed something");
                actor.outbox = outbox;
            }
            Err(refusal) => assert!(!refusal.blames_peer(), "an honest partner was blamed: {refusal}"),
        }
    }

    /// Everything that waits is sent and everything sent arrives, in order, until nobody has anything to say.
    pub(crate) fn settle_down(&mut self, rounds: usize) {
        for _ in 0..rounds {
            self.accept();
            let quiet = self.actors.iter().all(|actor| actor.tally.is_some() && actor.outbox.is_empty());
            if quiet && self.wire.iter().all(Vec::is_empty) {
                return;
            }
            self.round(|| false);
        }
        let waiting = self
            .actors
            .each_ref()
            .map(|actor| actor.outbox.iter().map(|letter| letter.subject.to_string()).collect::<Vec<_>>());
        panic!("the two never come to rest; still waiting: {waiting:?}");
    }

    /// Everything that waits is sent, and arrives in order or is lost.
    pub(crate) fn round(&mut self, mut lost: impl FnMut() -> bool) {
        for side in BOTH {
            let waiting: Vec<Subject> =
                self.actors[side].outbox.iter().map(|letter| letter.subject).collect();
            for subject in waiting {
                let nth = self.actors[side].outbox.iter().position(|letter| letter.subject == subject);
                if let Some(nth) = nth {
                    self.send(side, nth);
                }
            }
        }
        for side in BOTH {
            for bytes in std::mem::take(&mut self.wire[side]) {
                if !lost() {
                    self.arrive(side, &bytes);
                }
            }
        }
    }
}
