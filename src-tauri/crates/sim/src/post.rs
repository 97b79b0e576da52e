//! The outbox of a wallet, emptied as the node empties it: calls, open links, pauses.

use std::collections::BTreeMap;

use tallystick_node::Retry;
use tallystick_node::sim;
use tallystick_node::view::Failure;
use tallystick_store::{How, Letter};

use crate::net::{Packet, PacketKind};
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
        if holder.post_at.is_none_or(|planned| at < planned) {
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
            if self.wallets[wallet].awake && self.wallets[wallet].partners[partner].call.is_none() {
                self.deliver(wallet, partner, letters)?;
            }
        }
        Ok(())
    }

    fn deliver(&mut self, wallet: usize, partner: usize, mut letters: Vec<Letter>) -> Result<(), Violation> {
        if self.wallets[wallet].partners[partner].open_until <= self.now {
            // As the node does: a ticket must open its own link, anything else goes first.
            let at = letters.iter().position(|letter| letter.how != How::Ticket).unwrap_or(0);
            let first = letters.remove(at);
            let bytes = self.stamp(&first)?;
            self.call(wallet, partner, first, bytes);
            return Ok(());
        }
        let mut sent = Vec::new();
        let mut broken = false;
        for letter in letters {
            if !self.quiet && self.dice.chance(20) {
                broken = true;
                break;
            }
            let bytes = self.stamp(&letter)?.into();
            self.send(Packet { from: wallet, to: partner, kind: PacketKind::Letter, bytes, forged: false });
            sent.push(letter);
        }
        if self.perhaps_dies(wallet, "after letters have left and before they are noted")? {
            return Ok(());
        }
        if !sent.is_empty() {
            self.note(wallet, &sent, false)?;
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
        if !holder.awake || !holder.ledger.read(|rows| rows.anything_lapses(now))? {
            return Ok(());
        }
        self.tell_of(wallet, "lets run out what has run out");
        let did = self.act(wallet, |rows| sim::lapse(rows, now).map_err(Failure::from))?;
        self.done(wallet, did)?;
        Ok(())
    }
}
