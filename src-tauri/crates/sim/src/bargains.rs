//! What people do before a tally is in force: offering, changing, taking back, accepting, refusing.

use serde_json::{Value, json};
use tallystick_core::tally::{Input, TallyObject};
use tallystick_core::{Half, TallyId};

use crate::world::{Violation, World};

impl World {
    pub(crate) fn offers(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, half, object)) = self.any_in(wallet, &["P.draft", "offer.draft"])? else {
            return Ok(false);
        };
        let object = if self.dice.chance(300) { self.changed(&object, half, 0) } else { object };
        self.offer(wallet, id, half, &object)
    }

    pub(crate) fn offer(
        &mut self,
        wallet: usize,
        id: TallyId,
        half: Half,
        object: &TallyObject,
    ) -> Result<bool, Violation> {
        self.tell_of(wallet, &format!("offers {} r{}", &id.to_string()[..8], object.revision()));
        let signed = self.sign(wallet, half, &object.without_signatures());
        self.decide(wallet, id, Input::Offer(signed))
    }

    /// Begins to change what the partner offers.
    pub(crate) fn revises(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, ..)) = self.any_in(wallet, &["P.offer"])? else { return Ok(false) };
        self.tell_of(wallet, &format!("revises {}", &id.to_string()[..8]));
        self.decide(wallet, id, Input::Revise)
    }

    /// Offers something else than the partner did, or than this wallet did itself.
    pub(crate) fn counters(&mut self, wallet: usize) -> Result<bool, Violation> {
        let offered = ["P.offer", "draft.offer", "H.offer"];
        let Some((id, half, object)) = self.any_in(wallet, &offered)? else { return Ok(false) };
        let changed = self.changed(&object, half, 1);
        self.offer(wallet, id, half, &changed)
    }

    pub(crate) fn withdraws(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, ..)) = self.any_in(wallet, &["draft.offer", "H.offer"])? else { return Ok(false) };
        self.tell_of(wallet, &format!("withdraws {}", &id.to_string()[..8]));
        self.decide(wallet, id, Input::Withdraw)
    }

    pub(crate) fn accepts(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, half, object)) = self.any_in(wallet, &["P.offer"])? else { return Ok(false) };
        if self.dice.chance(30) {
            return self.accepts_what_is_not_there(wallet, id, half, &object);
        }
        self.accept(wallet, id, half, &object)
    }

    pub(crate) fn accept(
        &mut self,
        wallet: usize,
        id: TallyId,
        half: Half,
        object: &TallyObject,
    ) -> Result<bool, Violation> {
        self.tell_of(wallet, &format!("accepts {} r{}", &id.to_string()[..8], object.revision()));
        let signed = self.sign(wallet, half, object);
        self.decide(wallet, id, Input::Accept(signed))
    }

    /// The sheet was open while the offer changed: what was signed is not what stands there now.
    fn accepts_what_is_not_there(
        &mut self,
        wallet: usize,
        id: TallyId,
        half: Half,
        object: &TallyObject,
    ) -> Result<bool, Violation> {
        let other = self.changed(object, half, 0);
        if other.same_content(object) {
            return Ok(false);
        }
        let signed = self.sign(wallet, half, &other);
        if self.decide(wallet, id, Input::Accept(signed))? && self.wallets[wallet].awake {
            return Err(Violation(format!("{} accepted what was not offered", self.name(wallet))));
        }
        Ok(true)
    }

    pub(crate) fn refuses(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, ..)) = self.any_in(wallet, &["P.draft", "P.offer", "offer.draft"])? else {
            return Ok(false);
        };
        self.refuse(wallet, id)
    }

    pub(crate) fn refuse(&mut self, wallet: usize, id: TallyId) -> Result<bool, Violation> {
        self.tell_of(wallet, &format!("refuses {}", &id.to_string()[..8]));
        self.decide(wallet, id, Input::Refuse(Some("not today".to_owned())))
    }

    /// The agreement with other words in it, so many revisions later.
    pub(crate) fn changed(&mut self, object: &TallyObject, half: Half, later: u32) -> TallyObject {
        let mut raw = object.without_signatures().raw().clone();
        raw["revision"] = Value::from(object.revision().saturating_add(later));
        if self.dice.chance(500) {
            raw["memo"] = json!(format!("version {}", self.dice.below(1_000)));
        } else {
            raw[half.as_str()]["terms"] = json!({"limit": self.dice.between(0, 500), "call": 14});
        }
        TallyObject::parse(raw).unwrap_or_else(|_| object.clone())
    }
}
