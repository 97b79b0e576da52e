//! Delegation: a settings chit says which key may sign lifts on its tally (lifts.md 3).
//!
//! The person signs it with the user key, like any other setting, and takes it back with `l1: null`. Without it a tally
//! takes no part.

use serde_json::{Value, json};

use crate::certificate::{BadCertificate, Certificate};
use crate::field::{self, BadField};
use crate::lift::key::LiftKey;
use crate::lift::object::{RefereeAddress, address, key};
use crate::settings::Settings;

/// "This key may sign lift chits on this tally within my settings."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The key.
    pub key: LiftKey,
    /// Referees that this side accepts, best first; at most [`MAX_REFEREES`].
    pub referees: Vec<RefereeAddress>,
    /// About how many tallies this side has, as a power of two, when it signs this. Believed by nobody: it only decides who is
    /// asked first.
    pub reach: Option<u32>,
}

impl Delegation {
    /// The member `l1` of the settings.
    pub fn to_value(&self) -> Value {
        let mut value = json!({"v": 1, "key": self.key.to_string(), "refs": referees_value(&self.referees)});
        if let (Some(reach), Some(members)) = (self.reach, value.as_object_mut()) {
            members.insert("reach".to_owned(), Value::from(reach));
        }
        value
    }

    /// Reads the member `l1` of settings.
    ///
    /// # Errors
    /// [`BadField`] naming what is missing, beyond its limits, or of a later version.
    pub fn parse(value: &Value) -> Result<Self, BadField> {
        let members = value.as_object().ok_or(BadField("l1"))?;
        if field::integer(members, "v")? != 1 {
            return Err(BadField("v"));
        }
        let reach = field::optional_integer(members, "reach")?;
        Ok(Self {
            key: key(members, "key")?,
            referees: referees(members.get("refs"))?,
            reach: reach.and_then(|reach| u32::try_from(reach).ok()).filter(|reach| *reach <= MAX_REACH),
        })
    }
}

impl Settings {
    /// The key this side delegated, if it takes part in lifts and what it says can be read.
    pub fn delegation(&self) -> Option<Delegation> {
        self.kept().get("l1").and_then(|said| Delegation::parse(said).ok())
    }
}

impl Certificate {
    /// This certificate, saying that a key may sign lifts in the tallies it is signed into, or saying nothing of it. A
    /// settings chit takes it back (`l1: null`), or replaces it.
    ///
    /// # Errors
    /// [`BadCertificate::Form`] if the whole grows too large.
    pub fn delegating(&self, delegation: Option<&Delegation>) -> Result<Self, BadCertificate> {
        let mut raw = self.raw().clone();
        if let Some(members) = raw.as_object_mut() {
            match delegation {
                Some(delegation) => members.insert("l1".to_owned(), delegation.to_value()),
                None => members.remove("l1"),
            };
        }
        Self::parse(raw)
    }

    /// The key that it says may sign lifts.
    pub fn delegation(&self) -> Option<Delegation> {
        self.raw().get("l1").and_then(|said| Delegation::parse(said).ok())
    }
}

/// A list of referees, on the wire.
pub(crate) fn referees_value(referees: &[RefereeAddress]) -> Value {
    let one = |referee: &RefereeAddress| json!({"key": referee.key.to_string(), "host": referee.host, "port": referee.port});
    referees.iter().map(one).collect()
}

/// Reads a list of referees.
pub(crate) fn referees(value: Option<&Value>) -> Result<Vec<RefereeAddress>, BadField> {
    let list = value.and_then(Value::as_array).filter(|list| list.len() <= MAX_REFEREES);
    list.ok_or(BadField("refs"))?.iter().map(address).collect()
}

/// A million tallies and more are all the same.
const MAX_REACH: u32 = 20;

/// More referees are not named in one place.
pub const MAX_REFEREES: usize = 4;
