//! Requests: asking, granting, refusing, taking back, running out (protocol.md 8).
//!
//! A request has a name for life. Asking again with other words carries a later date, and the latest date counts: so
//! an old message that comes late revives nothing.

use super::{Input, Known, Tally};
use crate::chit::{ChitObject, Kind};
use crate::date::Date;
use crate::effect::{Change, Effect, Keep, Subject};
use crate::message::{Body, ChitAction};
use crate::refusal::Refusal;
use crate::request::{MAX_WAITING, Request, RequestState};

impl Tally {
    pub(super) fn ask(
        &mut self,
        before: Option<Request>,
        chit: ChitObject,
        until: Option<Date>,
    ) -> Result<Vec<Effect>, Refusal> {
        if let Some(before) = &before
            && before.chit.same_content(&chit)
            && before.until == until
        {
            return Ok(Vec::new());
        }
        let again = before.as_ref().is_some_and(|before| {
            before.asked_by != self.0.mine
                || before.state == RequestState::Granted
                || before.chit.date() >= chit.date()
                || before.id() != chit.uuid()
        });
        if again || chit.by() == self.0.mine || chit.kind() != Kind::Tran || chit.signature_text().is_some() {
            return Err(Refusal::Stale);
        }
        if !self.0.phase.is_in_force() {
            return self.out_of_turn(&Input::Ask { before, chit, until });
        }
        if self.is_frozen() {
            return Err(Refusal::Frozen);
        }
        let times = before.map_or(1, |before| before.times.saturating_add(1));
        let asked_by = self.0.mine;
        let request = Request { chit, asked_by, state: RequestState::Waiting, until, reason: None, times };
        let send = self.request_message(&request, ChitAction::Pend, Keep::UntilAnswered)?;
        Ok(self.request_became(request).into_iter().chain([send]).collect())
    }

    pub(super) fn decline(
        &mut self,
        mut request: Request,
        reason: Option<String>,
    ) -> Result<Vec<Effect>, Refusal> {
        match request.state {
            RequestState::Waiting if request.asked_by != self.0.mine => {
                request.reason = reason;
                let request = request.into_state(RequestState::Refused);
                let send = self.request_message(&request, ChitAction::Void, Keep::Few)?;
                Ok(self.request_became(request).into_iter().chain([send]).collect())
            }
            RequestState::Refused => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Decline { request, reason }),
        }
    }

    pub(super) fn unask(&mut self, request: Request) -> Result<Vec<Effect>, Refusal> {
        match request.state {
            RequestState::Waiting | RequestState::Refused | RequestState::Lapsed
                if request.asked_by == self.0.mine =>
            {
                let request = request.into_state(RequestState::Withdrawn);
                let send = self.request_message(&request, ChitAction::Void, Keep::Few)?;
                Ok(self.request_became(request).into_iter().chain([send]).collect())
            }
            RequestState::Withdrawn => Ok(Vec::new()),
            _ => self.out_of_turn(&Input::Unask(request)),
        }
    }

    pub(super) fn lapse(&mut self, request: Request) -> Vec<Effect> {
        if request.state != RequestState::Waiting {
            return Vec::new();
        }
        let settle = Effect::Settle(Subject::Request(self.0.id, request.id()));
        self.request_became(request.into_state(RequestState::Lapsed)).into_iter().chain([settle]).collect()
    }

    /// The partner asks to be paid.
    pub(super) fn receive_pend(
        &mut self,
        chit: ChitObject,
        until: Option<Date>,
        known: &Known,
    ) -> Result<Vec<Effect>, Refusal> {
        if chit.by() != self.0.mine || chit.kind() != Kind::Tran || chit.tally() != self.0.id {
            return Err(Refusal::Misfit("a request asks the other side for value"));
        }
        if chit.signature_text().is_some() {
            return Err(Refusal::Misfit("a request is not signed"));
        }
        let before = known.requests.iter().find(|request| request.id() == chit.uuid());
        if before.is_some_and(|before| before.asked_by == self.0.mine) {
            return Err(Refusal::Misfit("a request of ours, asked by them"));
        }
        let paid = self.held(chit.uuid()).is_some()
            || known.chits.iter().any(|held| held.chit.uuid() == chit.uuid());
        match before {
            _ if paid => Ok(Vec::new()),
            _ if !self.0.phase.is_in_force() => self.too_late(&chit, before),
            Some(before) if before.chit.same_content(&chit) => match before.state {
                // They ask on because our answer never came.
                RequestState::Refused => {
                    Ok(vec![self.request_message(before, ChitAction::Void, Keep::Few)?])
                }
                _ => Ok(Vec::new()),
            },
            Some(before) if before.chit.date() >= chit.date() => Ok(Vec::new()),
            _ if known.waiting >= MAX_WAITING => Err(Refusal::Full),
            _ => Ok(self.request_became(Request {
                times: before.map_or(1, |before| before.times.saturating_add(1)),
                asked_by: self.0.mine.other(),
                state: RequestState::Waiting,
                until,
                reason: None,
                chit: unsigned(&chit),
            })),
        }
    }

    /// Nothing can be paid any more in a tally that has closed: whoever still asks is told so, and it stays refused
    /// should an entry of theirs open the tally again.
    fn too_late(&self, chit: &ChitObject, before: Option<&Request>) -> Result<Vec<Effect>, Refusal> {
        let refused = Request {
            chit: unsigned(chit),
            asked_by: self.0.mine.other(),
            state: RequestState::Refused,
            until: None,
            reason: None,
            times: before.map_or(1, |before| before.times),
        };
        let send = self.request_message(&refused, ChitAction::Void, Keep::Few)?;
        if before == Some(&refused) {
            return Ok(vec![send]);
        }
        Ok(self.request_became(refused).into_iter().chain([send]).collect())
    }

    /// The partner refuses what we asked for, or takes back what they asked for.
    pub(super) fn receive_void(
        &mut self,
        chit: ChitObject,
        reason: Option<String>,
        known: &Known,
    ) -> Result<Vec<Effect>, Refusal> {
        if chit.tally() != self.0.id || chit.kind() != Kind::Tran {
            return Err(Refusal::Misfit("only a request can be refused"));
        }
        let before = known.requests.iter().find(|request| request.id() == chit.uuid()).cloned();
        let settle = Effect::Settle(Subject::Request(self.0.id, chit.uuid()));
        match before {
            Some(mut request) if request.asked_by == self.0.mine => {
                if request.state != RequestState::Waiting || !request.chit.same_content(&chit) {
                    return Ok(Vec::new());
                }
                request.reason = reason;
                let refused = self.request_became(request.into_state(RequestState::Refused));
                Ok(refused.into_iter().chain([settle]).collect())
            }
            Some(request) => {
                let over = matches!(request.state, RequestState::Granted | RequestState::Withdrawn);
                if over || chit.date() < request.chit.date() {
                    return Ok(Vec::new());
                }
                let back = self.request_became(Request {
                    chit: unsigned(&chit),
                    ..request.into_state(RequestState::Withdrawn)
                });
                Ok(back.into_iter().chain([settle]).collect())
            }
            // Taken back before it came: remembered, so that it asks for nothing when it does.
            None if chit.by() == self.0.mine && known.waiting < MAX_WAITING => {
                let paid = self.held(chit.uuid()).is_some() || !known.chits.is_empty();
                if paid {
                    return Ok(Vec::new());
                }
                Ok(self.request_became(Request {
                    chit: unsigned(&chit),
                    asked_by: self.0.mine.other(),
                    state: RequestState::Withdrawn,
                    until: None,
                    reason,
                    times: 1,
                }))
            }
            None => Ok(Vec::new()),
        }
    }

    /// A good chit of the partner's settles what we asked for under its name, whatever became of that.
    pub(super) fn request_granted(&self, chit: &ChitObject, known: &Known) -> Vec<Effect> {
        let asked = known.requests.iter().find(|request| request.id() == chit.uuid());
        let Some(asked) = asked.filter(|asked| asked.state != RequestState::Granted) else {
            return Vec::new();
        };
        let settle = Effect::Settle(Subject::Request(self.0.id, chit.uuid()));
        let granted = asked.clone().into_state(RequestState::Granted);
        self.request_became(granted).into_iter().chain([settle]).collect()
    }

    fn request_became(&self, request: Request) -> Vec<Effect> {
        vec![Effect::Save(Change::Request(Box::new(request))), self.told()]
    }

    fn request_message(&self, request: &Request, action: ChitAction, keep: Keep) -> Result<Effect, Refusal> {
        let (reason, until) = match action {
            ChitAction::Void => (request.reason.clone(), None),
            ChitAction::Pend | ChitAction::Good => (None, request.until),
        };
        let body = Body::Chit { action, object: request.chit.clone(), reason, until };
        self.send(Subject::Request(self.0.id, request.id()), keep, body)
    }
}

/// The promise alone: whatever else a sender hangs on it means nothing in a request.
fn unsigned(chit: &ChitObject) -> ChitObject {
    ChitObject::parse(chit.core()).unwrap_or_else(|_| chit.without_chain())
}
