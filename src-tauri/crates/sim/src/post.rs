//! The outbox of a wallet, emptied as the node empties it: calls, open links, pauses.

use std::collections::BTreeMap;

use tallystick_node::Retry;
use tallystick_node::sim;
use tallystick_node::view::Failure;
use tallystick_store::{How, Letter};

use crate::net::{Forged, Packet, PacketKind};
use crate::world::{Event, Violation, World};

/// Letters looked at in one go.
const BATCH: u32 = 256;

impl World {
    /// The wallet looks at its outbox in a moment.
    pub(crate) fn post_soon(&mut self, wallet: usize) {
        let soon = self.dice.from_to(0, 20);
        self.post_at(wallet, self.now + soon);
    }

    fn post_at(&mut self, wallet: usize, at: i64) {
        let at = at.max(self.now);
        let holder = &mut self.wallets[wallet];
        if holder.awake && holder.post_at.is_none_or(|planned| at < planned) {
            holder.post_at = Some(at);
            let life = holder.life;
            self.schedule(at - self.now, Event::Post { wallet, life });
        }
    }

    pub(crate) fn post(&mut self, wallet: usize, life: u32, at: i64) -> Result<(), Violation> {
        let holder = &mut self.wallets[wallet];
        if !holder.awake || holder.life != life || holder.post_at != Some(at) {
            return Ok(());
        }
        holder.post_at = None;
        let now = self.now;
        let (due, next) =
            self.wallets[wallet].ledger.read(|rows| Ok::<_, tallystick_store::StoreError>((rows.due(now, BATCH)?, rows.next_due(now)?)))?;
        if let Some(next) = next {
            self.post_at(wallet, next);
        }
        let mut by_partner: BTreeMap<usize, Vec<Letter>> = BTreeMap::new();
        for letter in due {
            let partner = self.whose(letter.partner);
            let partner = partner.ok_or_else(|| Violation("a letter to nobody".to_owned()))?;
            by_partner.entry(partner).or_default().push(letter);
        }
        for (partner, letters) in by_partner {
            let known = &mut self.wallets[wallet].partners[partner];
            if !known.busy {
                known.busy = true;
                // Much can happen between reading letters and sending them.
                let moment = self.dice.from_to(0, 15);
                self.schedule(moment, Event::Deliver { wallet, life, partner, letters });
            }
        }
        Ok(())
    }

    pub(crate) fn deliver(
        &mut self,
        wallet: usize,
        life: u32,
        partner: usize,
        mut letters: Vec<Letter>,
    ) -> Result<(), Violation> {
        if self.wallets[wallet].life != life {
            return Ok(());
        }
        if self.wallets[wallet].partners[partner].open_until <= self.now {
            // As the node does: a ticket must open its own link, anything else goes first.
            let at = letters.iter().position(|letter| letter.how != How::Ticket).unwrap_or(0);
            return self.connect(wallet, partner, letters.remove(at));
        }
        let mut sent = Vec::new();
        let mut broken = false;
        for letter in self.release(wallet, partner, letters)? {
            if !self.quiet && self.dice.chance(20) {
                broken = true;
                break;
            }
            let bytes = self.stamp(&letter)?.into();
            self.send(Packet { from: wallet, to: partner, kind: PacketKind::Letter, bytes, forged: Forged::No });
            sent.push(letter);
        }
        if !self.wallets[wallet].awake
            || self.perhaps_dies(wallet, "after letters have left and before they are noted")?
        {
            return Ok(());
        }
        let moment = self.dice.from_to(0, 15);
        self.schedule(moment, Event::Note { wallet, life, partner, sent, broken });
        Ok(())
    }

    /// Lets letters go, for good; those that were taken back meanwhile are not among them any more.
    fn release(&mut self, wallet: usize, partner: usize, letters: Vec<Letter>) -> Result<Vec<Letter>, Violation> {
        if letters.iter().all(|letter| letter.left) {
            return Ok(letters);
        }
        let (agent, now) = (self.wallets[partner].person.agent, self.now);
        let did =
            self.act(wallet, |rows| sim::released(rows, agent, letters, now).map_err(Failure::from))?;
        Ok(self.done(wallet, did)?.unwrap_or_default())
    }

    /// Connects, and calls with this letter.
    fn connect(&mut self, wallet: usize, partner: usize, letter: Letter) -> Result<(), Violation> {
        let unreachable = !self.wallets[partner].awake || self.cut.contains(&(wallet, partner));
        if unreachable && self.dice.chance(700) {
            let name = self.name(partner);
            self.tell_of(wallet, &format!("cannot connect to {name}"));
            self.wallets[wallet].partners[partner].busy = false;
            return self.put_off(wallet, partner);
        }
        let left = self.release(wallet, partner, vec![letter])?;
        if !self.wallets[wallet].awake {
            return Ok(());
        }
        let Some(letter) = left.into_iter().next() else {
            self.wallets[wallet].partners[partner].busy = false;
            self.post_soon(wallet);
            return Ok(());
        };
        let bytes = self.stamp(&letter)?;
        self.call(wallet, partner, letter, bytes);
        Ok(())
    }

    /// What was sent over an open link is written down.
    pub(crate) fn note_sent(
        &mut self,
        wallet: usize,
        life: u32,
        partner: usize,
        sent: &[Letter],
        broken: bool,
    ) -> Result<(), Violation> {
        if self.wallets[wallet].life != life {
            return Ok(());
        }
        self.wallets[wallet].partners[partner].busy = false;
        if sent.is_empty() {
            self.post_soon(wallet);
        } else {
            self.note(wallet, sent, false)?;
        }
        if broken && self.wallets[wallet].awake {
            self.tell_of(wallet, "finds its link broken");
            self.wallets[wallet].partners[partner].open_until = 0;
            self.put_off(wallet, partner)?;
        }
        Ok(())
    }

    fn stamp(&self, letter: &Letter) -> Result<Vec<u8>, Violation> {
        sim::stamped(letter, self.now).ok_or_else(|| Violation("a letter that cannot be read".to_owned()))
    }

    /// Writes down what has left.
    pub(crate) fn note(&mut self, wallet: usize, sent: &[Letter], answered: bool) -> Result<(), Violation> {
        let now = self.now;
        let throws: Vec<u32> = sent.iter().map(|_| self.dice.bits()).collect();
        let mut throws = throws.into_iter();
        let did = self.act(wallet, |rows| {
            sim::noted(rows, sent, answered, Retry::default(), || throws.next().unwrap_or(0), now)
        })?;
        if self.done(wallet, did)?.is_some() {
            self.post_soon(wallet);
        }
        Ok(())
    }

    pub(crate) fn give_up(&mut self, wallet: usize, life: u32, partner: usize, call: u64) -> Result<(), Violation> {
        let holder = &mut self.wallets[wallet];
        let waits = holder.partners[partner].call.as_ref().is_some_and(|waiting| waiting.id == call);
        if holder.life != life || !waits {
            return Ok(());
        }
        holder.partners[partner].call = None;
        holder.partners[partner].busy = false;
        let name = self.name(partner);
        self.tell_of(wallet, &format!("gives up calling {name}"));
        self.put_off(wallet, partner)
    }

    fn put_off(&mut self, wallet: usize, partner: usize) -> Result<(), Violation> {
        let known = &mut self.wallets[wallet].partners[partner];
        let times = known.unanswered;
        known.unanswered = known.unanswered.saturating_add(1);
        let pause = Retry::default().pause(times, self.dice.bits());
        let (agent, until) = (self.wallets[partner].person.agent, self.now.saturating_add(pause));
        let did = self.act(wallet, |rows| rows.put_off(agent, until).map_err(Failure::from))?;
        if self.done(wallet, did)?.is_some() {
            self.post_soon(wallet);
        }
        Ok(())
    }

    pub(crate) fn keep_house(&mut self, wallet: usize) -> Result<(), Violation> {
        let now = self.now;
        let holder = &self.wallets[wallet];
        if !holder.awake || !holder.ledger.read(|rows| sim::anything_lapses(rows, now))? {
            return Ok(());
        }
        self.tell_of(wallet, "lets run out what has run out");
        let did = self.act(wallet, |rows| sim::lapse(rows, now))?;
        if self.done(wallet, did)?.is_some() {
            self.post_soon(wallet);
        }
        Ok(())
    }
}
