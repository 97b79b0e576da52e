//! Lies about what was agreed.

use serde_json::{Value, json};
use tallystick_core::Digest;
use tallystick_core::message::TallyAction;
use tallystick_core::tally::TallyObject;
use tallystick_testkit::TestSigner;

use super::Target;
use crate::cast;
use crate::net::Forged;
use crate::world::{Violation, World};

impl World {
    pub(super) fn opens_another_contract(&mut self, at: &Target) -> Result<(), Violation> {
        let other = Digest::from_bytes([9; 32]).to_string();
        let change = if self.dice.chance(500) {
            self.altered(at, |raw| raw["agree"] = json!(other))
        } else {
            let side = at.half.as_str();
            self.altered(at, |raw| raw[side]["terms"] = json!({"limit": 1_000_000}))
        };
        if let Some(object) = change {
            self.slip_body(at, Self::tally_body(TallyAction::Open, object), Forged::Yes);
        }
        Ok(())
    }

    pub(super) fn opens_with_another_key(&mut self, at: &Target) -> Result<(), Violation> {
        let half = if self.dice.chance(500) { at.half } else { at.half.other() };
        let Some(cert) = at.object.cert(half) else { return Ok(()) };
        let key = TestSigner::fresh();
        let name = cert.chad().cuid().to_owned();
        let swapped = cast::certificate(&name, cert.chad().agent(), key.public().clone());
        let object = at.object.with_certificate(half, swapped);
        let bytes = object.signing_bytes();
        // Both signatures check, each with the key that stands there now or with the old one.
        let mut object = self.sign(at.fraud, at.half.other(), &object);
        object = object.with_signature(half, key.sign(&bytes));
        if half == at.half {
            object = self.sign(at.fraud, at.half.other(), &object);
        }
        self.slip_body(at, Self::tally_body(TallyAction::Open, object), Forged::Yes);
        Ok(())
    }

    pub(super) fn opens_unsigned(&mut self, at: &Target) -> Result<(), Violation> {
        let mut object = at.object.without_signatures();
        if let Some(ours) = at.object.signature(at.half) {
            object = object.with_signature(at.half, *ours);
        }
        if self.dice.chance(500) {
            // Signed, but by nobody in the tally.
            let stranger = TestSigner::fresh().sign(&object.signing_bytes());
            object = object.with_signature(at.half.other(), stranger);
        }
        self.slip_body(at, Self::tally_body(TallyAction::Open, object), Forged::Yes);
        Ok(())
    }

    /// Whatever is in force cannot be taken back by a word; and nobody's but theirs at any time.
    pub(super) fn voids(&mut self, at: &Target) -> Result<(), Violation> {
        let in_force = crate::phases::in_force(&at.seen.glance.phase);
        let forged = if in_force { Forged::Yes } else { Forged::No };
        let object = at.object.clone();
        self.slip_body(at, Self::tally_body(TallyAction::Void, object), forged);
        Ok(())
    }

    pub(super) fn offers_unsigned(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(mut object) = self.altered(at, |raw| {
            raw["revision"] = json!(raw["revision"].as_u64().unwrap_or(0) + 1);
        }) else {
            return Ok(());
        };
        object = object.without_signatures();
        if self.dice.chance(500) {
            let stranger = TestSigner::fresh().sign(&object.signing_bytes());
            object = object.with_signature(at.half.other(), stranger);
        }
        self.slip_body(at, Self::tally_body(TallyAction::Offer, object), Forged::Yes);
        Ok(())
    }

    pub(super) fn offers_signed_by_both(&mut self, at: &Target) -> Result<(), Violation> {
        let next = |raw: &mut Value| raw["revision"] = json!(raw["revision"].as_u64().unwrap_or(0) + 1);
        let Some(object) = self.altered(at, next) else { return Ok(()) };
        let stranger = TestSigner::fresh().sign(&object.signing_bytes());
        let object = object.with_signature(at.half, stranger);
        self.slip_body(at, Self::tally_body(TallyAction::Offer, object), Forged::Yes);
        Ok(())
    }

    pub(super) fn offers_another_key(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(cert) = at.object.cert(at.half.other()) else { return Ok(()) };
        let key = TestSigner::fresh();
        let swapped = cast::certificate(cert.chad().cuid(), cert.chad().agent(), key.public().clone());
        let mut raw = at.object.with_certificate(at.half.other(), swapped).raw().clone();
        raw["revision"] = json!(raw["revision"].as_u64().unwrap_or(0) + 1);
        let Ok(object) = TallyObject::parse(raw) else { return Ok(()) };
        let object = object.with_signature(at.half.other(), key.sign(&object.signing_bytes()));
        self.slip_body(at, Self::tally_body(TallyAction::Offer, object), Forged::Yes);
        Ok(())
    }
}
