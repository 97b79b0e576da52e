//! The turns that links take in the ledger, and what leaves after them.

use std::cell::RefCell;
use std::rc::Rc;

use tallystick_core::message::Envelope;
use tallystick_node::sim::{self, LinkTurn, LinkTurned, Mail, Ready};
use tallystick_store::Letter;
use tallystick_testkit::Dice;

use crate::net::{Forged, Packet, PacketKind};
use crate::world::{Event, Violation, World};

/// How soon it is written down that letters have left, in ms.
const NOTE_AFTER: i64 = 15;

/// What a link comes to its turn with.
#[derive(Debug, Default)]
pub(crate) struct Comes {
    /// Messages, in order.
    pub(crate) said: Vec<Envelope>,
    /// The link has just opened, by this letter if the call was ours.
    pub(crate) opening: bool,
    pub(crate) opener: Option<Letter>,
    /// It is a call's first message: the link opens next, and fetches what there is.
    pub(crate) first: bool,
    /// What is said before any letter.
    pub(crate) answer: Option<Packet>,
}

impl World {
    /// The link to a partner takes its turn within so many ms.
    pub(crate) fn turn_soon(&mut self, wallet: usize, partner: usize, within: i64) {
        let at = self.now + self.dice.between(0, within);
        let life = self.wallets[wallet].life;
        let known = &mut self.wallets[wallet].partners[partner];
        if known.turn_at.is_none_or(|planned| at < planned) {
            known.turn_at = Some(at);
            self.schedule(at - self.now, Event::Turn { wallet, life, partner });
        }
    }

    pub(crate) fn turn(
        &mut self,
        wallet: usize,
        life: u32,
        partner: usize,
        at: i64,
    ) -> Result<(), Violation> {
        let holder = &mut self.wallets[wallet];
        if !holder.awake || holder.life != life || holder.partners[partner].turn_at != Some(at) {
            return Ok(());
        }
        holder.partners[partner].turn_at = None;
        self.turn_with_inbox(wallet, partner)
    }

    /// Takes in what has come so far.
    pub(crate) fn turn_with_inbox(&mut self, wallet: usize, partner: usize) -> Result<(), Violation> {
        let said = std::mem::take(&mut self.wallets[wallet].partners[partner].inbox);
        self.take_turn(wallet, partner, Comes { said, ..Comes::default() }).map(|_| ())
    }

    /// One transaction of a link, and what leaves after it. Gives whether the process lives on.
    pub(crate) fn take_turn(
        &mut self,
        wallet: usize,
        partner: usize,
        comes: Comes,
    ) -> Result<bool, Violation> {
        let known = &mut self.wallets[wallet].partners[partner];
        let open = known.open_until > self.now;
        known.look &= open;
        let looks = known.look;
        let sent = std::mem::take(&mut known.sent);
        let Comes { said, opening, opener, first, answer } = comes;
        if said.is_empty() && !opening && sent.is_empty() && !looks {
            return Ok(true);
        }
        let (agent, now) = (self.wallets[partner].person.agent, self.now);
        let me = &self.wallets[wallet].person.cert;
        let notes = !sent.is_empty();
        let dice = RefCell::new(Dice::new(self.dice.draw()));
        let heard = said.clone();
        let turn = LinkTurn { agent, said, opening, opener, sent, looks };
        let seen = (!heard.is_empty() && !notes).then(|| self.wallets[wallet].seen.clone());
        self.opening = first.then_some(partner);
        let did = self.act(wallet, |rows| sim::turn(rows, me, turn, &|| dice.borrow_mut().bits(), now));
        self.opening = None;
        let did = did?;
        let Some(turned) = self.done(wallet, did)? else { return Ok(false) };
        let LinkTurned { letters, more, again, dropped, faults } = turned;
        if let Some(fault) = faults.first() {
            return Err(Violation(format!("{} cannot take its turn: {fault}", self.name(wallet))));
        }
        let all_dropped = dropped.len() == heard.len();
        if all_dropped && seen.is_some_and(|seen| seen != self.wallets[wallet].seen) {
            let why: Vec<&str> = dropped.iter().map(|(why, _)| *why).collect();
            let name = self.name(wallet);
            return Err(Violation(format!("{name} dropped messages and changed its tallies: {why:?}")));
        }
        self.check_dropped(wallet, partner, &heard, &dropped)?;
        if self.perhaps_dies(wallet, "after a turn and before its letters leave")? {
            return Ok(false);
        }
        if let Some(answer) = answer {
            self.send(answer);
        }
        if let Some(again) = again {
            self.post_at(wallet, again);
        }
        let known = &mut self.wallets[wallet].partners[partner];
        if looks {
            known.look = more;
            let handed = std::mem::take(&mut known.slot);
            known.ready.handed(handed);
            known.ready.fetched(letters, more);
        }
        let life = self.wallets[wallet].life;
        self.give_out(wallet, life, partner)?;
        if more && self.wallets[wallet].awake {
            self.turn_soon(wallet, partner, 2);
        }
        Ok(self.wallets[wallet].awake)
    }

    /// What an act has written goes to links that are open, or waits for one.
    pub(crate) fn dispatch(&mut self, wallet: usize, mail: Mail) -> Result<(), Violation> {
        let whose = |world: &Self, agent| {
            world.whose(agent).ok_or_else(|| Violation("a letter to nobody".to_owned()))
        };
        for (agent, letters) in mail.parcels {
            let partner = whose(self, agent)?;
            let life = self.wallets[wallet].life;
            self.wallets[wallet].partners[partner].slot.extend(letters);
            let moment = self.dice.between(0, 3);
            self.schedule(moment, Event::Handed { wallet, life, partner });
        }
        for agent in mail.waiting {
            let partner = whose(self, agent)?;
            if self.opening != Some(partner) && !self.ring(wallet, partner) {
                self.post_soon(wallet);
            }
        }
        Ok(())
    }

    /// A link puts its letters on their way.
    pub(crate) fn give_out(&mut self, wallet: usize, life: u32, partner: usize) -> Result<(), Violation> {
        if self.wallets[wallet].life != life {
            return Ok(());
        }
        let known = &mut self.wallets[wallet].partners[partner];
        let handed = std::mem::take(&mut known.slot);
        known.ready.handed(handed);
        while self.wallets[wallet].partners[partner].open_until > self.now
            && let Some(letter) = self.wallets[wallet].partners[partner].ready.next_letter()
        {
            if !self.quiet && self.dice.chance(15) {
                self.tell_of(wallet, "finds its link broken");
                self.wallets[wallet].partners[partner].open_until = 0;
                self.put_off(wallet, partner, 0)?;
                return self.link_ends(wallet, life, partner, 0);
            }
            let bytes = Rc::from(self.stamp(&letter)?);
            let kind = PacketKind::Letter;
            self.send(Packet { from: wallet, to: partner, kind, bytes, forged: Forged::No });
            self.wallets[wallet].partners[partner].sent.push(letter);
        }
        if !self.wallets[wallet].partners[partner].sent.is_empty() {
            self.turn_soon(wallet, partner, NOTE_AFTER);
        }
        Ok(())
    }

    /// A link is over: what it has left undone waits in the outbox for the next one.
    pub(crate) fn link_ends(
        &mut self,
        wallet: usize,
        life: u32,
        partner: usize,
        until: i64,
    ) -> Result<(), Violation> {
        let holder = &mut self.wallets[wallet];
        if holder.life != life || holder.partners[partner].open_until != until {
            return Ok(());
        }
        let known = &mut holder.partners[partner];
        known.ready = Ready::default();
        known.slot.clear();
        known.look = false;
        self.take_turn(wallet, partner, Comes::default())?;
        self.post_soon(wallet);
        Ok(())
    }

    /// Nobody honest is ever to blame.
    fn check_dropped(
        &mut self,
        wallet: usize,
        partner: usize,
        heard: &[Envelope],
        dropped: &[(&'static str, bool)],
    ) -> Result<(), Violation> {
        let (hearer, speaker) = (self.name(wallet), self.name(partner));
        for (why, strike) in dropped {
            self.tell(|| format!("{hearer} drops what {speaker} says: {why}"));
            // Trying a ticket that is used, over or somebody else's is no crime of a wallet.
            let about_ticket = why.contains("ticket");
            let honest = !self.wallets[partner].hostile && !self.wallets[wallet].hostile;
            if *strike && honest && !about_ticket {
                let objections: Vec<String> = heard
                    .iter()
                    .filter_map(|said| {
                        self.wallets[wallet]
                            .ledger
                            .read(|rows| Ok::<_, Violation>(sim::objection(rows, said.clone())))
                            .ok()
                            .flatten()
                    })
                    .collect();
                return Err(Violation(format!("{hearer} blames the honest {speaker}: {why} {objections:?}")));
            }
        }
        Ok(())
    }
}
