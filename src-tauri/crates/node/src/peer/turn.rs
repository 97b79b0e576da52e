//! One turn of a link in the ledger: what came in, what has left, and what is to leave next, in a single transaction.
//!
//! Many messages share a transaction, so that a burst costs one flush to disk; each stands or falls alone. Nothing is
//! answered before the transaction is durable: the letters of the answer are read in it and leave after it.

use std::collections::BTreeSet;
use std::sync::Arc;

use tallystick_core::message::Envelope;
use tallystick_core::{AgentId, Certificate};
use tallystick_noise::Address;
use tallystick_store::{Letter, Rows, Source, StoreError};

use super::announce::{Told, is_about_places};
use super::mail::give;
use super::outlet::Tried;
use crate::config::Retry;
use crate::lift::Host;
use crate::receive::{self, Taken, receive};
use crate::view::{Failure, Happening};

/// Letters given out in one turn: enough to fill a burst, few enough that messages coming in need not wait long.
const LETTERS: usize = 64;

/// What a link brings to its turn.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) agent: AgentId,
    pub(crate) now: i64,
    /// Messages that came, in order.
    pub(crate) said: Vec<Envelope>,
    /// Where we called and the partner answered.
    pub(crate) reached: Option<Address>,
    /// Where a partner that has proven to be alive says that it listens.
    pub(crate) proven: Option<Address>,
    /// Where a call claimed to come from.
    pub(crate) hint: Option<Address>,
    /// The partner has just been heard, and that is worth writing down.
    pub(crate) heard: bool,
    /// The link has just opened: pauses are over.
    pub(crate) opening: bool,
    /// The letter that opened the link: the peer's wallet has confirmed it.
    pub(crate) opener: Option<Letter>,
    /// Letters that left, or could not.
    pub(crate) tried: Vec<Tried>,
    /// Rows of letters that are leaving at this moment; nothing if none are to be fetched from the outbox.
    pub(crate) in_hand: Option<BTreeSet<i64>>,
}

/// What comes of it.
#[derive(Debug, Default)]
pub(crate) struct Turned {
    /// Letters fetched from the outbox, to leave now.
    pub(crate) letters: Vec<Letter>,
    /// More are due than these.
    pub(crate) more: bool,
    /// What the person may want to look at again.
    pub(crate) happenings: Vec<Happening>,
    /// When the first of the letters noted in this turn is due again.
    pub(crate) again: Option<i64>,
    /// The ledger could not take one of the messages; those after it were left alone.
    pub(crate) failed: Option<Failure>,
    /// Messages that had no business here: why, and whether their sender is to blame.
    pub(crate) dropped: Vec<(&'static str, bool)>,
    /// Messages that were answered and led nowhere.
    pub(crate) idle: usize,
    /// Deliveries whose tally could not take the news.
    pub(crate) unnoted: Vec<Failure>,
}

/// Whose turn it is.
pub(crate) struct Ours<'a> {
    /// Who we are.
    pub(crate) me: &'a Certificate,
    /// The newest list of our places, if partners are to know one.
    pub(crate) told: Option<Arc<Told>>,
    /// What lifts need; without it they are nothing to this wallet.
    pub(crate) lifts: Option<&'a Host>,
    /// Pauses between repetitions.
    pub(crate) retry: Retry,
    /// Any 32 random bits, for spreading pauses.
    pub(crate) dice: &'a dyn Fn() -> u32,
}

impl Ours<'_> {
    /// When a letter that was tried once more is due again.
    fn next_try(&self, letter: &Letter, now: i64) -> i64 {
        now.saturating_add(self.retry.pause(letter.tries, (self.dice)()))
    }
}

impl Turn {
    /// Takes the turn, inside a transaction.
    pub(crate) fn take(self, rows: &Rows<'_>, ours: &Ours<'_>) -> Result<Turned, Failure> {
        let Self { agent, now, .. } = self;
        let mut turned = Turned::default();
        if let Some(place) = &self.reached {
            rows.found_at(agent, place.host(), place.port(), now)?;
        }
        // Who only asks us as a referee leaves no trace but what was decided.
        let noteworthy = self.proven.is_some() || self.hint.is_some() || self.heard;
        let stranger = noteworthy && ours.lifts.is_some() && !receive::knows(rows, agent)?;
        for (place, source) in [(&self.proven, Source::Proven), (&self.hint, Source::Claimed)] {
            if let Some(place) = place.as_ref().filter(|_| !stranger) {
                rows.learn(agent, &[(place.host().to_owned(), place.port())], source, now)?;
            }
        }
        if self.heard && !stranger {
            rows.heard(agent, now)?;
        }
        if self.opening {
            rows.hurry(agent, now)?;
            turned.happened(vec![Happening::ConnectionChanged]);
        }
        // After the hurry: this one has just been sent.
        if let Some(opener) = &self.opener {
            turned.note(rows, ours, opener, true, now)?;
        }
        let telling = self.opener.as_ref().is_some_and(|opener| is_about_places(&opener.key));
        if let Some(told) = ours.told.as_ref().filter(|_| self.opening && !telling) {
            told.remind(rows, agent, now)?;
        }
        let alone = self.said.len() == 1;
        for envelope in self.said {
            let receive = |rows: &Rows<'_>| receive(rows, (ours.me, ours.lifts), agent, envelope, now);
            // One without neighbours falls with the whole turn.
            let taken = if alone { Ok(receive(rows)?) } else { rows.apart(receive)? };
            match taken {
                Ok(Taken::Kept(happenings)) => turned.happened(happenings),
                Ok(Taken::Answered(happenings)) => {
                    turned.idle += 1;
                    turned.happened(happenings);
                }
                Ok(Taken::Dropped { why, strike }) => turned.dropped.push((why, strike)),
                Err(error) => {
                    turned.failed = Some(error.into());
                    break;
                }
            }
        }
        // After the messages: a letter whose answer they brought needs no more notes.
        for Tried { letter, sent } in &self.tried {
            if !rows.still_waits(letter.row)? {
                continue;
            }
            if *sent {
                turned.note(rows, ours, letter, false, now)?;
            } else {
                turned.tried(rows, ours, letter, false, now)?;
            }
        }
        if let Some(in_hand) = self.in_hand {
            let limit = LETTERS + in_hand.len() + 1;
            let mut due = rows.due_to(agent, now, u32::try_from(limit).unwrap_or(u32::MAX))?;
            due.retain(|letter| !in_hand.contains(&letter.row));
            turned.more = due.len() > LETTERS;
            due.truncate(LETTERS);
            // From this commit on none of them can be taken back.
            rows.depart(due.iter().filter(|letter| !letter.left), now)?;
            due.iter().try_for_each(|letter| give(rows, letter, now))?;
            turned.letters = due;
        }
        Ok(turned)
    }
}

impl Turned {
    /// Writes down that a letter has left; `answered` if the peer's wallet has confirmed it.
    fn note(
        &mut self,
        rows: &Rows<'_>,
        ours: &Ours<'_>,
        letter: &Letter,
        answered: bool,
        now: i64,
    ) -> Result<(), StoreError> {
        self.tried(rows, ours, letter, true, now)?;
        // A machine that cannot take the news must not keep every later letter from being sent.
        match rows.apart(|rows| receive::delivered(rows, letter, answered, now))? {
            Ok(happenings) => self.happened(happenings),
            Err(failure) => self.unnoted.push(failure),
        }
        Ok(())
    }

    /// For the log: what was not as it should be.
    pub(crate) fn report(&self, agent: AgentId) {
        for (why, strike) in &self.dropped {
            tracing::debug!(%agent, why, strike, "a message was dropped");
        }
        for failure in &self.unnoted {
            tracing::error!(%failure, "a delivery could not be noted");
        }
    }

    fn tried(
        &mut self,
        rows: &Rows<'_>,
        ours: &Ours<'_>,
        letter: &Letter,
        sent: bool,
        now: i64,
    ) -> Result<(), StoreError> {
        let next = ours.next_try(letter, now);
        self.again = Some(self.again.map_or(next, |again| again.min(next)));
        rows.tried(letter.row, sent, next)
    }

    fn happened(&mut self, happenings: Vec<Happening>) {
        for happening in happenings {
            if !self.happenings.contains(&happening) {
                self.happenings.push(happening);
            }
        }
    }
}
