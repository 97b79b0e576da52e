//! What a fraud tries: messages that no wallet of ours would write, over a link that is really theirs.

use serde_json::{Value, json};
use tallystick_core::chit::{ChitLink, ChitObject, ComposeChit};
use tallystick_core::message::{Body, ChainCmd, ChainMessage, Envelope, TallyAction};
use tallystick_core::tally::TallyObject;
use tallystick_core::{Certificate, ChitId, Date, Digest, Half, TallyId, TokenText, Units};
use tallystick_testkit::TestSigner;

use crate::cast;
use crate::check;
use crate::net::{Forged, Packet, PacketKind};
use crate::wallet::Seen;
use crate::world::{Violation, World};

/// One thing a fraud can do about a tally as its victim holds it.
type Misdeed = fn(&mut World, &Target) -> Result<(), Violation>;

/// Whom it is done to.
struct Target {
    fraud: usize,
    victim: usize,
    /// A tally that the victim holds, with the fraud or with somebody else.
    id: TallyId,
    /// The victim's half of it.
    half: Half,
    /// Its agreement.
    object: TallyObject,
    seen: Seen,
    /// The fraud is its other side.
    shared: bool,
}

const MISDEEDS: &[Misdeed] = &[
    World::opens_another_contract,
    World::opens_with_another_key,
    World::opens_unsigned,
    World::voids,
    World::offers_unsigned,
    World::offers_signed_by_both,
    World::offers_another_key,
    World::pays_with_a_wrong_key,
    World::pays_in_the_victims_name,
    World::pays_less_than_nothing,
    World::promises_twice_under_one_name,
    World::updates_with_a_forgery_among_good,
    World::updates_without_end,
    World::acks_what_is_not,
    World::floods_with_naks,
    World::speaks_for_another,
    World::repeats_itself,
    World::tries_a_ticket,
    World::acks_the_future,
];

impl World {
    /// The fraud does one thing to somebody.
    pub(crate) fn misdeed(&mut self) -> Result<(), Violation> {
        let Some(fraud) = self.wallets.iter().position(|wallet| wallet.hostile) else { return Ok(()) };
        let honest: Vec<usize> = (0..self.wallets.len()).filter(|nth| *nth != fraud).collect();
        let Some(victim) = self.dice.pick(&honest) else { return Ok(()) };
        // Mostly a tally they share.
        let all: Vec<Seen> = self.wallets[victim].seen.values().cloned().collect();
        let theirs: Vec<Seen> =
            all.iter().filter(|seen| self.partner_of(seen) == Some(fraud)).cloned().collect();
        let among = if theirs.is_empty() || self.dice.chance(250) { all } else { theirs };
        if among.is_empty() {
            return Ok(());
        }
        let seen = among[self.dice.below(among.len())].clone();
        // A draft is nobody's yet, and may be theirs when the message arrives.
        let shared = self.partner_of(&seen).is_none_or(|partner| partner == fraud);
        let target = Target {
            fraud,
            victim,
            id: seen.glance.id.parse().map_err(|_| Violation("a tally without a name".to_owned()))?,
            half: check::half(&seen.glance).map_err(Violation)?,
            object: check::parse(&seen.glance.object).map_err(Violation)?,
            seen,
            shared,
        };
        let nth = self.dice.below(MISDEEDS.len());
        let (victim, whose) = (self.name(victim), if shared { "their" } else { "another's" });
        self.tell(|| {
            format!("mallory tries misdeed {nth} on {victim} with {whose} {}", &target.seen.glance.id[..8])
        });
        MISDEEDS[nth](self, &target)
    }

    /// Sends what is no message of ours. What is forged may change nothing at all.
    fn slip(&mut self, at: &Target, message: Value, forged: Forged) {
        let bytes = message.to_string().into_bytes().into();
        let kind = PacketKind::Letter;
        self.send(Packet { from: at.fraud, to: at.victim, kind, bytes, forged });
    }

    fn slip_body(&mut self, at: &Target, body: Body, forged: Forged) {
        // About a tally that is not theirs they may say nothing.
        let forged = if at.shared { forged } else { Forged::Yes };
        let message = self.envelope(at, body).to_value();
        self.slip(at, message, forged);
    }

    fn envelope(&self, at: &Target, body: Body) -> Envelope {
        let chad = |wallet: usize| self.wallets[wallet].person.cert.chad().clone();
        Envelope::new(chad(at.victim), chad(at.fraud), body)
    }

    fn tally_body(action: TallyAction, object: TallyObject) -> Body {
        Body::Tally { action, object, reason: None }
    }

    /// The agreement with one member changed, signed by the fraud.
    fn altered(&self, at: &Target, change: impl FnOnce(&mut Value)) -> Option<TallyObject> {
        let mut raw = at.object.without_signatures().raw().clone();
        change(&mut raw);
        let object = TallyObject::parse(raw).ok()?;
        let signed = self.sign(at.fraud, at.half.other(), &object);
        // The victim's own signature, as far as there is one, is put where it was.
        Some(match at.object.signature(at.half) {
            Some(ours) => signed.with_signature(at.half, *ours),
            None => signed,
        })
    }

    fn opens_another_contract(&mut self, at: &Target) -> Result<(), Violation> {
        let other = Digest::from_bytes([9; 32]).to_string();
        let change = if self.dice.chance(500) {
            self.altered(at, |raw| raw["agree"] = json!(other))
        } else {
            let side = at.half.as_str();
            self.altered(at, |raw| raw[side]["terms"] = json!({"limit": 1_000_000}))
        };
        if let Some(object) = change {
            self.slip_body(at, Self::tally_body(TallyAction::Open, object), Forged::Yes);
        }
        Ok(())
    }

    fn opens_with_another_key(&mut self, at: &Target) -> Result<(), Violation> {
        let half = if self.dice.chance(500) { at.half } else { at.half.other() };
        let Some(cert) = at.object.cert(half) else { return Ok(()) };
        let key = TestSigner::fresh();
        let name = cert.chad().cuid().to_owned();
        let swapped = cast::certificate(&name, cert.chad().agent(), key.public().clone());
        let object = at.object.with_certificate(half, swapped);
        let bytes = object.signing_bytes();
        // Both signatures check, each with the key that stands there now or with the old one.
        let mut object = self.sign(at.fraud, at.half.other(), &object);
        object = object.with_signature(half, key.sign(&bytes));
        if half == at.half {
            object = self.sign(at.fraud, at.half.other(), &object);
        }
        self.slip_body(at, Self::tally_body(TallyAction::Open, object), Forged::Yes);
        Ok(())
    }

    fn opens_unsigned(&mut self, at: &Target) -> Result<(), Violation> {
        let mut object = at.object.without_signatures();
        if let Some(ours) = at.object.signature(at.half) {
            object = object.with_signature(at.half, *ours);
        }
        if self.dice.chance(500) {
            // Signed, but by nobody in the tally.
            let stranger = TestSigner::fresh().sign(&object.signing_bytes());
            object = object.with_signature(at.half.other(), stranger);
        }
        self.slip_body(at, Self::tally_body(TallyAction::Open, object), Forged::Yes);
        Ok(())
    }

    /// Whatever is in force cannot be taken back by a word; and nobody's but theirs at any time.
    fn voids(&mut self, at: &Target) -> Result<(), Violation> {
        let in_force = crate::phases::in_force(&at.seen.glance.phase);
        let forged = if in_force { Forged::Yes } else { Forged::No };
        let object = at.object.clone();
        self.slip_body(at, Self::tally_body(TallyAction::Void, object), forged);
        Ok(())
    }

    fn offers_unsigned(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(mut object) = self.altered(at, |raw| {
            raw["revision"] = json!(raw["revision"].as_u64().unwrap_or(0) + 1);
        }) else {
            return Ok(());
        };
        object = object.without_signatures();
        if self.dice.chance(500) {
            let stranger = TestSigner::fresh().sign(&object.signing_bytes());
            object = object.with_signature(at.half.other(), stranger);
        }
        self.slip_body(at, Self::tally_body(TallyAction::Offer, object), Forged::Yes);
        Ok(())
    }

    fn offers_signed_by_both(&mut self, at: &Target) -> Result<(), Violation> {
        let next = |raw: &mut Value| raw["revision"] = json!(raw["revision"].as_u64().unwrap_or(0) + 1);
        let Some(object) = self.altered(at, next) else { return Ok(()) };
        let stranger = TestSigner::fresh().sign(&object.signing_bytes());
        let object = object.with_signature(at.half, stranger);
        self.slip_body(at, Self::tally_body(TallyAction::Offer, object), Forged::Yes);
        Ok(())
    }

    fn offers_another_key(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(cert) = at.object.cert(at.half.other()) else { return Ok(()) };
        let key = TestSigner::fresh();
        let swapped = cast::certificate(cert.chad().cuid(), cert.chad().agent(), key.public().clone());
        let mut raw = at.object.with_certificate(at.half.other(), swapped).raw().clone();
        raw["revision"] = json!(raw["revision"].as_u64().unwrap_or(0) + 1);
        let Ok(object) = TallyObject::parse(raw) else { return Ok(()) };
        let object = object.with_signature(at.half.other(), key.sign(&object.signing_bytes()));
        self.slip_body(at, Self::tally_body(TallyAction::Offer, object), Forged::Yes);
        Ok(())
    }

    fn compose(&mut self, at: &Target, by: Half) -> Option<ChitObject> {
        ChitObject::compose_tran(ComposeChit {
            uuid: ChitId::new(self.dice.uuid()),
            tally: at.id,
            by,
            date: Date::from_millis(self.now),
            units: Units::new(self.dice.between(1, 9_000)).ok(),
            memo: None,
            reference: None,
        })
        .ok()
    }

    /// The chit as if it stood at the end of the victim's chain.
    fn linked(at: &Target, chit: &ChitObject, behind: u64, prior: Digest, new: bool) -> ChitObject {
        let index = at.seen.glance.head + behind + 1;
        let link = ChitLink { new, index, hash: chit.chain_hash(index, &prior), conf: at.seen.glance.agreed };
        chit.with_chain(link)
    }

    fn head_hash(at: &Target) -> Digest {
        let bytes = at.seen.glance.head_hash.as_deref().and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(at.object.digest(), Digest::from_bytes)
    }

    fn slip_chit(&mut self, at: &Target, chit: &ChitObject, forged: Forged) {
        let object = Self::linked(at, chit, 0, Self::head_hash(at), true);
        self.slip_body(at, Body::good(object), forged);
    }

    fn pays_with_a_wrong_key(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(chit) = self.compose(at, at.half.other()) else { return Ok(()) };
        let chit = match self.dice.below(3) {
            0 => chit,
            1 => chit.with_signature(TestSigner::fresh().sign(&chit.signing_bytes())),
            // A real signature of theirs, over other bytes.
            _ => chit.with_signature(self.wallets[at.fraud].person.signer.sign(b"something else")),
        };
        self.slip_chit(at, &chit, Forged::Yes);
        Ok(())
    }

    fn pays_in_the_victims_name(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(chit) = self.compose(at, at.half) else { return Ok(()) };
        let chit = chit.with_signature(self.wallets[at.fraud].person.signer.sign(&chit.signing_bytes()));
        if self.dice.chance(500) {
            self.slip_chit(at, &chit, Forged::Yes);
        } else {
            let listed = vec![Self::linked(at, &chit, 0, Self::head_hash(at), false)];
            self.slip_update(at, listed, Forged::Yes);
        }
        Ok(())
    }

    fn pays_less_than_nothing(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(chit) = self.compose(at, at.half.other()) else { return Ok(()) };
        let units =
            [json!(-5_000), json!(0), json!(9_007_199_254_740_993_u64), json!(1.5), json!("7"), json!(1e300)];
        let units = units[self.dice.below(units.len())].clone();
        let signed = chit.with_signature(self.wallets[at.fraud].person.signer.sign(&chit.signing_bytes()));
        let linked = Self::linked(at, &signed, 0, Self::head_hash(at), true);
        let mut message = self.envelope(at, Body::good(linked)).to_value();
        message["object"]["units"] = units;
        self.slip(at, message, Forged::Yes);
        Ok(())
    }

    /// The first of the two is good; the second must not take its place, nor stand beside it.
    fn promises_twice_under_one_name(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(chit) = self.compose(at, at.half.other()) else { return Ok(()) };
        let mut raw = chit.raw().clone();
        raw["units"] = json!(raw["units"].as_i64().unwrap_or(0) + 1);
        let Ok(other) = ChitObject::parse(raw) else { return Ok(()) };
        for chit in [chit, other] {
            let signed =
                chit.with_signature(self.wallets[at.fraud].person.signer.sign(&chit.signing_bytes()));
            self.slip_chit(at, &signed, Forged::No);
        }
        Ok(())
    }

    fn slip_update(&mut self, at: &Target, chits: Vec<ChitObject>, forged: Forged) {
        let body =
            ChainMessage { tally: at.id, cmd: ChainCmd::Upd, index: None, hash: None, uuid: None, chits };
        self.slip_body(at, Body::Chain(body), forged);
    }

    /// `count` good chits of the fraud's, each behind the other.
    fn series(&mut self, at: &Target, count: u64) -> Vec<ChitObject> {
        let mut prior = Self::head_hash(at);
        let mut series = Vec::new();
        for behind in 0..count {
            let Some(chit) = self.compose(at, at.half.other()) else { break };
            let signed =
                chit.with_signature(self.wallets[at.fraud].person.signer.sign(&chit.signing_bytes()));
            let linked = Self::linked(at, &signed, behind, prior, false);
            prior = linked.chain().map_or(prior, |link| link.hash);
            series.push(linked);
        }
        series
    }

    fn updates_with_a_forgery_among_good(&mut self, at: &Target) -> Result<(), Violation> {
        let mut series = self.series(at, 3);
        let nth = self.dice.below(series.len());
        if let Some(chit) = series.get_mut(nth) {
            let link = chit.chain().copied();
            let stranger = TestSigner::fresh().sign(&chit.signing_bytes());
            let forged = chit.without_chain().with_signature(stranger);
            *chit = link.map_or_else(|| forged.clone(), |link| forged.with_chain(link));
        }
        self.slip_update(at, series, Forged::Yes);
        Ok(())
    }

    fn updates_without_end(&mut self, at: &Target) -> Result<(), Violation> {
        let count = self.dice.between(1, 6).unsigned_abs();
        let series = self.series(at, count);
        let times = self.dice.below(4) + 1;
        for _ in 0..times {
            self.slip_update(at, series.clone(), Forged::No);
        }
        Ok(())
    }

    fn slip_word(
        &mut self,
        at: &Target,
        cmd: ChainCmd,
        index: Option<u64>,
        hash: Option<Digest>,
        forged: Forged,
    ) {
        let body = ChainMessage { tally: at.id, cmd, index, hash, uuid: None, chits: Vec::new() };
        self.slip_body(at, Body::Chain(body), forged);
    }

    /// A hash that is not ours, at a place that is. It may be answered; it agrees on nothing.
    fn acks_what_is_not(&mut self, at: &Target) -> Result<(), Violation> {
        let index = self.dice.between(0, i64::try_from(at.seen.glance.head).unwrap_or(0)).unsigned_abs();
        self.slip_word(at, ChainCmd::Ack, Some(index), Some(Digest::from_bytes([3; 32])), Forged::Doubt);
        Ok(())
    }

    fn acks_the_future(&mut self, at: &Target) -> Result<(), Violation> {
        let far = [at.seen.glance.head + 1, at.seen.glance.head + 1_000, (1 << 53) - 1];
        let index = far[self.dice.below(far.len())];
        self.slip_word(at, ChainCmd::Ack, Some(index), Some(Self::head_hash(at)), Forged::Doubt);
        Ok(())
    }

    fn floods_with_naks(&mut self, at: &Target) -> Result<(), Violation> {
        let cmd = if self.dice.chance(500) { ChainCmd::Nak } else { ChainCmd::Req };
        for _ in 0..12 {
            let index = self.dice.chance(500).then_some(at.seen.glance.head);
            self.slip_word(at, cmd, index, None, Forged::No);
        }
        Ok(())
    }

    /// The fraud's own link, and somebody else's name in the message.
    fn speaks_for_another(&mut self, at: &Target) -> Result<(), Violation> {
        let others = (0..self.wallets.len()).filter(|nth| *nth != at.fraud && *nth != at.victim);
        let others: Vec<usize> = others.collect();
        let Some(other) = self.dice.pick(&others) else { return Ok(()) };
        let held: Vec<Seen> = self.wallets[at.victim].seen.values().cloned().collect();
        let held = held.into_iter().find(|seen| self.partner_of(seen) == Some(other));
        let Some(seen) = held else { return Ok(()) };
        let object = check::parse(&seen.glance.object).map_err(Violation)?;
        let body = if self.dice.chance(500) {
            Self::tally_body(TallyAction::Void, object)
        } else {
            Body::Chain(ChainMessage {
                tally: object.uuid(),
                cmd: ChainCmd::Ack,
                index: Some(seen.glance.head),
                hash: seen
                    .glance
                    .head_hash
                    .as_deref()
                    .and_then(|hash| hash.try_into().ok())
                    .map(Digest::from_bytes),
                uuid: None,
                chits: Vec::new(),
            })
        };
        let mut envelope = self.envelope(at, body);
        if self.dice.chance(700) {
            envelope.from = self.wallets[other].person.cert.chad().clone();
        }
        self.slip(at, envelope.to_value(), Forged::Yes);
        Ok(())
    }

    /// Anything said before is said again, to whom it was said.
    fn repeats_itself(&mut self, at: &Target) -> Result<(), Violation> {
        if self.book.said.is_empty() {
            return Ok(());
        }
        let (to, bytes) = self.book.said[self.dice.below(self.book.said.len())].clone();
        let kind = PacketKind::Letter;
        self.send(Packet { from: at.fraud, to, kind, bytes: bytes.into(), forged: Forged::No });
        Ok(())
    }

    /// A ticket that was meant for somebody else, was used before, or never was.
    fn tries_a_ticket(&mut self, at: &Target) -> Result<(), Violation> {
        let of_victim = self.book.codes.iter().filter(|code| code.maker == at.victim);
        let codes: Vec<_> = of_victim.map(|code| code.ticket.clone()).collect();
        let fraud = self.wallets[at.fraud].person;
        let (token, bound) = if codes.is_empty() || self.dice.chance(300) {
            (TokenText::new("bm90aGluZyBvZiB0aGUgc29ydA"), None)
        } else {
            let ticket = &codes[self.dice.below(codes.len())];
            (Some(TokenText::from(&ticket.token)), ticket.bound)
        };
        let Some(token) = token else { return Ok(()) };
        let others = bound.is_some_and(|bound| bound != fraud.agent) || codes.is_empty();
        let cert = if self.dice.chance(300) { self.borrowed(at) } else { fraud.cert.clone() };
        let forged = if others || cert != fraud.cert { Forged::Yes } else { Forged::No };
        let body = Body::Ticket { token, cert };
        let bytes = self.envelope(at, body).to_value().to_string().into_bytes().into();
        let kind = if self.dice.chance(500) {
            PacketKind::Letter
        } else {
            PacketKind::Call { id: 0, life: 0, ticket: true }
        };
        self.send(Packet { from: at.fraud, to: at.victim, kind, bytes, forged });
        Ok(())
    }

    /// Somebody else's certificate.
    fn borrowed(&self, at: &Target) -> Certificate {
        let other = self
            .wallets
            .iter()
            .find(|wallet| !wallet.hostile && wallet.person.agent != self.wallets[at.victim].person.agent);
        other.map_or_else(|| self.wallets[at.victim].person.cert.clone(), |wallet| wallet.person.cert.clone())
    }
}
