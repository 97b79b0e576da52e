//! Turns in the ledger: what the peer said goes in, and letters come out.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use tallystick_core::AgentId;
use tallystick_core::message::Envelope;
use tallystick_noise::{Effect, Input};
use tallystick_store::{Letter, Rows};
use tokio::time::Instant;

use super::{BURST_HALF, Ended, HEARD_EVERY, LinkTask, monotonic};
use crate::peer::check::check_all;
use crate::peer::post::stamped;
use crate::peer::turn::{Turn, Turned};
use crate::view::Failure;
use crate::wallet::{Inner, held};

impl LinkTask {
    /// Messages of a proven partner. What has no business here is dropped; the link stays.
    pub(super) async fn take(&mut self, payloads: Vec<Vec<u8>>) -> Result<(), Ended> {
        let Some(agent) = self.peer().filter(|_| !payloads.is_empty()) else {
            return Ok(());
        };
        if self.link.is_live()
            && !std::mem::replace(&mut self.lived, true)
            && let Some(guest) = &self.guest
        {
            guest.live();
        }
        self.inner.counts.heard(payloads.len());
        let (mut said, mut unreadable) = (Vec::with_capacity(payloads.len()), 0);
        for payload in payloads {
            match Envelope::parse(&payload) {
                Ok(envelope) => {
                    if let Some(sent) = envelope.last.as_ref().filter(|_| self.lived) {
                        held(&self.inner.clocks).heard(agent, sent.millis(), self.inner.now());
                    }
                    said.push(envelope);
                }
                Err(error) => {
                    tracing::debug!(%agent, %error, "an unreadable message was dropped");
                    unreadable += 1;
                }
            }
        }
        self.inner.counts.dropped(std::iter::repeat_n("unreadable", unreadable));
        self.pace(agent, unreadable, 0);
        if said.is_empty() {
            return Ok(());
        }
        // While we keep the first half of a burst, the second is being checked, and once the first is answered its
        // sender has something to do as well.
        let second = said.split_off(said.len().min(BURST_HALF.max(said.len() / 2)));
        let checks = self.keys.checks(&self.inner.book, agent, &said).await;
        let later = self.keys.checks(&self.inner.book, agent, &second).await;
        if second.is_empty() {
            check_all(checks).await;
            return self.turn(said, false).await;
        }
        let (first_checked, second_checked) = (check_all(checks), tokio::spawn(check_all(later)));
        first_checked.await;
        self.turn(said, false).await?;
        // Should it fail, the machine has more to check.
        let _ = second_checked.await;
        self.turn(second, false).await
    }

    /// One transaction: takes what was said, notes what has left, and fetches what leaves next.
    pub(super) async fn turn(&mut self, said: Vec<Envelope>, opening: bool) -> Result<(), Ended> {
        let Some(agent) = self.peer() else {
            return Ok(());
        };
        let now = self.inner.now();
        let live = self.link.is_live();
        let mut proven = None;
        if live && !self.address_noted {
            if let Some((agent, id)) = self.entry {
                self.inner.roster.prove(agent, id);
            }
            proven = self.link.proven_address().cloned();
            self.address_noted = true;
        }
        let hint = self.claimed.as_ref().filter(|_| !live && !said.is_empty());
        let hint = hint.and_then(|site| site.address.clone());
        let called = self.call.as_ref().filter(|_| opening);
        let reached = called.map(|call| call.address.clone());
        let opener = called.map(|call| call.opener.clone());
        let heard = live && (opening || !said.is_empty()) && now - self.heard_at >= HEARD_EVERY;
        if heard {
            self.heard_at = now;
        }
        let carries = self.entry.is_some_and(|(agent, id)| self.inner.roster.carries(agent, id));
        // What another link carries is not this one's to look for.
        self.look &= carries;
        let in_hand = (self.look && self.outlet.has_room()).then(|| self.outlet.in_hand());
        let looked = in_hand.is_some();
        let tried = self.outlet.take_tried();
        let turn = Turn { agent, now, said, reached, proven, hint, heard, opening, opener, tried, in_hand };
        let open = self.entry.is_some();
        let inner = Arc::clone(&self.inner);
        let act = move |rows: &Rows<'_>| -> Result<_, Failure> {
            let turned = turn.take(rows, &inner.ours())?;
            let mut mail = inner.pack(rows)?;
            if !open {
                mail.leave_to_opening(agent);
            }
            Ok((turned, mail))
        };
        let inner = Arc::clone(&self.inner);
        let turned = self.inner.book.write_then(act, move |mail| inner.dispatch(mail)).await?;
        turned.report(agent);
        self.inner.counts.dropped(turned.dropped.iter().map(|(why, _)| *why));
        self.pace(agent, turned.dropped.len(), turned.idle);
        let Turned { letters, more, happenings, again, failed, .. } = turned;
        self.inner.tell(happenings);
        self.inner.post.ring_at(again.unwrap_or(i64::MAX));
        if let Some(failure) = failed {
            return Err(failure.into());
        }
        if looked {
            self.look = more;
            self.collect();
            self.ready.fetched(letters, more);
        }
        self.give_out()?;
        self.write_now()
    }

    /// Counts messages that were dropped, or answered and led nowhere: too many of them, and the peer must wait.
    pub(super) fn pace(&mut self, agent: AgentId, dropped: usize, idle: usize) {
        if dropped + idle == 0 {
            return;
        }
        self.inner.keeper.count_dropped(dropped);
        let rest = self.inner.paces.spend(agent, dropped + idle, &self.inner.config.room, monotonic());
        if rest > 0 {
            self.rest = Some(Instant::now() + Duration::from_millis(rest));
        }
    }

    /// Writes what can be written without waiting: the peer should have its answer while we look at its next message.
    pub(super) fn write_now(&mut self) -> Result<(), Ended> {
        while !self.outlet.bytes().is_empty() {
            match self.stream.try_write(self.outlet.bytes()) {
                Ok(0) => return Err(Ended::HungUp),
                Ok(count) => self.outlet.wrote(count, Instant::now()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Takes in what has been handed over.
    pub(super) fn collect(&mut self) {
        while let Ok(letters) = self.slot.1.try_recv() {
            self.ready.handed(letters);
        }
    }

    /// Puts letters on their way, as far as there is room.
    pub(super) fn give_out(&mut self) -> Result<(), Ended> {
        self.collect();
        let now = self.inner.now();
        while self.outlet.has_room()
            && let Some(letter) = self.ready.next()
        {
            self.send(letter, now)?;
        }
        Ok(())
    }

    pub(super) fn send(&mut self, letter: Letter, now: i64) -> Result<(), Ended> {
        let payload = match stamped(&letter, now) {
            Ok(payload) => payload,
            Err(error) => {
                tracing::warn!(%error, "a letter cannot be sent");
                self.outlet.cannot(letter, Instant::now());
                return Ok(());
            }
        };
        match self.link.handle(Input::Send(&payload), monotonic()) {
            Ok(effects) => {
                self.inner.counts.said();
                let frames: Vec<Vec<u8>> = effects
                    .into_iter()
                    .filter_map(
                        |effect| if let Effect::Transmit(bytes) = effect { Some(bytes) } else { None },
                    )
                    .collect();
                self.outlet.post(&frames.concat(), letter, Instant::now());
                Ok(())
            }
            Err(error) if error.closes() => Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "a message could not be sent");
                self.outlet.cannot(letter, Instant::now());
                Ok(())
            }
        }
    }

    /// Writes down what a link that has ended did carry, and puts off what it did not.
    pub(super) async fn settle_up(&mut self, agent: AgentId) {
        let now = self.inner.now();
        let tried = self.outlet.take_tried();
        let broken = !self.outlet.in_hand().is_empty();
        if tried.is_empty() && !broken {
            return;
        }
        let turn = Turn {
            agent,
            now,
            said: Vec::new(),
            reached: None,
            proven: None,
            hint: None,
            heard: false,
            opening: false,
            opener: None,
            tried,
            in_hand: None,
        };
        let inner = Arc::clone(&self.inner);
        let noted = self.inner.book.write(move |rows| {
            let turned = turn.take(rows, &inner.ours())?;
            turned.report(agent);
            if broken {
                rows.put_off(agent, now.saturating_add(inner.config.retry.pause(0, Inner::dice())))?;
            }
            Ok::<_, Failure>(turned)
        });
        match noted.await {
            // Whoever looks after the outbox is woken anyway once this link has left the roster.
            Ok(turned) => self.inner.tell(turned.happenings),
            Err(failure) => tracing::error!(%failure, "what has left could not be noted"),
        }
    }
}
