//! Emptying the outbox: letters leave after their transaction, in order, until their answers settle them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tallystick_core::message::Envelope;
use tallystick_core::{AgentId, Date};
use tallystick_noise::{Address, Link};
use tallystick_store::{How, Letter, Rows, StoreError};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::link::{LinkTask, monotonic};
use super::roster::Parcel;
use crate::config::{Retry, may_link};
use crate::receive;
use crate::view::{Failure, Happening};
use crate::wallet::{Inner, Wallet, held};

/// Letters looked at in one go.
const BATCH: u32 = 256;

/// The longest sleep: clocks jump, laptops wake.
const LONGEST_SLEEP: i64 = 60_000;

/// How long a TCP connection may take to be made.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// How long the peer may take to answer a call: its own limit, and a second for the way.
const OPEN_PATIENCE: Duration = Duration::from_secs(11);

/// How often tickets and contacts are checked for having run out.
const HOUSEKEEPING: Duration = Duration::from_secs(2);

/// What is remembered of partners between two rounds.
#[derive(Debug, Default)]
struct Rounds {
    /// Partners somebody is delivering to at this moment: one round each, so that letters keep their order.
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

/// Sends what is due, for as long as the wallet is open.
pub(crate) async fn empty_outbox(inner: Arc<Inner>) {
    let rounds = Arc::new(Mutex::new(Rounds::default()));
    let now = inner.now();
    // A pause that an earlier run had begun means nothing to this one.
    if let Err(error) = inner.book.write::<_, StoreError>(move |rows| rows.hurry_all(now)).await {
        tracing::error!(%error, "the outbox cannot be read");
    }
    while !inner.stop.is_cancelled() {
        let now = inner.now();
        let asked =
            inner.book.read::<_, StoreError>(move |rows| Ok((rows.due(now, BATCH)?, rows.next_due(now)?)));
        let next = match asked.await {
            Ok((due, next)) => {
                hand_out(&inner, &rounds, due);
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
            () = inner.post.notified() => {}
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

fn hand_out(inner: &Arc<Inner>, rounds: &Arc<Mutex<Rounds>>, due: Vec<Letter>) {
    let mut by_partner: BTreeMap<AgentId, Vec<Letter>> = BTreeMap::new();
    for letter in due {
        by_partner.entry(letter.partner).or_default().push(letter);
    }
    for (partner, letters) in by_partner {
        if !held(rounds).busy.insert(partner) {
            continue;
        }
        let (inner, rounds) = (Arc::clone(inner), Arc::clone(rounds));
        inner.tasks.clone().spawn(async move {
            let outcome = tokio::select! {
                () = inner.stop.cancelled() => Ok(()),
                outcome = deliver(&inner, partner, letters) => outcome,
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
                let until = inner.now().saturating_add(inner.config.retry.pause(times, Inner::dice()));
                // Should this fail too, the letters are due at once and the next round meets the same error.
                if let Err(error) =
                    inner.book.write::<_, StoreError>(move |rows| rows.put_off(partner, until)).await
                {
                    tracing::error!(%error, "the outbox cannot be written");
                }
            }
            held(&rounds).busy.remove(&partner);
            inner.post.notify_one();
        });
    }
}

async fn deliver(inner: &Arc<Inner>, partner: AgentId, mut letters: Vec<Letter>) -> Result<(), NotSent> {
    if inner.roster.link(partner).is_some() {
        letters = release(inner, partner, letters).await?;
    }
    if inner.roster.link(partner).is_none() && !letters.is_empty() {
        // A partner that shares a tally with us takes a call; a ticket alone must open its own link.
        let at = letters.iter().position(|letter| letter.how != How::Ticket).unwrap_or(0);
        let first = letters.remove(at);
        match call(inner, &first).await {
            // Whatever else waits is looked at in the next round.
            Err(NotSent::TakenBack) => return Ok(()),
            called => called?,
        }
        note(inner, vec![first], true).await?;
    }
    let Some(link) = inner.roster.link(partner) else {
        return if letters.is_empty() { Ok(()) } else { Err(NotSent::NobodyAnswers) };
    };
    let mut sent = Vec::new();
    let mut outcome = Ok(());
    for letter in letters {
        let (done, left) = oneshot::channel();
        let parcel = Parcel { payload: stamped(&letter, inner.now())?, sent: done };
        if link.send(parcel).await.is_err() || left.await.is_err() {
            outcome = Err(NotSent::NobodyAnswers);
            break;
        }
        sent.push(letter);
    }
    note(inner, sent, false).await?;
    outcome
}

/// Writes down that letters are about to leave, and gives those that still wait: one may have been taken back, or
/// replaced, since it was read. From here on none of them can be.
async fn release(inner: &Arc<Inner>, partner: AgentId, letters: Vec<Letter>) -> Result<Vec<Letter>, Failure> {
    if letters.iter().all(|letter| letter.left) {
        return Ok(letters);
    }
    let now = inner.now();
    inner
        .book
        .write::<_, Failure>(move |rows| Ok(released(rows, partner, letters, now)?))
        .await
}

/// Lets go of whatever waits for a partner, and gives those of the letters that still wait.
pub(crate) fn released(
    rows: &Rows<'_>,
    partner: AgentId,
    letters: Vec<Letter>,
    now: i64,
) -> Result<Vec<Letter>, StoreError> {
    rows.release(partner, now)?;
    let mut waiting = Vec::new();
    for letter in letters {
        let still = rows.letter(&letter.key)?;
        waiting.extend(still.filter(|still| still.row == letter.row));
    }
    Ok(waiting)
}

/// Writes down what has left. `answered`: the peer's wallet has confirmed it by opening the link.
async fn note(inner: &Arc<Inner>, sent: Vec<Letter>, answered: bool) -> Result<(), Failure> {
    if sent.is_empty() {
        return Ok(());
    }
    let now = inner.now();
    let retry = inner.config.retry;
    inner
        .act(move |rows| {
            Ok::<_, Failure>(((), noted(rows, &sent, answered, retry, Inner::dice, now)?))
        })
        .await
}

/// Counts the try of each letter that left, and lets its tally know.
pub(crate) fn noted(
    rows: &Rows<'_>,
    sent: &[Letter],
    answered: bool,
    retry: Retry,
    mut dice: impl FnMut() -> u32,
    now: i64,
) -> Result<Vec<Happening>, Failure> {
    let mut happenings = Vec::new();
    for letter in sent {
        let next = now.saturating_add(retry.pause(letter.tries, dice()));
        rows.tried(letter.row, true, next)?;
        happenings.extend(receive::delivered(rows, letter, answered, now)?);
    }
    Ok(happenings)
}

/// Opens a link with this letter as its first message; returns once the peer has taken it.
async fn call(inner: &Arc<Inner>, letter: &Letter) -> Result<(), NotSent> {
    let payload = stamped(letter, inner.now())?;
    let (mut stream, address) = connect(whereabouts(inner, letter).await?).await?;
    if release(inner, letter.partner, vec![letter.clone()]).await?.is_empty() {
        return Err(NotSent::TakenBack);
    }
    let secret = inner.keys.agent();
    let made = match letter.how {
        How::Ticket => Link::initiate_ticket(secret, &letter.partner, &payload, monotonic()),
        How::UntilAnswered | How::Few | How::Once => {
            let own = inner.own_chad();
            let listening = held(&inner.reach).listening.is_some();
            let reachable = listening.then(|| Address::new(own.host(), own.port()).ok()).flatten();
            Link::initiate(secret, &letter.partner, reachable.as_ref(), &payload, monotonic())
        }
    };
    let (link, frames) = made.map_err(|error| {
        tracing::warn!(%error, "a call could not be made");
        NotSent::Unreadable
    })?;
    stream.write_all(&frames).await.map_err(|_| NotSent::NobodyAnswers)?;
    let (opened, open) = oneshot::channel();
    inner.tasks.spawn(LinkTask::outgoing(Arc::clone(inner), stream, link, address, opened).run());
    match tokio::time::timeout(OPEN_PATIENCE, open).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(NotSent::NobodyAnswers),
    }
}

/// Connects to the first address that answers.
async fn connect(addresses: Vec<Address>) -> Result<(TcpStream, Address), NotSent> {
    for address in addresses {
        let connect = TcpStream::connect((address.host(), address.port()));
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT_PATIENCE, connect).await
            && stream.peer_addr().is_ok_and(may_link)
        {
            return Ok((stream, address));
        }
    }
    Err(NotSent::NobodyAnswers)
}

/// Where the partner may be: proven first, then what was only claimed, else what its certificate says.
async fn whereabouts(inner: &Arc<Inner>, letter: &Letter) -> Result<Vec<Address>, NotSent> {
    let partner = letter.partner;
    let seen = inner.book.read::<_, Failure>(move |rows| Ok(rows.peer(partner)?)).await?;
    let places = match seen {
        Some(peer) => std::iter::once((peer.host, peer.port)).chain(peer.hint).collect(),
        None => {
            let envelope = Envelope::parse(letter.message.as_bytes()).map_err(|_| NotSent::Unreadable)?;
            vec![(envelope.to.host().to_owned(), envelope.to.port())]
        }
    };
    Ok(places.iter().filter_map(|(host, port)| Address::new(host, *port).ok()).collect())
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
