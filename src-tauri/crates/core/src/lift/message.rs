//! The words of a lift on the wire: `target:'lift'` (lifts.md 5).

use serde_json::{Value, json};

use crate::field;
use crate::ids::TallyId;
use crate::lift::dead_end::DeadEnd;
use crate::lift::object::{Core, LiftHash};
use crate::lift::paper::{BadPaper, Cert, Decision, Waive};
use crate::lift::plea::Plea;
use crate::lift::probe::{Match, Probe};
use crate::lift::promise::Promise;

/// The target of every message here.
pub const TARGET: &str = "lift";

/// One message about a lift, to a partner or to a referee.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Is there a way?
    Probe(Probe),
    /// There is.
    Match(Match),
    /// Not over me.
    DeadEnd(DeadEnd),
    /// This chit is yours if it is committed.
    Promise(Promise),
    /// I give your promise up.
    Waive(Waive),
    /// This was decided.
    Decision(Told),
    /// I have it.
    Ack(Ack),
    /// To the referee: commit.
    Claim(Plea),
    /// To the referee: void.
    Abort(Plea),
    /// To the referee: which?
    Status(Core),
}

/// What was decided, and to whom it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The decision.
    pub cert: Cert,
    /// On which tally it concerns the reader; a referee names none.
    pub tally: Option<TallyId>,
    /// What the teller had promised the reader: who never got it gets it with its commit, as it would from the chain.
    pub promise: Option<Box<Promise>>,
}

impl Told {
    fn to_value(&self) -> Value {
        let mut value = json!({"cert": self.cert.to_value()});
        if let Some(members) = value.as_object_mut() {
            members.extend(self.tally.map(|tally| ("tally".to_owned(), Value::from(tally.to_string()))));
            members.extend(self.promise.as_ref().map(|promise| ("promise".to_owned(), promise.to_value())));
        }
        value
    }
}

/// That something arrived, and is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ack {
    /// About which lift.
    pub lift: LiftHash,
    /// On which tally.
    pub tally: TallyId,
    /// What arrived.
    pub what: Arrived,
}

/// What arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arrived {
    /// The promise.
    Promise,
    /// The waive.
    Waive,
    /// The decision, and which.
    Decision(Decision),
}

impl Arrived {
    const ALL: [Self; 4] =
        [Self::Promise, Self::Waive, Self::Decision(Decision::Commit), Self::Decision(Decision::Void)];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Promise => "promise",
            Self::Waive => "waive",
            Self::Decision(Decision::Commit) => "commit",
            Self::Decision(Decision::Void) => "void",
        }
    }
}

impl Message {
    /// The action on the wire.
    pub const fn action(&self) -> &'static str {
        match self {
            Self::Probe(_) => "l1.probe",
            Self::Match(_) => "l1.match",
            Self::DeadEnd(_) => "l1.end",
            Self::Promise(_) => "l1.promise",
            Self::Waive(_) => "l1.waive",
            Self::Decision(_) => "l1.decision",
            Self::Ack(_) => "l1.ack",
            Self::Claim(_) => "l1.claim",
            Self::Abort(_) => "l1.abort",
            Self::Status(_) => "l1.status",
        }
    }

    /// The object on the wire.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Probe(probe) => probe.to_value(),
            Self::Match(found) => found.to_value(),
            Self::DeadEnd(end) => end.to_value(),
            Self::Promise(promise) => promise.to_value(),
            Self::Waive(waive) => waive.to_value(),
            Self::Decision(told) => told.to_value(),
            Self::Ack(ack) => json!({
                "l1": ack.lift.to_string(),
                "tally": ack.tally.to_string(),
                "what": ack.what.as_str(),
            }),
            Self::Claim(plea) | Self::Abort(plea) => plea.to_value(),
            Self::Status(core) => json!({"core": core.raw()}),
        }
    }

    /// Reads action and object; `None` for an action that is not known here.
    ///
    /// # Errors
    /// [`BadPaper`] naming what is wrong. Signatures are read here and checked by the machines.
    pub fn read(action: &str, object: &Value) -> Result<Option<Self>, BadPaper> {
        let members = object.as_object().ok_or(BadPaper::Form)?;
        Ok(Some(match action {
            "l1.probe" => Self::Probe(Probe::parse(object)?),
            "l1.match" => Self::Match(Match::parse(object)?),
            "l1.end" => Self::DeadEnd(DeadEnd::parse(object)?),
            "l1.promise" => Self::Promise(Promise::parse(object)?),
            "l1.waive" => Self::Waive(Waive::parse(object)?),
            "l1.decision" => {
                let promise = field::present(members, "promise").map(Promise::parse).transpose()?;
                Self::Decision(Told {
                    cert: Cert::parse(members.get("cert").unwrap_or(&Value::Null))?,
                    tally: field::optional_uuid(members, "tally")?.map(TallyId::new),
                    promise: promise.map(Box::new),
                })
            }
            "l1.ack" => {
                let word = field::text(members, "what")?;
                let what = Arrived::ALL.into_iter().find(|what| what.as_str() == word);
                Self::Ack(Ack {
                    lift: field::text(members, "l1")?.parse().map_err(|_| field::BadField("l1"))?,
                    tally: TallyId::new(field::uuid(members, "tally")?),
                    what: what.ok_or(field::BadField("what"))?,
                })
            }
            "l1.claim" => Self::Claim(Plea::parse(object)?),
            "l1.abort" => Self::Abort(Plea::parse(object)?),
            "l1.status" => Self::Status(Core::parse(members.get("core").cloned().unwrap_or_default())?),
            _ => return Ok(None),
        }))
    }
}
