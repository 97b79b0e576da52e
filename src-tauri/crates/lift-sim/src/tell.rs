//! A message in one line, for traces.

use tallystick_core::lift::{Decision, LiftHash, Message};

/// The first letters of a lift's name.
pub(crate) fn short(lift: LiftHash) -> String {
    lift.to_string().chars().take(5).collect()
}

/// What a message says.
pub(crate) fn message(message: &Message) -> String {
    match message {
        Message::Probe(probe) => format!("probe {:?} ttl {} budget {}", probe.way, probe.ttl, probe.budget),
        Message::Match(found) => format!("match {} hops", found.hops),
        Message::DeadEnd(end) => format!("no further {:?}", end.way),
        Message::Promise(promise) => {
            format!(
                "promise {} of {} on {}",
                short(promise.lift()),
                promise.core().units(),
                promise.chit().tally()
            )
        }
        Message::Waive(waive) => {
            format!("waive {} {:?} on {}", short(waive.lift()), waive.why(), waive.tally())
        }
        Message::Decision(told) => {
            let word = if told.cert.decision() == Decision::Commit { "commit" } else { "void" };
            format!(
                "{word} {} {}",
                short(told.cert.lift()),
                if told.tally.is_some() { "by a partner" } else { "by the referee" }
            )
        }
        Message::Ack(ack) => format!("ack {} {:?}", short(ack.lift), ack.what),
        Message::Claim(plea) => format!("claim {}", short(plea.core.hash())),
        Message::Abort(plea) => format!("abort {}", short(plea.core.hash())),
        Message::Status(core) => format!("status {}", short(core.hash())),
    }
}
