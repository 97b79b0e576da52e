//! Walks through anything recorded, finds tallies, chits, chain messages and ledger rows wherever they lie, and makes
//! every signature and hash in them again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tallystick_core::UserKey;

use crate::vectors::Report;
use crate::vectors::hashes::{core, digest, link, signed_by, unsigned};

/// What a folder tells about its tallies, all files together: a chit's key may stand in another file than the chit.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The two keys of each tally, from the certificates inside it.
    halves: BTreeMap<(String, String), Vec<UserKey>>,
    /// Every user key seen.
    pub(super) keys: Vec<UserKey>,
    /// Every signed chit, under its tally.
    chits: BTreeMap<String, Vec<Value>>,
    /// Hashes said to stand at a place of a tally's chain, by anyone.
    claimed: BTreeMap<(String, u64), BTreeSet<String>>,
    /// Hashes that follow from the recorded tallies and chits.
    derived: BTreeMap<(String, u64), BTreeSet<String>>,
}

impl Known {
    /// Takes in everything a file holds.
    pub(super) fn learn(&mut self, value: &Value) {
        each(value, "", &mut |_, value| self.learn_one(value));
    }

    fn learn_one(&mut self, value: &Value) {
        if let Ok(key) = UserKey::from_jwk(value)
            && !self.keys.contains(&key)
        {
            self.keys.push(key);
        }
        if let Some(tally) = tally_name(value) {
            for half in ["stock", "foil"] {
                let key =
                    value.get(half).and_then(|side| side.get("cert")).and_then(|cert| cert.get("public"));
                if let Some(key) = key.and_then(|jwk| UserKey::from_jwk(jwk).ok()) {
                    self.halves.entry((tally.to_owned(), half.to_owned())).or_default().push(key);
                }
            }
            if let Some(root) = digest(&unsigned(value)) {
                self.derived.entry((tally.to_owned(), 0)).or_default().insert(root);
            }
        }
        if let Some(tally) = chit_tally(value) {
            if value.get("sign").is_some_and(Value::is_string) {
                let chits = self.chits.entry(tally.to_owned()).or_default();
                if !chits
                    .iter()
                    .any(|known| core(known) == core(value) && known.get("sign") == value.get("sign"))
                {
                    chits.push(value.clone());
                }
            }
            for (index, hash) in places(value) {
                self.claimed.entry((tally.to_owned(), index)).or_default().insert(hash.to_owned());
            }
        }
        if let Some((tally, index, hash)) = predecessor(value) {
            self.claimed.entry((tally.to_owned(), index)).or_default().insert(hash.to_owned());
        }
        if let Some((tally, index, hash)) = statement(value) {
            self.claimed.entry((tally.to_owned(), index)).or_default().insert(hash.to_owned());
        }
    }

    /// Makes every chain hash that some recorded chit can have at some place.
    pub(super) fn derive(&mut self) {
        let places: BTreeSet<(String, u64)> =
            self.claimed.keys().filter(|(_, index)| *index > 0).cloned().collect();
        for (tally, index) in places {
            for prior in self.priors(&tally, index) {
                for chit in self.chits.get(&tally).into_iter().flatten() {
                    if let Some(hash) = digest(&link(chit, index, &prior)) {
                        self.derived.entry((tally.clone(), index)).or_default().insert(hash);
                    }
                }
            }
        }
    }

    /// The hashes that may come before a place: those that follow, or where none does, those that were claimed.
    fn priors(&self, tally: &str, index: u64) -> BTreeSet<String> {
        let before = (tally.to_owned(), index.saturating_sub(1));
        let claimed = self.claimed.get(&before).cloned().unwrap_or_default();
        let mut derived = self.derived.get(&before).cloned().unwrap_or_default();
        if index > 1 {
            // Of all that could follow, only what was said to stand there is worth following on.
            derived.retain(|hash| claimed.contains(hash));
        }
        if derived.is_empty() { claimed } else { derived }
    }

    /// The keys that may sign for one half of a tally: its own, or any if the tally itself is not recorded.
    pub(super) fn signers(&self, tally: &str, half: &str) -> &[UserKey] {
        self.halves.get(&(tally.to_owned(), half.to_owned())).map_or(&self.keys, Vec::as_slice)
    }
}

/// Checks everything a file holds.
pub(super) fn check(name: &str, value: &Value, known: &Known, report: &mut Report) {
    each(value, name, &mut |place, value| {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        if text("kty") == Some("EC") && text("crv") == Some("P-521") {
            report.check(place, UserKey::from_jwk(value).is_ok(), "the key is a point on the curve");
        }
        if tally_name(value).is_some() {
            check_tally(place, value, report);
        }
        if let Some(tally) = chit_tally(value) {
            check_chit(place, tally, value, known, report);
        }
        if let Some((tally, index, hash)) = statement(value) {
            check_statement(place, tally, index, hash, known, report);
        }
        check_row(place, value, report);
    });
}

fn check_tally(place: &str, tally: &Value, report: &mut Report) {
    let body = unsigned(tally);
    let Some(made) = digest(&body) else {
        report.check(place, false, "the tally has a number that cannot be hashed");
        return;
    };
    let sign = |name: &str| tally.get("sign").and_then(|sign| sign.get(name)).and_then(Value::as_str);
    for half in ["stock", "foil"] {
        if let Some(signature) = sign(half) {
            let key = tally.get(half).and_then(|side| side.get("cert")).and_then(|cert| cert.get("public"));
            let key = key.and_then(|jwk| UserKey::from_jwk(jwk).ok());
            report.check(place, signed_by(&body, signature, &key), &format!("the signature of the {half}"));
        }
    }
    if let Some(recorded) = sign("hash") {
        report.same(place, &made.as_str(), &recorded, "the tally's digest");
    }
}

fn check_chit(place: &str, tally: &str, chit: &Value, known: &Known, report: &mut Report) {
    let promise = core(chit);
    let text = |name: &str| chit.get(name).and_then(Value::as_str);
    if let Some(sign) = text("sign") {
        if text("type") == Some("lift") {
            report.skip(place, "the reference's lifts are signed by keys that are not recorded");
        } else {
            let keys = known.signers(tally, text("by").unwrap_or_default());
            report.check(place, signed_by(&promise, sign, keys), "the chit's signature");
        }
    }
    if let Some(recorded) = text("hash") {
        report.same(place, &digest(&promise).as_deref(), &Some(recorded), "the chit's digest");
    }
    for (index, hash) in places(chit) {
        let priors = match text("prior") {
            Some(prior) => BTreeSet::from([prior.to_owned()]),
            None => known.priors(tally, index),
        };
        let follows = priors.iter().any(|prior| digest(&link(chit, index, prior)).as_deref() == Some(hash));
        if priors.is_empty() && !stands_elsewhere(known, tally, index, hash) {
            report.skip(place, "the chain hash follows one that is not recorded");
        } else {
            report.check(place, follows, &format!("the chain hash at {index}"));
        }
    }
}

fn check_statement(place: &str, tally: &str, index: u64, hash: &str, known: &Known, report: &mut Report) {
    let derived = known.derived.get(&(tally.to_owned(), index));
    if derived.is_none() && !stands_elsewhere(known, tally, index, hash) {
        report.skip(place, "the hash spoken of follows from nothing recorded");
    } else {
        let follows = derived.is_some_and(|derived| derived.contains(hash));
        report.check(place, follows, &format!("the chain hash spoken of at {index}"));
    }
}

/// A row of the reference's ledger: a chit beside what it was hashed from.
fn check_row(place: &str, row: &Value, report: &mut Report) {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    if let (Some(promise), Some(recorded)) = (row.get("json_core"), text("digest")) {
        report.same(place, &digest(promise).as_deref(), &Some(recorded), "the row's digest");
    }
    if let (Some(linked), Some(recorded)) = (row.get("json_h"), text("dgst")) {
        report.same(place, &digest(linked).as_deref(), &Some(recorded), "the row's chain hash");
        let prior = linked.get("prior").and_then(Value::as_str);
        report.same(place, &prior, &text("prev"), "the row's prior");
        report.same(place, &linked.get("index"), &row.get("chain_idx"), "the row's index");
    }
}

/// Whether the same hash is said to stand at another place, or in another chain: then one of the two is wrong.
fn stands_elsewhere(known: &Known, tally: &str, index: u64, hash: &str) -> bool {
    let places = known.claimed.iter().chain(&known.derived);
    places.filter(|((other, at), _)| other != tally || *at != index).any(|(_, hashes)| hashes.contains(hash))
}

fn tally_name(value: &Value) -> Option<&str> {
    let whole = ["stock", "foil", "sign"].iter().all(|name| value.get(name).is_some_and(Value::is_object));
    value.get("uuid").and_then(Value::as_str).filter(|_| whole && value.get("version").is_some())
}

fn chit_tally(value: &Value) -> Option<&str> {
    let whole =
        ["by", "type", "uuid", "date"].iter().all(|name| value.get(name).is_some_and(Value::is_string));
    value.get("tally").and_then(Value::as_str).filter(|_| whole)
}

/// Where a chit says it lies, with the hash it has there.
fn places(chit: &Value) -> impl Iterator<Item = (u64, &str)> {
    let link = chit.get("chain");
    let index = link.and_then(|link| link.get("index")).and_then(Value::as_u64);
    let hash = link.and_then(|link| link.get("hash")).and_then(Value::as_str);
    index.zip(hash).into_iter()
}

/// What a record or a ledger row says stood before its chit.
fn predecessor(value: &Value) -> Option<(&str, u64, &str)> {
    let (chit, index, prior) = match value.get("wire_object") {
        Some(chit) => (chit, chit.get("chain")?.get("index"), value.get("chain_prior")),
        None => (value, value.get("index"), value.get("prior")),
    };
    let before = index.and_then(Value::as_u64)?.checked_sub(1)?;
    Some((chit_tally(chit)?, before, prior.and_then(Value::as_str)?))
}

/// What a chain message says about its sender's own chain. A `nak` speaks of somebody else's.
fn statement(value: &Value) -> Option<(&str, u64, &str)> {
    let cmd = value.get("cmd").and_then(Value::as_str).filter(|cmd| *cmd != "nak");
    let tally = value.get("tally").and_then(Value::as_str);
    let index = value.get("index").and_then(Value::as_u64);
    let hash = value.get("hash").and_then(Value::as_str);
    cmd.and(tally.zip(index).zip(hash)).map(|((tally, index), hash)| (tally, index, hash))
}

/// Visits every object, with the path to it.
fn each(value: &Value, place: &str, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            visit(place, value);
            for (name, member) in members {
                each(member, &format!("{place}/{name}"), visit);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                each(item, &format!("{place}/{at}"), visit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
