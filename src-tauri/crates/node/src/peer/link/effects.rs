//! What the link's machine wants done.

use std::collections::VecDeque;
use std::sync::Arc;

use tallystick_core::message::Envelope;
use tallystick_noise::{Answer, Effect, End, Input, Role, StaticKey};
use tokio::time::Instant;

use super::{Ended, LinkTask, monotonic};
use crate::lift::hears_strangers;
use crate::peer::door::Misdeed;
use crate::peer::roster::Door;
use crate::receive::{judge_ticket, knows};
use crate::view::Failure;
use crate::wallet::held;

impl LinkTask {
    pub(super) async fn perform(&mut self, effects: Vec<Effect>) -> Result<(), Ended> {
        let mut queue = VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            let answer = match effect {
                Effect::Transmit(bytes) => {
                    self.outlet.put(&bytes, Instant::now());
                    continue;
                }
                Effect::Caller(site) => {
                    let agent = site.agent;
                    self.claimed = Some(site);
                    let now = self.inner.now();
                    let known = self
                        .inner
                        .book
                        .read::<_, Failure>(
                            move |rows| Ok(knows(rows, agent)? || hears_strangers(rows, now)?),
                        )
                        .await?;
                    match (&self.guest, known) {
                        (Some(guest), true) => guest.named(),
                        (Some(guest), false) => guest.wrong(Misdeed::Unknown),
                        (None, _) => {}
                    }
                    if known { Answer::Recognise } else { Answer::Refuse }
                }
                Effect::Ticket { caller, payload } => {
                    if self.mark.is_none_or(|mark| self.inner.seen.knows(&mark)) {
                        self.replayed()
                    } else {
                        let answer = self.judge(caller, &payload).await?;
                        match answer {
                            Answer::Refuse => self.wrong(Misdeed::BadTicket),
                            // Of two that come at once, one is the replay of the other.
                            Answer::Accept(_)
                                if self.mark.is_none_or(|mark| !self.inner.seen.accept(mark)) =>
                            {
                                return Err(Ended::Closed("replayed"));
                            }
                            Answer::Accept(_) | Answer::Recognise => {}
                        }
                        answer
                    }
                }
                Effect::First { payload } => {
                    let Some(agent) = self.claimed.as_ref().map(|site| site.agent) else {
                        return Err(Ended::Closed("a first message from nobody"));
                    };
                    if self.mark.is_none_or(|mark| !self.inner.seen.accept(mark)) {
                        self.replayed()
                    } else {
                        self.take(vec![payload]).await?;
                        Answer::Accept(agent)
                    }
                }
                Effect::Received { payload } => {
                    self.take(vec![payload]).await?;
                    continue;
                }
                Effect::Opened => {
                    self.open().await?;
                    continue;
                }
                Effect::Closed(end) => {
                    if let End::Slow(_) = end {
                        self.wrong(Misdeed::Slow);
                    }
                    return Err(Ended::Closed(match end {
                        End::Idle => "idle",
                        End::Slow(_) => "slow",
                        End::Refused => "refused",
                    }));
                }
            };
            queue.extend(self.link.handle(Input::Answer(answer), monotonic())?);
        }
        Ok(())
    }

    /// Tells the doorkeeper what the peer did.
    pub(super) fn wrong(&self, what: Misdeed) {
        if let Some(guest) = &self.guest {
            guest.wrong(what);
        }
    }

    /// A first packet that was accepted before: whoever has it now recorded it.
    pub(super) fn replayed(&self) -> Answer {
        self.wrong(Misdeed::BadPacket);
        Answer::Refuse
    }

    /// A stranger with a ticket: kept in one transaction, or silence.
    pub(super) async fn judge(&mut self, caller: StaticKey, payload: &[u8]) -> Result<Answer, Ended> {
        let Ok(envelope) = Envelope::parse(payload) else {
            return Ok(Answer::Refuse);
        };
        let inner = Arc::clone(&self.inner);
        let now = inner.now();
        let accepted = self
            .inner
            .act(move |rows| {
                Ok(match judge_ticket(rows, &inner.me, &caller, &envelope, now)? {
                    Some((agent, happenings)) => (Some(agent), happenings),
                    None => (None, Vec::new()),
                })
            })
            .await?;
        Ok(accepted.map_or(Answer::Refuse, Answer::Accept))
    }

    pub(super) async fn open(&mut self) -> Result<(), Ended> {
        let Some(agent) = self.link.agent() else {
            return Err(Ended::Closed("open to nobody"));
        };
        let door = Door {
            bell: Arc::clone(&self.bell),
            slot: self.slot.0.clone(),
            lying: Arc::clone(self.ready.lying()),
        };
        let id = self.inner.roster.enter(agent, door, self.link.is_live());
        self.inner.lifts.is_here(agent);
        if let Some(guest) = &self.guest {
            guest.opened(agent);
        }
        self.look = true;
        self.entry = Some((agent, id));
        self.inner.counts.opened(self.link.role() == Role::Responder);
        if self.link.role() == Role::Responder {
            let from = self.stream.peer_addr().ok().map(|from| (self.inner.now(), from.ip()));
            held(&self.inner.reach).came_in = from;
        }
        self.turn(Vec::new(), true).await?;
        if !self.inner.roster.carries(agent, id) {
            // What its first message brought about leaves by another link.
            self.inner.summon(agent);
        }
        if let Some(call) = self.call.take() {
            // The caller may have given up waiting; the link serves all the same.
            let _ = call.opened.send(());
        }
        Ok(())
    }
}
