//! Asking to be paid: a chit that somebody proposes and its payer may sign (protocol.md 8).

use crate::chit::ChitObject;
use crate::date::Date;
use crate::ids::{ChitId, Half};

/// Requests of one side that wait for the other's answer at once: more is a flood, not a bill.
pub const MAX_WAITING: usize = 64;

/// A request, seen from either side. Nothing in it is signed until it is granted.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The chit the payer is asked to sign: unsigned, pledged by the payer's half.
    pub chit: ChitObject,
    /// Who asks: the half that would receive.
    pub asked_by: Half,
    /// What became of it.
    pub state: RequestState,
    /// Until when it may be granted; each side lets it run out by its own clock.
    pub until: Option<Date>,
    /// Why it was refused, in the payer's words.
    pub reason: Option<String>,
    /// How often it was asked, from 1.
    pub times: u32,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestState {
    /// Nobody has answered.
    Waiting,
    /// Signed: it is an entry now.
    Granted,
    /// The payer said no.
    Refused,
    /// Its time is over.
    Lapsed,
    /// Whoever asked has taken it back.
    Withdrawn,
}

impl Request {
    /// Its name, and that of the entry it may become.
    pub fn id(&self) -> ChitId {
        self.chit.uuid()
    }

    /// The same request in another state.
    #[must_use]
    pub(crate) fn into_state(mut self, state: RequestState) -> Self {
        self.state = state;
        self
    }
}

impl RequestState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Granted, Self::Refused, Self::Lapsed, Self::Withdrawn];

    /// The word the ledger keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Lapsed => "lapsed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Text that names no state of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the state of a request")]
pub struct NotAState;

impl std::str::FromStr for RequestState {
    type Err = NotAState;

    fn from_str(text: &str) -> Result<Self, NotAState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(NotAState)
    }
}
