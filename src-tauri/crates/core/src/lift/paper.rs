//! What hops and referees hand each other beside promises: waives and certificates (lifts.md 3).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::canonical;
use crate::chit::BadChit;
use crate::date::Date;
use crate::field::{self, BadField};
use crate::ids::{ChitId, TallyId};
use crate::lift::key::{Checked, LiftKey, LiftSignature, Purpose, Signer, Tag};
use crate::lift::mutant::{self, Mutant};
use crate::lift::object::{BadCore, Core, LiftHash, key};
use crate::signature::BadSignature;

/// Why something is none of these papers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPaper {
    /// Not an object.
    #[error("not an object")]
    Form,
    /// A member is missing or out of its limits.
    #[error(transparent)]
    Field(#[from] BadField),
    /// The chit in it is none.
    #[error("the chit is wrong")]
    Chit(#[from] BadChit),
    /// The core in it is none.
    #[error("the core is wrong")]
    Core(#[from] BadCore),
    /// The chit is not the one that this core makes on this tally.
    #[error("chit and core do not belong together")]
    Mismatch,
}

/// A signed object without a type of its own: members and a signature over them.
#[derive(Clone, Debug, PartialEq)]
struct Sealed {
    members: Map<String, Value>,
    sign: LiftSignature,
}

impl Sealed {
    fn seal(members: Value, purpose: Purpose, tag: Tag, signer: &dyn Signer) -> Self {
        let sign = signer.sign(purpose, tag, &canonical::signing_of_checked(&members));
        let members = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        Self { members, sign }
    }

    fn parse(value: &Value) -> Result<Self, BadPaper> {
        canonical::check(value).map_err(|_| BadPaper::Form)?;
        let mut members = value.as_object().ok_or(BadPaper::Form)?.clone();
        let sign = field::text(&members, "sign")?.parse().map_err(|_| BadField("sign"))?;
        members.remove("sign");
        Ok(Self { members, sign })
    }

    fn verify(&self, key: &LiftKey, tag: Tag) -> Result<(), BadSignature> {
        let members = Value::Object(self.members.clone());
        key.verify(tag, &canonical::signing_of_checked(&members), &self.sign)
    }

    fn to_value(&self) -> Value {
        let mut members = self.members.clone();
        members.insert("sign".to_owned(), Value::from(self.sign.to_string()));
        Value::Object(members)
    }
}

/// The receiver of a promise gives it up in writing: no commit makes that chit good any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Waive {
    sealed: Sealed,
    lift: LiftHash,
    tally: TallyId,
    why: Why,
    checked: Checked,
}

/// Why a promise was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The tally takes no part now: closing, frozen, paused, or without a delegated key.
    Shut,
    /// Too little time is left, or too much.
    Time,
    /// The referee is not one that is accepted here.
    Referee,
    /// More than may come in.
    Gain,
    /// Nobody is known to pass it on to.
    Route,
    /// More than may go out.
    Give,
    /// Too much is held already.
    Full,
    /// It came round again.
    Loop,
    /// Not what the invoice or the circle is about.
    Terms,
    /// Further on, somebody gave it up.
    Beyond,
    /// A reason of a later version.
    Other,
}

impl Why {
    /// All that are known.
    pub const ALL: [Self; 10] = [
        Self::Shut,
        Self::Time,
        Self::Referee,
        Self::Gain,
        Self::Route,
        Self::Give,
        Self::Full,
        Self::Loop,
        Self::Terms,
        Self::Beyond,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shut => "shut",
            Self::Time => "time",
            Self::Referee => "referee",
            Self::Gain => "gain",
            Self::Route => "route",
            Self::Give => "give",
            Self::Full => "full",
            Self::Loop => "loop",
            Self::Terms => "terms",
            Self::Beyond => "beyond",
            Self::Other => "other",
        }
    }
}

impl Waive {
    /// Signs one with the receiver's delegated key.
    pub fn sign(lift: LiftHash, tally: TallyId, why: Why, signer: &dyn Signer) -> Self {
        let members = json!({
            "l1": lift.to_string(),
            "tally": tally.to_string(),
            "uuid": lift.chit(tally).to_string(),
            "why": why.as_str(),
        });
        let sealed = Sealed::seal(members, Purpose::Delegate, Tag::Waive, signer);
        Self { sealed, lift, tally, why, checked: Checked::default() }
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`BadPaper`] naming what is wrong.
    pub fn parse(value: &Value) -> Result<Self, BadPaper> {
        let sealed = Sealed::parse(value)?;
        let lift = hash(&sealed.members)?;
        let tally = TallyId::new(field::uuid(&sealed.members, "tally")?);
        if ChitId::new(field::uuid(&sealed.members, "uuid")?) != lift.chit(tally) {
            return Err(BadPaper::Mismatch);
        }
        let word = field::text(&sealed.members, "why")?;
        let why = Why::ALL.into_iter().find(|why| why.as_str() == word).unwrap_or(Why::Other);
        Ok(Self { sealed, lift, tally, why, checked: Checked::default() })
    }

    /// The wire form.
    pub fn to_value(&self) -> Value {
        self.sealed.to_value()
    }

    /// Which lift.
    pub const fn lift(&self) -> LiftHash {
        self.lift
    }

    /// On which tally.
    pub const fn tally(&self) -> TallyId {
        self.tally
    }

    /// Why.
    pub const fn why(&self) -> Why {
        self.why
    }

    /// Checks the receiver's signature.
    ///
    /// # Errors
    /// [`BadSignature`] if it is not this key's.
    pub fn verify(&self, key: &LiftKey) -> Result<(), BadSignature> {
        self.checked.verify(key, || self.sealed.verify(key, Tag::Waive))
    }
}

/// What a referee decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Every promise of this lift is good.
    Commit,
    /// None is.
    Void,
}

/// A referee's decision, signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Cert {
    sealed: Sealed,
    lift: LiftHash,
    decision: Decision,
    at: Date,
    referee: LiftKey,
    claim: Option<LiftSignature>,
    checked: Checked,
}

impl Cert {
    /// Signs a decision with the referee's key.
    ///
    /// A commit carries the claim it answers: without it nobody believes a commit, so that a referee alone cannot make
    /// anybody pay.
    pub fn sign(
        lift: LiftHash,
        decision: Decision,
        at: Date,
        claim: Option<LiftSignature>,
        signer: &dyn Signer,
    ) -> Self {
        let referee = signer.key(Purpose::Referee);
        let word = match decision {
            Decision::Commit => "commit",
            Decision::Void => "void",
        };
        let mut members = json!({
            "v": 1,
            "l1": lift.to_string(),
            "d": word,
            "at": at.to_string(),
            "ref": referee.to_string(),
        });
        if let (Some(claim), Some(members)) = (claim, members.as_object_mut()) {
            members.insert("claim".to_owned(), Value::from(claim.to_string()));
        }
        let sealed = Sealed::seal(members, Purpose::Referee, Tag::Cert, signer);
        Self { sealed, lift, decision, at, referee, claim, checked: Checked::default() }
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`BadPaper`] naming what is wrong.
    pub fn parse(value: &Value) -> Result<Self, BadPaper> {
        let sealed = Sealed::parse(value)?;
        if field::integer(&sealed.members, "v")? != 1 {
            return Err(BadField("v").into());
        }
        let decision = match field::text(&sealed.members, "d")? {
            "commit" => Decision::Commit,
            "void" => Decision::Void,
            _ => return Err(BadField("d").into()),
        };
        let (lift, at) = (hash(&sealed.members)?, field::date(&sealed.members, "at")?);
        let referee = key(&sealed.members, "ref")?;
        let claim = field::present(&sealed.members, "claim").and_then(Value::as_str);
        let claim = claim.map(str::parse).transpose().map_err(|_| BadField("claim"))?;
        Ok(Self { sealed, lift, decision, at, referee, claim, checked: Checked::default() })
    }

    /// The wire form.
    pub fn to_value(&self) -> Value {
        self.sealed.to_value()
    }

    /// Which lift.
    pub const fn lift(&self) -> LiftHash {
        self.lift
    }

    /// What was decided.
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// When, by the referee's clock.
    pub const fn at(&self) -> Date {
        self.at
    }

    /// The claim that a commit answers.
    pub const fn claim(&self) -> Option<&LiftSignature> {
        self.claim.as_ref()
    }

    /// Checks that this is the decision of the one referee that the core names, and for a commit that it was claimed.
    ///
    /// # Errors
    /// [`BadSignature`] if it is about another lift, by another referee, or not its signature.
    pub fn verify(&self, core: &Core) -> Result<(), BadSignature> {
        let named = &core.referee().key;
        if self.lift != core.hash() || (self.referee != *named && !mutant::is(Mutant::AnyReferee)) {
            return Err(BadSignature);
        }
        if mutant::is(Mutant::SkipCertSignature) {
            return Ok(());
        }
        self.checked.verify(&self.referee, || {
            if self.decision == Decision::Commit && !mutant::is(Mutant::CommitUnclaimed) {
                let claim = self.claim.as_ref().ok_or(BadSignature)?;
                core.claim().verify(Tag::Claim, &core.bytes(), claim)?;
            }
            self.sealed.verify(&self.referee, Tag::Cert)
        })
    }
}

macro_rules! as_value {
    ($name:ident) => {
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.sealed == other.sealed
            }
        }

        impl TryFrom<Value> for $name {
            type Error = BadPaper;

            fn try_from(value: Value) -> Result<Self, BadPaper> {
                Self::parse(&value)
            }
        }

        impl From<$name> for Value {
            fn from(paper: $name) -> Value {
                paper.to_value()
            }
        }
    };
}

as_value!(Waive);
as_value!(Cert);

fn hash(members: &Map<String, Value>) -> Result<LiftHash, BadField> {
    field::text(members, "l1")?.parse().map_err(|_| BadField("l1"))
}
