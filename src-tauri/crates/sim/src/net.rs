//! The network: what becomes of packets, and of the processes at both ends.

use std::rc::Rc;

use tallystick_core::ChitId;
use tallystick_core::message::{Body, ChitAction, Envelope};
use tallystick_node::sim;
use tallystick_node::view::Failure;

use crate::fate::Did;
use crate::script::Fate;
use crate::turn::Comes;
use crate::world::{Event, Violation, World};

/// How bad a network is. Chances are in a thousand.
#[derive(Clone, Debug)]
pub struct Weather {
    /// A packet is lost.
    pub loss: u32,
    /// A packet arrives twice.
    pub double: u32,
    /// The longest a packet takes, in ms.
    pub slow: i64,
    /// A process is killed, at each moment where that could hurt.
    pub kill: u32,
    /// The ways between two wallets are cut, at each act of somebody.
    pub cut: u32,
}

impl Weather {
    /// Nothing is lost and nobody is killed.
    pub const CALM: Self = Self { loss: 0, double: 0, slow: 40, kill: 0, cut: 0 };
}

/// Something on its way.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) kind: PacketKind,
    pub(crate) bytes: Rc<[u8]>,
    pub(crate) forged: Forged,
}

/// What a message of a fraud may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forged {
    /// Whatever the protocol allows.
    No,
    /// It may start a dispute, or tell that an acceptance has arrived, and change nothing else.
    Doubt,
    /// Another promise under a name that may stand there already: if it does, that must be noticed.
    Clash,
    /// It may change nothing at all.
    Yes,
}

impl Packet {
    /// Whether it brings the signed chit of this name.
    pub(crate) fn carries(&self, name: ChitId) -> bool {
        match Envelope::parse(&self.bytes).map(|envelope| envelope.body) {
            Ok(Body::Chit { action: ChitAction::Good, object, .. }) => object.uuid() == name,
            Ok(Body::Chain(chain)) => chain.chits.iter().any(|chit| chit.uuid() == name),
            _ => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PacketKind {
    /// Opens a link, with a first message in it.
    Call { id: u64, life: u32, ticket: bool },
    /// The link is open: the first message is durably there.
    Answer { id: u64, life: u32 },
    /// A message over an open link.
    Letter,
}

impl World {
    /// Hands a packet to the network.
    pub(crate) fn send(&mut self, packet: Packet) {
        self.counts.messages += 1;
        let (from, to) = (self.name(packet.from), self.name(packet.to));
        let kind = packet.kind;
        let fated = self.fate_of_packet();
        let lost = !self.quiet
            && (self.cut.contains(&(packet.from, packet.to))
                || fated == Some(Fate::Lost)
                || self.dice.chance(self.plan.weather.loss));
        let bytes = Rc::clone(&packet.bytes);
        self.tell(|| {
            let fate = if lost { " (lost)" } else { "" };
            format!("{from} → {to} {}{fate}", describe(kind, &bytes))
        });
        if self.wallets[packet.from].hostile && !packet.bytes.is_empty() && self.book.said.len() < 64 {
            self.book.said.push((packet.to, packet.bytes.to_vec()));
        }
        if lost {
            return;
        }
        let doubled = fated == Some(Fate::Doubled);
        if !self.quiet && (doubled || self.dice.chance(self.plan.weather.double)) {
            self.fly(packet.clone());
        }
        self.fly(packet);
    }

    fn fly(&mut self, packet: Packet) {
        let slow = if self.quiet { 40 } else { self.plan.weather.slow };
        // A few come long after everybody has forgotten them.
        let late = !self.quiet && self.dice.chance(15);
        let delay = self.dice.between(1, if late { 600_000 } else { slow });
        self.flying += 1;
        self.schedule(delay, Event::Arrive(packet));
    }

    pub(crate) fn arrive(&mut self, packet: Packet) -> Result<(), Violation> {
        self.flying -= 1;
        if !self.wallets[packet.to].awake {
            return Ok(());
        }
        self.counts.arrived += 1;
        match packet.kind {
            PacketKind::Call { id, life, ticket } => self.take_call(&packet, id, life, ticket),
            PacketKind::Answer { id, life } => self.call_answered(packet.to, packet.from, id, life),
            PacketKind::Letter => self.hear(&packet),
        }
    }

    fn take_call(&mut self, packet: &Packet, id: u64, life: u32, ticket: bool) -> Result<(), Violation> {
        let (from, to) = (packet.from, packet.to);
        let opened = if ticket { self.judge(packet)? } else { self.recognise(packet)? };
        if !opened || !self.wallets[to].awake || self.perhaps_dies(to, "before it answers a call")? {
            return Ok(());
        }
        self.open_link(to, from);
        let kind = PacketKind::Answer { id, life };
        let answer = Packet { from: to, to: from, kind, bytes: Rc::new([]), forged: Forged::No };
        let comes = Comes { opening: true, answer: Some(answer), ..Comes::default() };
        self.take_turn(to, from, comes).map(|_| ())
    }

    /// A call with a ticket: taken in one act, or met with silence.
    fn judge(&mut self, packet: &Packet) -> Result<bool, Violation> {
        let to = packet.to;
        let (me, now) = (&self.wallets[to].person.cert, self.now);
        let caller = self.wallets[packet.from].person.agent;
        let Ok(envelope) = Envelope::parse(&packet.bytes) else { return Ok(false) };
        let before =
            matches!(packet.forged, Forged::Doubt | Forged::Yes).then(|| self.wallets[to].seen.clone());
        let judged = self.act(to, |rows| sim::judge_ticket(rows, me, caller, &envelope, now))?;
        self.unmoved(packet, before)?;
        match judged {
            Did::Done(answered) => Ok(answered),
            Did::Refused(error) => Err(error.into()),
            Did::Died => Ok(false),
        }
    }

    /// A call of somebody who should share a tally with us. Gives whether to answer.
    fn recognise(&mut self, packet: &Packet) -> Result<bool, Violation> {
        let caller = self.wallets[packet.from].person.agent;
        if !self.wallets[packet.to].ledger.read(|rows| sim::knows(rows, caller))? {
            return Ok(false);
        }
        self.turn_with_inbox(packet.to, packet.from)?;
        if !self.wallets[packet.to].awake {
            return Ok(false);
        }
        let said = self.read(packet)?.into_iter().collect();
        self.take_turn(packet.to, packet.from, Comes { said, first: true, ..Comes::default() })
    }

    /// One message over a proven link. It waits for the link's turn, with what else comes until then.
    fn hear(&mut self, packet: &Packet) -> Result<(), Violation> {
        let (from, to) = (packet.from, packet.to);
        let Some(envelope) = self.read(packet)? else { return Ok(()) };
        if packet.forged == Forged::No {
            self.wallets[to].partners[from].inbox.push(envelope);
            self.turn_soon(to, from, 3);
            return Ok(());
        }
        self.counts.forgeries += 1;
        self.turn_with_inbox(to, from)?;
        if !self.wallets[to].awake {
            return Ok(());
        }
        let before = self.wallets[to].seen.clone();
        let lives = self.take_turn(to, from, Comes { said: vec![envelope.clone()], ..Comes::default() })?;
        match packet.forged {
            Forged::Clash if lives => self.noticed(to, &envelope),
            Forged::Clash => Ok(()),
            Forged::No | Forged::Doubt | Forged::Yes => self.unmoved(packet, Some(before)),
        }
    }

    /// Two promises under one name are a dispute.
    fn noticed(&self, wallet: usize, envelope: &Envelope) -> Result<(), Violation> {
        let Body::Chit { object, .. } = &envelope.body else { return Ok(()) };
        let Some(seen) = self.wallets[wallet].seen.get(&object.tally().to_string()) else { return Ok(()) };
        let name = object.uuid().to_string();
        let stands = seen.places.iter().find(|place| place.uuid == name);
        let said = object.without_chain().raw().to_string();
        let other = stands.is_some_and(|place| place.object != said);
        if other && seen.glance.dispute.is_none() {
            return Err(Violation(format!("{} overlooks a contradiction", self.name(wallet))));
        }
        Ok(())
    }

    /// What a packet says; nothing if nobody can read it, which only a fraud may write.
    fn read(&self, packet: &Packet) -> Result<Option<Envelope>, Violation> {
        match Envelope::parse(&packet.bytes) {
            Ok(envelope) => Ok(Some(envelope)),
            Err(_) if self.wallets[packet.from].hostile => Ok(None),
            Err(error) => {
                Err(Violation(format!("{} wrote what nobody can read: {error}", self.name(packet.from))))
            }
        }
    }

    /// What was forged must not have moved anything.
    fn unmoved(&mut self, packet: &Packet, before: Option<Before>) -> Result<(), Violation> {
        let Some(mut before) = before else { return Ok(()) };
        let mut after = self.wallets[packet.to].seen.clone();
        if packet.forged == Forged::Doubt {
            for seen in before.values_mut().chain(after.values_mut()) {
                seen.glance.dispute = None;
                if seen.glance.phase == "offer.open" {
                    seen.glance.phase = "open".to_owned();
                }
            }
        }
        if before == after {
            return Ok(());
        }
        Err(Violation(format!(
            "a forgery has changed the ledger of {}: {}",
            self.name(packet.to),
            describe(packet.kind, &packet.bytes)
        )))
    }

    /// A call that this process made was answered.
    fn call_answered(&mut self, wallet: usize, partner: usize, id: u64, life: u32) -> Result<(), Violation> {
        let known = &mut self.wallets[wallet].partners[partner];
        let expected = known.call.as_ref().is_some_and(|call| call.id == id);
        if life != self.wallets[wallet].life || !expected {
            return Ok(());
        }
        let known = &mut self.wallets[wallet].partners[partner];
        let Some(call) = known.call.take() else { return Ok(()) };
        known.unanswered = 0;
        known.calling = false;
        self.open_link(wallet, partner);
        if self.perhaps_dies(wallet, "before it notes an answered call")? {
            return Ok(());
        }
        let comes = Comes { opening: true, opener: Some(call.letter), ..Comes::default() };
        if self.take_turn(wallet, partner, comes)? {
            self.post_soon(wallet);
        }
        Ok(())
    }

    fn open_link(&mut self, wallet: usize, partner: usize) {
        let until = self.now + self.dice.between(500, 90_000);
        let known = &mut self.wallets[wallet].partners[partner];
        known.look = true;
        if until > known.open_until {
            known.open_until = until;
            let life = self.wallets[wallet].life;
            self.schedule(until - self.now, Event::End { wallet, life, partner, until });
        }
    }

    pub(crate) fn tell_of(&mut self, wallet: usize, what: &str) {
        let name = self.name(wallet);
        self.tell(|| format!("{name} {what}"));
    }

    /// What a failed act of a wallet's own process means: nothing here may fail.
    pub(crate) fn done<T>(&self, wallet: usize, did: Did<T, Failure>) -> Result<Option<T>, Violation> {
        match did {
            Did::Done(value) => Ok(Some(value)),
            Did::Died => Ok(None),
            Did::Refused(failure) => {
                Err(Violation(format!("{} fails at its own work: {failure}", self.name(wallet))))
            }
        }
    }
}

type Before = std::collections::BTreeMap<String, crate::wallet::Seen>;

/// What a packet says, in a few words.
pub(crate) fn describe(kind: PacketKind, bytes: &[u8]) -> String {
    let says = match Envelope::parse(bytes) {
        Err(_) => String::new(),
        Ok(envelope) => {
            let (target, action) = envelope.body.name();
            let detail = match &envelope.body {
                Body::Chit { object, .. } => format!(
                    " {} {} {:?} at {:?}",
                    &object.uuid().to_string()[..6],
                    object.by().as_str(),
                    object.units().map(tallystick_core::Units::milli),
                    object.chain().map(|link| link.index)
                ),
                Body::Chain(chain) => format!(
                    " {} {:?} [{}]",
                    chain.cmd.as_str(),
                    chain.index,
                    chain
                        .chits
                        .iter()
                        .map(|chit| format!(
                            "{}@{:?}",
                            &chit.uuid().to_string()[..6],
                            chit.chain().map(|link| link.index)
                        ))
                        .collect::<Vec<_>>()
                        .join(" ")
                ),
                Body::Tally { object, .. } => format!(" r{}", object.revision()),
                Body::Ticket { .. }
                | Body::Places(_)
                | Body::Noted { .. }
                | Body::Lift(_)
                | Body::Unknown { .. } => String::new(),
            };
            format!("{target}/{action}{detail}")
        }
    };
    match kind {
        PacketKind::Call { .. } => format!("calls: {says}"),
        PacketKind::Answer { .. } => "answers the call".to_owned(),
        PacketKind::Letter => says,
    }
}
