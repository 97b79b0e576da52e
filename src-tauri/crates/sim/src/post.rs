//! The outbox of a wallet: who is called with which letter, and when nobody answers.

use tallystick_node::Retry;
use tallystick_node::sim;
use tallystick_node::view::Failure;
use tallystick_store::{How, Letter, StoreError};

use crate::net::{Forged, Packet, PacketKind};
use crate::wallet::Call;
use crate::world::{Event, Violation, World};

/// How long a wallet waits for its call to be answered, in ms.
const OPEN_PATIENCE: i64 = 11_000;

impl World {
    /// The wallet looks at its outbox in a moment.
    pub(crate) fn post_soon(&mut self, wallet: usize) {
        let soon = self.dice.between(0, 20);
        self.post_at(wallet, self.now + soon);
    }

    /// The wallet looks at its outbox at this instant, if not before.
    pub(crate) fn post_at(&mut self, wallet: usize, at: i64) {
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
        let asked = self.wallets[wallet]
            .ledger
            .read(|rows| Ok::<_, StoreError>((rows.partners_due(now)?, rows.next_due(now)?)));
        let (partners, next) = asked?;
        if let Some(next) = next {
            self.post_at(wallet, next);
        }
        let mut due = Vec::new();
        for agent in partners {
            due.push(self.whose(agent).ok_or_else(|| Violation("a letter to nobody".to_owned()))?);
        }
        // The ledger gives them in no order.
        due.sort_unstable();
        for partner in due {
            // An open link fetches its letters itself.
            if !self.ring(wallet, partner) && !self.wallets[wallet].partners[partner].calling {
                self.wallets[wallet].partners[partner].calling = true;
                let moment = self.dice.between(0, 10);
                self.schedule(moment, Event::Connect { wallet, life, partner });
            }
        }
        Ok(())
    }

    /// Whether there is a link that carries letters; it then takes its turn.
    pub(crate) fn ring(&mut self, wallet: usize, partner: usize) -> bool {
        let open = self.wallets[wallet].partners[partner].open_until > self.now;
        if open {
            self.turn_soon(wallet, partner, 5);
        }
        open
    }

    pub(crate) fn connect(&mut self, wallet: usize, life: u32, partner: usize) -> Result<(), Violation> {
        if self.wallets[wallet].life != life {
            return Ok(());
        }
        let (agent, now) = (self.wallets[partner].person.agent, self.now);
        let letter = self.wallets[wallet].ledger.read(|rows| rows.opener(agent, now))?;
        let Some(letter) = letter.filter(|_| !self.ring(wallet, partner)) else {
            return self.stop_calling(wallet, partner);
        };
        let unreachable = !self.wallets[partner].awake || self.cut.contains(&(wallet, partner));
        if unreachable && self.dice.chance(700) {
            let name = self.name(partner);
            self.tell_of(wallet, &format!("cannot connect to {name}"));
            return self.fails_to_call(wallet, partner);
        }
        // Much can happen before the connection is made.
        let moment = self.dice.between(1, 30);
        self.schedule(moment, Event::Connected { wallet, life, partner, letter: Box::new(letter) });
        Ok(())
    }

    pub(crate) fn connected(
        &mut self,
        wallet: usize,
        life: u32,
        partner: usize,
        letter: Letter,
    ) -> Result<(), Violation> {
        if self.wallets[wallet].life != life {
            return Ok(());
        }
        let now = self.now;
        let bytes = self.stamp(&letter)?;
        let letter = if letter.left {
            Some(letter)
        } else {
            let did = self.act(wallet, |rows| sim::released(rows, letter, now).map_err(Failure::from))?;
            let Some(released) = self.done(wallet, did)? else { return Ok(()) };
            released
        };
        let Some(letter) = letter else {
            self.tell_of(wallet, "does not send what was taken back");
            return self.stop_calling(wallet, partner);
        };
        let id = self.fresh_serial();
        let kind = PacketKind::Call { id, life, ticket: letter.how == How::Ticket };
        self.wallets[wallet].partners[partner].call = Some(Call { id, letter });
        self.send(Packet { from: wallet, to: partner, kind, bytes: bytes.into(), forged: Forged::No });
        self.schedule(OPEN_PATIENCE, Event::GiveUp { wallet, life, partner, call: id });
        Ok(())
    }

    pub(crate) fn stamp(&self, letter: &Letter) -> Result<Vec<u8>, Violation> {
        sim::stamped(letter, self.now).ok_or_else(|| Violation("a letter that cannot be read".to_owned()))
    }

    pub(crate) fn give_up(
        &mut self,
        wallet: usize,
        life: u32,
        partner: usize,
        call: u64,
    ) -> Result<(), Violation> {
        let holder = &mut self.wallets[wallet];
        let waits = holder.partners[partner].call.as_ref().is_some_and(|waiting| waiting.id == call);
        if holder.life != life || !waits {
            return Ok(());
        }
        holder.partners[partner].call = None;
        let name = self.name(partner);
        self.tell_of(wallet, &format!("gives up calling {name}"));
        self.fails_to_call(wallet, partner)
    }

    fn stop_calling(&mut self, wallet: usize, partner: usize) -> Result<(), Violation> {
        self.wallets[wallet].partners[partner].calling = false;
        self.post_soon(wallet);
        Ok(())
    }

    fn fails_to_call(&mut self, wallet: usize, partner: usize) -> Result<(), Violation> {
        let known = &mut self.wallets[wallet].partners[partner];
        let times = known.unanswered;
        known.calling = false;
        known.unanswered = known.unanswered.saturating_add(1);
        self.put_off(wallet, partner, times)
    }

    /// Letters to a partner wait for a while.
    pub(crate) fn put_off(&mut self, wallet: usize, partner: usize, times: u32) -> Result<(), Violation> {
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
        let did = self.act(wallet, |rows| sim::lapse(rows, now))?;
        if self.done(wallet, did)?.is_some() {
            self.post_soon(wallet);
        }
        Ok(())
    }
}
