//! This wallet as a referee: whoever asks is answered, and the answer is on disk before it leaves.

use tallystick_core::lift::bucket::Flow;
use tallystick_core::lift::referee::{Query, Verdict, judge};
use tallystick_core::lift::{Cert, Core, Message, Part, Plea, Told};
use tallystick_core::message::{Body, Envelope};
use tallystick_core::{AgentId, Chad, Date};
use tallystick_store::{How, LiftRow, NewLetter, Rows, StoreError};

use super::{Host, is_referee, serves_partners};
use crate::receive::{Taken, knows};

/// Questions that are answered at all, whoever asks them; the doorkeeper and the links count for each.
const QUESTIONS: Flow = Flow { most: 5_000, every: 5 };

/// What a message asks of a referee, if it does.
pub(super) fn query(message: &Message) -> Option<Query> {
    match message {
        Message::Claim(Plea { .. }) | Message::Abort(Plea { .. }) | Message::Status(_) => {}
        _ => return None,
    }
    Some(match message.clone() {
        Message::Claim(plea) => Query::Claim(plea),
        Message::Abort(plea) => Query::Abort(plea),
        Message::Status(core) => Query::Status(core),
        _ => return None,
    })
}

/// Decides, or says again what was decided; nothing if it is not decided, or not ours to decide.
pub(super) fn decide(
    rows: &Rows<'_>,
    host: &Host,
    query: &Query,
    now: i64,
) -> Result<Option<Cert>, StoreError> {
    #[cfg(feature = "bench")]
    if host.undecided {
        return Ok(None);
    }
    let core: &Core = query.core();
    let known = rows.decision(core.hash())?;
    Ok(match judge(query, known.as_ref(), &host.keys, Date::from_millis(now)) {
        Ok(Verdict::Stands(cert)) => Some(cert),
        Ok(Verdict::Decided(cert)) => {
            rows.put_decision(core, &cert, now)?;
            Some(cert)
        }
        Ok(Verdict::Open) | Err(_) => None,
    })
}

/// Whether we decide this for whoever asks: a referee for everybody does; anybody who takes part does for partners, and
/// for all who have to do with a lift that began here.
fn answers(rows: &Rows<'_>, agent: AgentId, query: &Query) -> Result<bool, StoreError> {
    if is_referee(rows)? {
        return Ok(true);
    }
    if !serves_partners(rows)? {
        return Ok(false);
    }
    let began = |row: LiftRow| row.record.part == Part::Originator;
    Ok(knows(rows, agent)? || rows.lift(query.core().hash())?.is_some_and(began))
}

/// Answers somebody else's question.
pub(super) fn answer(
    rows: &Rows<'_>,
    host: &Host,
    from: &Chad,
    query: &Query,
    now: i64,
) -> Result<Taken, StoreError> {
    let drop_it = |why| Ok(Taken::Dropped { why, strike: false });
    if !answers(rows, from.agent(), query)? {
        return drop_it("we decide nothing for them");
    }
    if !rows.take_tokens("judge", 1, QUESTIONS, now)? {
        return drop_it("too many questions to the referee");
    }
    let Some(cert) = decide(rows, host, query, now)? else {
        return drop_it("nothing to be said about this lift");
    };
    let key = format!("l1-judged:{}:{}", cert.lift(), from.agent());
    let told = Message::Decision(Told { cert, tally: None, promise: None });
    let body = Body::Lift(Box::new(told));
    let envelope = Envelope::new(from.clone(), host.me.chad().clone(), body);
    let message = envelope.to_value().to_string();
    rows.queue(&NewLetter { partner: from.agent(), key, tally: None, how: How::Once, message }, now)?;
    Ok(Taken::Answered(Vec::new()))
}
