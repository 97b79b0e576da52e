//! Emptying the outbox: letters leave after their transaction, in order, until their answers settle them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tallystick_core::{AgentId, Date};
use tallystick_store::{Letter, Rows, StoreError};

use super::call::call;
use crate::lift;
use crate::view::Failure;
use crate::wallet::{Inner, Wallet, held};

/// The longest sleep: clocks jump, laptops wake.
const LONGEST_SLEEP: i64 = 60_000;

/// How often tickets and contacts are checked for having run out.
const HOUSEKEEPING: Duration = Duration::from_secs(2);

/// What is remembered of partners between two rounds.
#[derive(Debug, Default)]
struct Rounds {
    /// Partners somebody is calling at this moment: one call each.
    busy: BTreeSet<AgentId>,
    /// Calls in a row that nobody answered.
    unanswered: BTreeMap<AgentId, u32>,
}

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSent {
    #[error("nobody answers")]
    NobodyAnswers,
    #[error("the letter was taken back meanwhile")]
    TakenBack,
    #[error("the letter is unreadable")]
    Unreadable,
    #[error("the ledger refuses")]
    Ledger(#[from] Failure),
}

impl NotSent {
    /// For whoever looks after the node.
    const fn why(&self) -> &'static str {
        match self {
            Self::NobodyAnswers => "nobody answers",
            Self::TakenBack => "taken back",
            Self::Unreadable => "unreadable",
            Self::Ledger(_) => "the ledger refuses",
        }
    }
}

/// Sends what is due, for as long as the wallet is open.
pub(crate) async fn empty_outbox(inner: Arc<Inner>) {
    let rounds = Arc::new(Mutex::new(Rounds::default()));
    let now = inner.now();
    // A pause that an earlier run had begun means nothing to this one.
    if let Err(error) = inner.book.write::<_, StoreError>(move |rows| rows.hurry_all(now)).await {
        tracing::error!(%error, "the outbox cannot be read");
    }
    while !inner.stop.is_cancelled() {
        inner.post.awake();
        let now = inner.now();
        let asked =
            inner.book.read::<_, StoreError>(move |rows| Ok((rows.partners_due(now)?, rows.next_due(now)?)));
        let next = match asked.await {
            Ok((partners, next)) => {
                // An open link fetches its letters itself.
                for partner in partners.into_iter().filter(|partner| !inner.roster.ring(*partner)) {
                    call_partner(&inner, &rounds, partner);
                }
                next
            }
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                None
            }
        };
        let pause = next.map_or(LONGEST_SLEEP, |at| (at - now).clamp(1, LONGEST_SLEEP));
        tokio::select! {
            () = inner.stop.cancelled() => return,
            () = inner.post.sleep(now.saturating_add(pause)) => {}
            () = tokio::time::sleep(Duration::from_millis(pause.unsigned_abs())) => {}
        }
    }
}

/// Lets tickets and contacts run out, for as long as the wallet is open.
pub(crate) async fn keep_house(inner: Arc<Inner>) {
    loop {
        let now = inner.now();
        let due = inner.book.read::<_, StoreError>(move |rows| rows.anything_lapses(now)).await;
        if matches!(due, Ok(true))
            && let Err(failure) = Wallet::lapse(&inner).await
        {
            tracing::error!(%failure, "tickets could not be let run out");
        }
        tokio::select! {
            () = inner.stop.cancelled() => return,
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
    }
}

/// Calls a partner to whom letters are due; once the link is open, it fetches them.
fn call_partner(inner: &Arc<Inner>, rounds: &Arc<Mutex<Rounds>>, partner: AgentId) {
    if !held(rounds).busy.insert(partner) {
        return;
    }
    let (inner, rounds) = (Arc::clone(inner), Arc::clone(rounds));
    inner.tasks.clone().spawn(async move {
        inner.nearby.was_seen(partner);
        let outcome = loop {
            tokio::select! {
                () = inner.stop.cancelled() => break Ok(()),
                outcome = open_link(&inner, partner) => break outcome,
                // Where it is now is known better than where we were looking.
                () = inner.nearby.sighting(partner) => {}
            }
        };
        let unanswered = {
            let mut rounds = held(&rounds);
            match &outcome {
                Ok(()) => {
                    rounds.unanswered.remove(&partner);
                    None
                }
                Err(_) => {
                    let count = rounds.unanswered.entry(partner).or_default();
                    *count = count.saturating_add(1);
                    Some(*count - 1)
                }
            }
        };
        if let (Err(error), Some(times)) = (outcome, unanswered) {
            tracing::debug!(%partner, %error, "letters wait");
            inner.counts.unsent(error.why());
            inner.nearby.missed.notify_one();
            let now = inner.now();
            if matches!(error, NotSent::NobodyAnswers) {
                ask_others(&inner, partner, now).await;
            }
            let until = now.saturating_add(inner.config.retry.pause(times, Inner::dice()));
            let here = Arc::clone(&inner);
            let put_off = move |rows: &Rows<'_>| {
                // Asked in the transaction: whoever sees a partner notes it before making its letters due.
                let seen = here.nearby.was_seen(partner);
                rows.put_off(partner, if seen { now } else { until })
            };
            // Should this fail too, the letters are due at once and the next round meets the same error.
            if let Err(error) = inner.book.write::<_, StoreError>(put_off).await {
                tracing::error!(%error, "the outbox cannot be written");
            }
        }
        held(&rounds).busy.remove(&partner);
        inner.post.ring();
    });
}

/// What a partner that cannot be called was to be asked about a payment, others are.
async fn ask_others(inner: &Arc<Inner>, partner: AgentId, now: i64) {
    inner.lifts.is_gone(partner, now);
    let here = Arc::clone(inner);
    let act =
        move |rows: &Rows<'_>| match rows.apart(|rows| lift::unasked(rows, &here.lifts, partner, now))? {
            Ok(happenings) => Ok(((), happenings)),
            Err(error) => {
                tracing::error!(%partner, %error, "nobody else could be asked");
                Ok(((), Vec::new()))
            }
        };
    if let Err(failure) = inner.act(act).await {
        tracing::error!(%failure, "the outbox cannot be written");
    }
}

async fn open_link(inner: &Arc<Inner>, partner: AgentId) -> Result<(), NotSent> {
    let now = inner.now();
    let letter = inner.book.read::<_, Failure>(move |rows| Ok(rows.opener(partner, now)?)).await?;
    match letter {
        // A link that opened meanwhile has fetched it.
        None => Ok(()),
        Some(_) if inner.roster.ring(partner) => Ok(()),
        Some(letter) => match call(inner, letter).await {
            // Whatever else waits is looked at in the next round.
            Err(NotSent::TakenBack) => Ok(()),
            called => called,
        },
    }
}

/// The letter's message with the count and time of this try (protocol.md 4).
pub(crate) fn stamped(letter: &Letter, now: i64) -> Result<Vec<u8>, NotSent> {
    let mut message: Value = serde_json::from_str(&letter.message).map_err(|_| NotSent::Unreadable)?;
    let Value::Object(members) = &mut message else {
        return Err(NotSent::Unreadable);
    };
    members.insert("try".to_owned(), Value::from(letter.tries.saturating_add(1)));
    members.insert("last".to_owned(), Value::from(Date::from_millis(now).to_string()));
    Ok(message.to_string().into_bytes())
}
