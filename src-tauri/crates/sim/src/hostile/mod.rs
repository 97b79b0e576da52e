//! What a fraud tries: messages that no wallet of ours would write, over a link that is really theirs.

mod entries;
mod offers;

use serde_json::Value;
use tallystick_core::message::{Body, ChainCmd, ChainMessage, Envelope, TallyAction};
use tallystick_core::tally::TallyObject;
use tallystick_core::{Certificate, Digest, Half, TallyId, TokenText};

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
