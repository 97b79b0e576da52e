//! Promises: the conditional chits that hops hand each other (lifts.md 3).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::chit::{ChitObject, ComposeChit, Kind};
use crate::date::Date;
use crate::ids::{Half, TallyId};
use crate::lift::key::{Checked, LiftKey, Purpose, Signer, Tag};
use crate::lift::mutant::{self, Mutant};
use crate::lift::object::{Core, LiftHash};
use crate::lift::paper::BadPaper;
use crate::signature::BadSignature;

/// A conditional chit: good only with a commit of the referee that its core names.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Promise {
    core: Core,
    chit: ChitObject,
    checked: Checked,
}

impl Promise {
    /// Signs one with the delegated key.
    ///
    /// # Errors
    /// [`BadPaper`] if the parts do not make a chit.
    pub fn sign(
        core: Core,
        tally: TallyId,
        by: Half,
        date: Date,
        signer: &dyn Signer,
    ) -> Result<Self, BadPaper> {
        let chit = ChitObject::compose(
            Kind::Lift,
            ComposeChit {
                uuid: core.hash().chit(tally),
                tally,
                by,
                date,
                units: Some(core.units()),
                memo: None,
                reference: Some(json!({"l1": core.hash().to_string()})),
            },
        )?;
        let signature = signer.sign(Purpose::Delegate, Tag::Chit, &chit.signing_bytes());
        Self::of(chit.with_lift_signature(signature), core)
    }

    /// Takes a chit and the core it must belong to.
    ///
    /// # Errors
    /// [`BadPaper::Mismatch`] if hash, name or amount are not the ones the core makes.
    pub fn of(chit: ChitObject, core: Core) -> Result<Self, BadPaper> {
        let hash = core.hash();
        let named = chit.reference().and_then(|reference| reference.get("l1")).and_then(Value::as_str);
        let fits = chit.kind() == Kind::Lift
            && chit.lift_signature().is_some()
            && chit.uuid() == hash.chit(chit.tally())
            && named == Some(hash.to_string().as_str())
            && (chit.units() == Some(core.units()) || mutant::is(Mutant::AmountUnread));
        if fits || mutant::is(Mutant::HashUnread) {
            Ok(Self { core, chit, checked: Checked::default() })
        } else {
            Err(BadPaper::Mismatch)
        }
    }

    /// Reads the wire's `{chit, core}`.
    ///
    /// # Errors
    /// [`BadPaper`] naming what is wrong.
    pub fn parse(value: &Value) -> Result<Self, BadPaper> {
        let core = Core::parse(value.get("core").cloned().unwrap_or_default())?;
        let chit = ChitObject::parse(value.get("chit").cloned().unwrap_or_default())?;
        Self::of(chit.without_chain(), core)
    }

    /// The wire's `{chit, core}`.
    pub fn to_value(&self) -> Value {
        json!({"chit": self.chit.raw(), "core": self.core.raw()})
    }

    /// What it is about.
    pub const fn core(&self) -> &Core {
        &self.core
    }

    /// The chit.
    pub const fn chit(&self) -> &ChitObject {
        &self.chit
    }

    /// The lift's name.
    pub fn lift(&self) -> LiftHash {
        self.core.hash()
    }

    /// Checks the giver's signature.
    ///
    /// # Errors
    /// [`BadSignature`] if it is not this key's.
    pub fn verify(&self, key: &LiftKey) -> Result<(), BadSignature> {
        self.checked.verify(key, || {
            let signature = self.chit.lift_signature().ok_or(BadSignature)?;
            key.verify(Tag::Chit, &self.chit.signing_bytes(), signature)
        })
    }
}

impl PartialEq for Promise {
    fn eq(&self, other: &Self) -> bool {
        self.core == other.core && self.chit == other.chit
    }
}

impl TryFrom<Value> for Promise {
    type Error = BadPaper;

    fn try_from(value: Value) -> Result<Self, BadPaper> {
        Self::parse(&value)
    }
}

impl From<Promise> for Value {
    fn from(promise: Promise) -> Value {
        promise.to_value()
    }
}
