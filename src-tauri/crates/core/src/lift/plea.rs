//! What the referee is asked for: claims and aborts (lifts.md 3).

use serde_json::{Value, json};

use crate::field::{self, BadField};
use crate::lift::key::{LiftSignature, Purpose, Signer, Tag};
use crate::lift::object::Core;
use crate::lift::paper::BadPaper;
use crate::signature::BadSignature;

/// A core with a signature over it: a claim or an abort.
#[derive(Clone, Debug, PartialEq)]
pub struct Plea {
    /// What it is about.
    pub core: Core,
    sign: LiftSignature,
}

impl Plea {
    /// Signs one.
    pub fn sign(core: Core, purpose: Purpose, tag: Tag, signer: &dyn Signer) -> Self {
        let sign = signer.sign(purpose, tag, &core.bytes());
        Self { core, sign }
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`BadPaper`] naming what is wrong.
    pub fn parse(value: &Value) -> Result<Self, BadPaper> {
        let members = value.as_object().ok_or(BadPaper::Form)?;
        let core = Core::parse(members.get("core").cloned().unwrap_or_default())?;
        let sign = field::text(members, "sign")?.parse().map_err(|_| BadField("sign"))?;
        Ok(Self { core, sign })
    }

    /// The wire form.
    pub fn to_value(&self) -> Value {
        json!({"core": self.core.raw(), "sign": self.sign.to_string()})
    }

    /// The signature, unchecked.
    pub const fn signature(&self) -> LiftSignature {
        self.sign
    }

    /// Checks a claim's signature, by the claim key of the core.
    ///
    /// # Errors
    /// [`BadSignature`] if it is not that key's.
    pub fn verify_claim(&self) -> Result<(), BadSignature> {
        self.core.claim().verify(Tag::Claim, &self.core.bytes(), &self.sign)
    }

    /// Checks an abort's signature, by the cancel key of the core.
    ///
    /// # Errors
    /// [`BadSignature`] if it is not that key's.
    pub fn verify_abort(&self) -> Result<(), BadSignature> {
        self.core.cancel().verify(Tag::Abort, &self.core.bytes(), &self.sign)
    }
}
