//! Lies about entries.

use serde_json::json;
use tallystick_core::chit::{ChitLink, ChitObject, ComposeChit};
use tallystick_core::message::{Body, ChainCmd, ChainMessage};
use tallystick_core::{ChitId, Date, Digest, Half, Units};
use tallystick_testkit::TestSigner;

use super::Target;
use crate::net::Forged;
use crate::world::{Violation, World};

impl World {
    pub(super) fn compose(&mut self, at: &Target, by: Half) -> Option<ChitObject> {
        ChitObject::compose_tran(ComposeChit {
            uuid: ChitId::new(self.dice.uuid()),
            tally: at.id,
            by,
            date: Date::from_millis(self.now),
            units: Units::new(self.dice.between(1, 9_000)).ok(),
            memo: None,
            reference: None,
        })
        .ok()
    }

    /// The chit as if it stood at the end of the victim's chain.
    pub(super) fn linked(
        at: &Target,
        chit: &ChitObject,
        behind: u64,
        prior: Digest,
        new: bool,
    ) -> ChitObject {
        let index = at.seen.glance.head + behind + 1;
        let link = ChitLink { new, index, hash: chit.chain_hash(index, &prior), conf: at.seen.glance.agreed };
        chit.with_chain(link)
    }

    pub(super) fn head_hash(at: &Target) -> Digest {
        let bytes = at.seen.glance.head_hash.as_deref().and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(at.object.digest(), Digest::from_bytes)
    }

    pub(super) fn slip_chit(&mut self, at: &Target, chit: &ChitObject, forged: Forged) {
        let object = Self::linked(at, chit, 0, Self::head_hash(at), true);
        self.slip_body(at, Body::good(object), forged);
    }

    pub(super) fn pays_with_a_wrong_key(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(chit) = self.compose(at, at.half.other()) else { return Ok(()) };
        let chit = match self.dice.below(3) {
            0 => chit,
            1 => chit.with_signature(TestSigner::fresh().sign(&chit.signing_bytes())),
            // A real signature of theirs, over other bytes.
            _ => chit.with_signature(self.wallets[at.fraud].person.signer.sign(b"something else")),
        };
        self.slip_chit(at, &chit, Forged::Yes);
        Ok(())
    }

    pub(super) fn pays_in_the_victims_name(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(chit) = self.compose(at, at.half) else { return Ok(()) };
        let chit = chit.with_signature(self.wallets[at.fraud].person.signer.sign(&chit.signing_bytes()));
        if self.dice.chance(500) {
            self.slip_chit(at, &chit, Forged::Yes);
        } else {
            let listed = vec![Self::linked(at, &chit, 0, Self::head_hash(at), false)];
            self.slip_update(at, listed, Forged::Yes);
        }
        Ok(())
    }

    pub(super) fn pays_less_than_nothing(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(chit) = self.compose(at, at.half.other()) else { return Ok(()) };
        let units =
            [json!(-5_000), json!(0), json!(9_007_199_254_740_993_u64), json!(1.5), json!("7"), json!(1e300)];
        let units = units[self.dice.below(units.len())].clone();
        let signed = chit.with_signature(self.wallets[at.fraud].person.signer.sign(&chit.signing_bytes()));
        let linked = Self::linked(at, &signed, 0, Self::head_hash(at), true);
        let mut message = self.envelope(at, Body::good(linked)).to_value();
        message["object"]["units"] = units;
        self.slip(at, message, Forged::Yes);
        Ok(())
    }

    /// The first of the two is good; the second must not take its place, nor stand beside it.
    pub(super) fn promises_twice_under_one_name(&mut self, at: &Target) -> Result<(), Violation> {
        let Some(chit) = self.compose(at, at.half.other()) else { return Ok(()) };
        let mut raw = chit.raw().clone();
        raw["units"] = json!(raw["units"].as_i64().unwrap_or(0) + 1);
        let Ok(other) = ChitObject::parse(raw) else { return Ok(()) };
        for (chit, forged) in [(chit, Forged::No), (other, Forged::Clash)] {
            let signed =
                chit.with_signature(self.wallets[at.fraud].person.signer.sign(&chit.signing_bytes()));
            self.slip_chit(at, &signed, forged);
        }
        Ok(())
    }

    pub(super) fn slip_update(&mut self, at: &Target, chits: Vec<ChitObject>, forged: Forged) {
        let body =
            ChainMessage { tally: at.id, cmd: ChainCmd::Upd, index: None, hash: None, uuid: None, chits };
        self.slip_body(at, Body::Chain(body), forged);
    }

    /// `count` good chits of the fraud's, each behind the other.
    pub(super) fn series(&mut self, at: &Target, count: u64) -> Vec<ChitObject> {
        let mut prior = Self::head_hash(at);
        let mut series = Vec::new();
        for behind in 0..count {
            let Some(chit) = self.compose(at, at.half.other()) else { break };
            let signed =
                chit.with_signature(self.wallets[at.fraud].person.signer.sign(&chit.signing_bytes()));
            let linked = Self::linked(at, &signed, behind, prior, false);
            prior = linked.chain().map_or(prior, |link| link.hash);
            series.push(linked);
        }
        series
    }

    pub(super) fn updates_with_a_forgery_among_good(&mut self, at: &Target) -> Result<(), Violation> {
        let mut series = self.series(at, 3);
        let nth = self.dice.below(series.len());
        if let Some(chit) = series.get_mut(nth) {
            let link = chit.chain().copied();
            let stranger = TestSigner::fresh().sign(&chit.signing_bytes());
            let forged = chit.without_chain().with_signature(stranger);
            *chit = link.map_or_else(|| forged.clone(), |link| forged.with_chain(link));
        }
        self.slip_update(at, series, Forged::Yes);
        Ok(())
    }

    pub(super) fn updates_without_end(&mut self, at: &Target) -> Result<(), Violation> {
        let count = self.dice.between(1, 6).unsigned_abs();
        let series = self.series(at, count);
        let times = self.dice.below(4) + 1;
        for _ in 0..times {
            self.slip_update(at, series.clone(), Forged::No);
        }
        Ok(())
    }
}
