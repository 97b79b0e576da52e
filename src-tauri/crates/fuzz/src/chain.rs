//! **A partner who says anything at all about the chain.** The partner holds the other half and its key, and may send
//! pages in any order, with true and false hashes, chits twice, of others' making, altered or unsigned.
//!
//! Through all of it the books of the honest side are in order: every chit stands once, without a gap, with the hash it
//! must have; each was signed by whom it binds; the balance is their sum; nothing that either side has signed and the
//! honest side holds is ever lost or altered; and what is agreed stays where it is. What is refused leaves no trace, and
//! a message said again changes nothing; only a page that brings what is late and what is not yet due is taken in two
//! sayings, and after that changes nothing either. What must be kept and sent is bounded by what came in.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use tallystick_core::chain::{Chain, Linked};
use tallystick_core::chit::{ChitLink, ChitObject};
use tallystick_core::effect::{Change, Effect};
use tallystick_core::message::{Body, ChainCmd, ChainMessage, ChitAction, Envelope};
use tallystick_core::tally::{Input, Known, Tally};
use tallystick_core::{ChitId, Digest, Half, Units};

mod stage;

use stage::{OURS, Stage, THEIRS, stage};

/// One thing that the partner says, or our person does.
#[derive(Debug, Arbitrary)]
enum Op {
    /// Our person signs the next payment.
    Pay,
    /// Our person wants the copies compared.
    Compare,
    /// A chit, said to be good.
    Good { chit: Pick, place: Place },
    /// A page of chits.
    Update { chits: Vec<(Pick, Place)>, about: Option<u8> },
    /// Our hash at an index, or some hash.
    Ack { at: Where, hash: Hash },
    /// They do not get our hash.
    Nak { at: Option<(Where, Hash)> },
    /// They want what we have.
    Ask { at: Where },
}

/// Which chit.
#[derive(Debug, Arbitrary)]
enum Pick {
    Theirs(u8),
    Ours(u8),
    /// Signed by somebody who has nothing to do with it.
    Forged(u8),
    /// The same name as one of theirs, with other content, signed by them as well.
    Second(u8),
    /// Not signed at all.
    Unsigned(u8),
}

/// Where it is said to stand.
#[derive(Debug, Arbitrary)]
struct Place {
    at: Where,
    hash: Hash,
    conf: Option<Where>,
}

/// An index, mostly near the ends.
#[derive(Debug, Arbitrary)]
enum Where {
    AfterHead(u8),
    AfterAgreed(u8),
    Exactly(u64),
}

/// A hash: what it would be if the chit stood there, what we have, or nonsense.
#[derive(Debug, Arbitrary)]
enum Hash {
    Fitting,
    Ours,
    Nonsense(u8),
}

/// Our side, with everything its node would keep.
struct Victim {
    tally: Tally,
    chits: BTreeMap<ChitId, (Linked, Units)>,
    /// What we signed in this run.
    signed: Vec<ChitId>,
    stage: &'static Stage,
}

/// Steps of one input: a signature takes its time.
const MOST: usize = 16;

pub(crate) fn run(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    let Ok(half) = bool::arbitrary(&mut input) else { return };
    let stage = stage(if half { Half::Stock } else { Half::Foil });
    let mut victim = Victim { tally: stage.tally.clone(), chits: BTreeMap::new(), signed: Vec::new(), stage };
    for _ in 0..MOST {
        if input.is_empty() {
            break;
        }
        let Ok(op) = Op::arbitrary(&mut input) else { break };
        victim.step(&op);
    }
}

impl Victim {
    fn step(&mut self, op: &Op) {
        match op {
            Op::Pay => self.pay(),
            Op::Compare => {
                self.give(Input::Compare, 0);
            }
            Op::Good { chit, place } => {
                let chit = self.placed(chit, place, self.chain().head_hash());
                self.hear(Body::Chit { action: ChitAction::Good, object: chit, reason: None, until: None });
            }
            Op::Update { chits, about } => {
                let mut prior = self.chain().base();
                let page = chits.iter().take(6).map(|(chit, place)| {
                    let chit = self.placed(chit, place, prior);
                    prior = chit.chain().map_or(prior, |link| link.hash);
                    chit
                });
                let chits = page.collect();
                let uuid = about.map(|nth| self.pick(&Pick::Theirs(nth)).uuid());
                self.say(ChainCmd::Upd, None, None, uuid, chits);
            }
            Op::Ack { at, hash } => {
                let index = self.index(at);
                self.say(ChainCmd::Ack, Some(index), Some(self.hash(hash, index)), None, Vec::new());
            }
            Op::Nak { at } => {
                let at = at.as_ref().map(|(at, hash)| (self.index(at), hash));
                let hash = at.map(|(index, hash)| self.hash(hash, index));
                self.say(ChainCmd::Nak, at.map(|at| at.0), hash, None, Vec::new());
            }
            Op::Ask { at } => {
                let index = self.index(at);
                self.say(ChainCmd::Req, Some(index), None, None, Vec::new());
            }
        }
    }

    fn pay(&mut self) {
        // Every name is drawn fresh: what the ledger holds already is not signed again.
        let fresh = |chit: &&ChitObject| !self.chits.contains_key(&chit.uuid());
        let Some(chit) = self.stage.chits[OURS].iter().find(fresh).cloned() else { return };
        if self.give(Input::Sign(chit.clone()), 0) {
            self.signed.push(chit.uuid());
        }
    }

    fn say(
        &mut self,
        cmd: ChainCmd,
        index: Option<u64>,
        hash: Option<Digest>,
        uuid: Option<ChitId>,
        chits: Vec<ChitObject>,
    ) {
        self.hear(Body::Chain(ChainMessage { tally: self.tally.id(), cmd, index, hash, uuid, chits }));
    }

    /// The message goes over the wire, as far as it can, and is heard again and again.
    fn hear(&mut self, body: Body) {
        let [to, from] = self.stage.chads.clone();
        let Ok(heard) = Envelope::parse(&Envelope::new(to, from, body).to_bytes()) else { return };
        let size = heard.to_bytes().len();
        let known = self.known(&heard.body);
        // What is late moves the end, and so what comes next: then the same page says more once more.
        let late = brings_late(&heard.body, self.chain());
        let mut taken = self.give(Input::Received { body: heard.body.clone(), known }, size);
        for saying in 2..=3 {
            if !taken {
                return;
            }
            let before = self.tally.clone();
            let again = Input::Received { known: self.known(&heard.body), body: heard.body.clone() };
            taken = self.give(again, size);
            let more = taken && !same_books(&self.tally, &before);
            assert!(!more || (late && saying == 2), "said once more, it says more: saying {saying}");
        }
    }

    /// Feeds one input and checks the books.
    fn give(&mut self, input: Input, size: usize) -> bool {
        let before = self.tally.clone();
        let effects = match self.tally.handle(input) {
            Ok(effects) => effects,
            Err(_) => {
                assert_eq!(self.tally, before, "what was refused left a trace");
                return false;
            }
        };
        let mut evidence = 0;
        let mut saved = false;
        for effect in effects {
            match effect {
                Effect::Save(Change::Linked { linked, change, .. }) => self.link(linked, change),
                Effect::Save(Change::Tally) => saved = true,
                Effect::Save(Change::Evidence { said, .. }) => evidence += said.to_string().len(),
                Effect::Send(outgoing) => {
                    let bytes = outgoing.envelope.to_bytes();
                    assert!(Envelope::parse(&bytes).is_ok(), "we said what nobody would take");
                }
                Effect::Save(
                    Change::Unlinked(_) | Change::Request(_) | Change::Delivered(_) | Change::Matched { .. },
                )
                | Effect::Settle(_)
                | Effect::Tell(_) => {}
            }
        }
        assert!(saved || self.tally == before, "the record changed and was not to be kept");
        assert!(evidence <= 4 * size + 4096, "evidence of {evidence} bytes for a message of {size}");
        self.check(&before);
        true
    }

    fn link(&mut self, linked: Linked, change: Units) {
        let id = linked.chit.uuid();
        if let Some((old, _)) = self.chits.get(&id) {
            assert!(old.chit.same_content(&linked.chit), "a chit was altered");
        }
        let pledger = if linked.chit.by() == self.tally.mine() { OURS } else { THEIRS };
        assert!(linked.chit.verify(&self.stage.keys[pledger]).is_ok(), "believed without a signature");
        assert!(
            pledger == THEIRS || self.stage.chits[OURS].iter().any(|ours| ours.same_content(&linked.chit))
        );
        self.chits.insert(id, (linked, change));
    }

    fn check(&self, before: &Tally) {
        let chain = self.chain();
        assert!(
            chain.agreed() >= before.chain().and_then(Chain::agreed),
            "what was agreed is agreed no more"
        );
        let mut order: Vec<_> = self.chits.values().collect();
        order.sort_by_key(|(linked, _)| linked.index);
        let mut prior = self.tally.object().digest();
        let mut sum = Units::ZERO;
        for (place, (linked, change)) in (1..).zip(&order) {
            assert_eq!(linked.index, place, "a gap, or two at one place");
            assert_eq!(linked.hash, linked.chit.chain_hash(place, &prior), "a hash of the chain");
            assert!(
                Some(place) != chain.agreed() || linked.hash == chain.base(),
                "what was agreed has moved"
            );
            prior = linked.hash;
            sum = sum.checked_add(*change).expect("a sum within bounds");
        }
        assert_eq!(prior, chain.head_hash(), "what is written down is not what is held");
        assert_eq!(chain.head(), u64::try_from(order.len()).expect("a length"));
        assert_eq!(sum, self.tally.balance(), "the balance is the sum of the chits");
        assert!(self.signed.iter().all(|chit| self.chits.contains_key(chit)), "what we signed was lost");
    }

    fn chain(&self) -> &Chain {
        self.tally.chain().expect("an open tally")
    }

    fn pick(&self, pick: &Pick) -> &ChitObject {
        let (list, nth) = match pick {
            Pick::Ours(nth) => (&self.stage.chits[OURS], nth),
            Pick::Theirs(nth) => (&self.stage.chits[THEIRS], nth),
            Pick::Forged(nth) => (&self.stage.forged, nth),
            Pick::Second(nth) => (&self.stage.second, nth),
            Pick::Unsigned(nth) => (&self.stage.unsigned, nth),
        };
        &list[usize::from(*nth) % list.len()]
    }

    fn placed(&self, pick: &Pick, place: &Place, prior: Digest) -> ChitObject {
        let chit = self.pick(pick).clone();
        let index = self.index(&place.at);
        let hash = match place.hash {
            Hash::Fitting => chit.chain_hash(index, &prior),
            ref other => self.hash(other, index),
        };
        chit.with_chain(ChitLink {
            new: false,
            index,
            hash,
            conf: place.conf.as_ref().map(|at| self.index(at)),
        })
    }

    fn index(&self, at: &Where) -> u64 {
        let chain = self.chain();
        match at {
            Where::AfterHead(more) => chain.head() + u64::from(more % 8),
            Where::AfterAgreed(more) => chain.agreed().unwrap_or(0) + u64::from(more % 8),
            Where::Exactly(index) => *index >> 11,
        }
    }

    fn hash(&self, hash: &Hash, index: u64) -> Digest {
        match hash {
            Hash::Fitting | Hash::Ours => {
                let held = self.chits.values().find(|(linked, _)| linked.index == index);
                held.map_or(self.tally.object().digest(), |(linked, _)| linked.hash)
            }
            Hash::Nonsense(byte) => Digest::from_bytes([*byte; 32]),
        }
    }

    /// What the ledger knows of what a message names.
    fn known(&self, body: &Body) -> Known {
        let agreed = self.chain().agreed();
        let named = |linked: &&Linked| match body {
            Body::Chit { object, .. } => object.uuid() == linked.chit.uuid(),
            Body::Chain(chain) => {
                chain.chits.iter().any(|chit| chit.uuid() == linked.chit.uuid())
                    || chain.index == Some(linked.index)
                    || (matches!(chain.cmd, ChainCmd::Req | ChainCmd::Nak)
                        && chain.index <= Some(linked.index))
            }
            _ => false,
        };
        let settled =
            self.chits.values().map(|(linked, _)| linked).filter(|linked| Some(linked.index) <= agreed);
        let mut chits: Vec<Linked> = settled.filter(named).cloned().collect();
        chits.sort_by_key(|linked| linked.index);
        Known { chits, ..Known::default() }
    }
}

/// Whether a page lists something at a place that is settled here.
fn brings_late(body: &Body, chain: &Chain) -> bool {
    let settled = chain.agreed().unwrap_or(0);
    let Body::Chain(ChainMessage { cmd: ChainCmd::Upd, chits, .. }) = body else { return false };
    chits.iter().any(|chit| chit.chain().is_some_and(|link| link.index <= settled))
}

/// The same chits in the same order, agreed as far, and as much owed.
fn same_books(a: &Tally, b: &Tally) -> bool {
    let order = |tally: &Tally| tally.chain().map(|chain| (chain.head(), chain.head_hash()));
    order(a) == order(b) && a.balance() == b.balance()
}
