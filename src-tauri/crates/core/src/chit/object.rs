//! The chit as an object: one promise inside a tally (protocol.md 8).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::canonical;
use crate::certificate::json_size;
use crate::chit::{BadChit, ChitLink, ComposeChit, Kind};
use crate::date::Date;
use crate::field::{self, BadField};
use crate::ids::{ChitId, Digest, Half, TallyId};
use crate::lift::LiftSignature;
use crate::signature::{BadSignature, Checked, Signature, UserKey};
use crate::units::Units;

/// A chit object: the received JSON, kept as it is, beside a typed view of it.
#[derive(Clone, Debug)]
pub struct ChitObject(Arc<Parts>);

/// Shared between clones.
#[derive(Clone, Debug)]
struct Parts {
    raw: Value,
    uuid: ChitId,
    tally: TallyId,
    by: Half,
    kind: Kind,
    date: Date,
    units: Option<Units>,
    memo: Option<String>,
    sign: Option<Sign>,
    hash: Option<Digest>,
    link: Option<ChitLink>,
    /// The check that the signature passed, shared by clones of this very object.
    checked: Checked,
}

/// A signature on a chit: by a user key, or on a lift by its lift key.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sign {
    User(Signature),
    LiftKey(LiftSignature),
}

impl ChitObject {
    /// Reads a chit object and keeps the JSON as it came.
    ///
    /// # Errors
    /// [`BadChit`] naming what is wrong. The signature is read here and checked by [`ChitObject::verify`].
    pub fn parse(raw: Value) -> Result<Self, BadChit> {
        let members = raw.as_object().ok_or(BadChit::Form)?;
        canonical::check(&raw).map_err(|_| BadChit::Number)?;
        let kind = match members.get("type").and_then(Value::as_str) {
            Some("tran") => Kind::Tran,
            Some("set") => Kind::Set,
            Some("lift") => Kind::Lift,
            _ => return Err(BadChit::Kind),
        };
        let reference = field::present(members, "ref");
        if reference.is_some_and(|reference| json_size(reference) > MAX_REF)
            || (kind == Kind::Set && !reference.is_some_and(Value::is_object))
        {
            return Err(BadField("ref").into());
        }
        Ok(Self(Arc::new(Parts {
            uuid: ChitId::new(field::uuid(members, "uuid")?),
            tally: TallyId::new(field::uuid(members, "tally")?),
            by: field::half(members, "by")?,
            kind,
            date: field::date(members, "date")?,
            units: read_units(members, kind)?,
            memo: field::memo(members, "memo")?.map(str::to_owned),
            sign: read_sign(members, kind)?,
            hash: field::optional_digest(members, "hash")?,
            link: read_link(members)?,
            checked: Checked::default(),
            raw,
        })))
    }

    /// Makes an unsigned chit that moves value.
    ///
    /// # Errors
    /// [`BadChit`] if a part is out of its limits.
    pub fn compose_tran(parts: ComposeChit) -> Result<Self, BadChit> {
        Self::compose(Kind::Tran, parts)
    }

    /// Makes an unsigned chit that sets the signer's settings, which stand in `reference`.
    ///
    /// # Errors
    /// [`BadChit`] if a part is out of its limits, or if there are units.
    pub fn compose_set(parts: ComposeChit) -> Result<Self, BadChit> {
        Self::compose(Kind::Set, parts)
    }

    /// Makes an unsigned chit of any kind.
    ///
    /// # Errors
    /// [`BadChit`] if a part is out of its limits.
    pub fn compose(kind: Kind, parts: ComposeChit) -> Result<Self, BadChit> {
        let mut raw = json!({
            "uuid": parts.uuid.to_string(),
            "tally": parts.tally.to_string(),
            "by": parts.by.as_str(),
            "type": kind.as_str(),
            "date": parts.date.to_string(),
        });
        if let Value::Object(members) = &mut raw {
            let optional = [
                ("units", parts.units.map(|units| Value::from(units.milli()))),
                ("memo", parts.memo.map(Value::String)),
                ("ref", parts.reference),
            ];
            for (name, value) in optional {
                if let Some(value) = value {
                    members.insert(name.to_owned(), value);
                }
            }
        }
        Self::parse(raw)
    }

    /// The JSON as it came.
    pub fn raw(&self) -> &Value {
        &self.0.raw
    }

    /// The chit's name.
    pub fn uuid(&self) -> ChitId {
        self.0.uuid
    }

    /// The tally it belongs to.
    pub fn tally(&self) -> TallyId {
        self.0.tally
    }

    /// Who pledges the value, and signs.
    pub fn by(&self) -> Half {
        self.0.by
    }

    /// What it does.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// When it was made.
    pub fn date(&self) -> Date {
        self.0.date
    }

    /// How much it moves; nothing for settings.
    pub fn units(&self) -> Option<Units> {
        self.0.units
    }

    /// What is written on it.
    pub fn memo(&self) -> Option<&str> {
        self.0.memo.as_deref()
    }

    /// What it refers to: an invoice, or the settings.
    pub fn reference(&self) -> Option<&Value> {
        self.0.raw.get("ref").filter(|reference| !reference.is_null())
    }

    /// The user key's signature, unchecked.
    pub fn signature(&self) -> Option<&Signature> {
        match &self.0.sign {
            Some(Sign::User(signature)) => Some(signature),
            Some(Sign::LiftKey(_)) | None => None,
        }
    }

    /// The lift key's signature, unchecked.
    pub fn lift_signature(&self) -> Option<&LiftSignature> {
        match &self.0.sign {
            Some(Sign::LiftKey(signature)) => Some(signature),
            Some(Sign::User(_)) | None => None,
        }
    }

    /// The signature as it came, by whatever key.
    pub fn signature_text(&self) -> Option<&str> {
        self.0.raw.get("sign").and_then(Value::as_str)
    }

    /// The digest the sender claims, unchecked.
    pub fn claimed_digest(&self) -> Option<Digest> {
        self.0.hash
    }

    /// Where the sender says it lies in the chain.
    pub fn chain(&self) -> Option<&ChitLink> {
        self.0.link.as_ref()
    }

    /// What is signed and hashed: the promise itself, absent members left out.
    pub fn core(&self) -> Value {
        Value::Object(self.core_members().map(|(name, value)| (name.to_owned(), value.clone())).collect())
    }

    /// The bytes that the signature covers.
    pub fn signing_bytes(&self) -> Vec<u8> {
        canonical::signing_of_members(self.core_members())
    }

    /// The digest of the promise.
    pub fn digest(&self) -> Digest {
        canonical::sha256(&canonical::hashing_of_members(self.core_members()))
    }

    /// The chain hash at a place, after the chain hash before it (the tally's digest at 1).
    pub fn chain_hash(&self, index: u64, prior: &Digest) -> Digest {
        let (index, prior) = (Value::from(index), Value::String(prior.to_string()));
        let sign = self.0.raw.get("sign").filter(|sign| sign.is_string());
        let members = LINKED.into_iter().filter_map(|name| {
            let value = match name {
                "index" => Some(&index),
                "prior" => Some(&prior),
                "sign" => sign,
                _ => self.core_member(name),
            };
            value.map(|value| (name, value))
        });
        canonical::sha256(&canonical::hashing_of_members(members))
    }

    /// Checks the signature with the key of the pledging side, taken from the signed tally.
    ///
    /// A check that was passed is not made again for the same key, so whoever must be sure may ask as often as they
    /// like, and whoever has an idle core may ask before.
    ///
    /// # Errors
    /// [`BadSignature`] if there is none by a user key, or it is not this key's.
    pub fn verify(&self, key: &UserKey) -> Result<(), BadSignature> {
        self.0.checked.verify(key, &self.signing_bytes(), self.signature().ok_or(BadSignature)?)
    }

    /// Whether both make the same promise, signature and place in the chain aside.
    pub fn same_content(&self, other: &Self) -> bool {
        CORE.into_iter().all(|name| self.core_member(name) == other.core_member(name))
    }

    /// Whether both stand for the same value of the same lift, whenever they were signed.
    pub fn is_worth(&self, other: &Self) -> bool {
        let unlike = |name: &&str| !["date", "memo"].contains(name);
        CORE.into_iter().filter(unlike).all(|name| self.core_member(name) == other.core_member(name))
    }

    /// This chit, signed.
    #[must_use]
    pub fn with_signature(&self, signature: Signature) -> Self {
        let mut parts = Parts::clone(&self.0);
        parts.put("sign", Value::String(signature.to_string()));
        parts.sign = Some(Sign::User(signature));
        parts.checked = Checked::default();
        Self(Arc::new(parts))
    }

    /// This chit with a member beside it that is neither signed nor hashed.
    pub(crate) fn with_member(&self, name: &str, value: Value) -> Self {
        let mut parts = Parts::clone(&self.0);
        parts.put(name, value);
        Self(Arc::new(parts))
    }

    /// This chit, signed by a lift key.
    #[must_use]
    pub fn with_lift_signature(&self, signature: LiftSignature) -> Self {
        let mut parts = Parts::clone(&self.0);
        parts.put("sign", Value::String(signature.to_string()));
        parts.sign = Some(Sign::LiftKey(signature));
        Self(Arc::new(parts))
    }

    /// This chit with its place in the sender's chain.
    #[must_use]
    pub fn with_chain(&self, link: ChitLink) -> Self {
        let mut value = json!({"index": link.index, "hash": link.hash.to_string()});
        if let Value::Object(members) = &mut value {
            if link.new {
                members.insert("cmd".to_owned(), Value::from("new"));
            }
            if let Some(conf) = link.conf {
                members.insert("conf".to_owned(), Value::from(conf));
            }
        }
        let mut parts = Parts::clone(&self.0);
        parts.put("chain", value);
        parts.link = Some(link);
        Self(Arc::new(parts))
    }

    /// This chit with its own digest beside it, as an `upd` lists chits.
    #[must_use]
    pub fn with_digest(&self) -> Self {
        let digest = self.digest();
        let mut parts = Parts::clone(&self.0);
        parts.put("hash", Value::String(digest.to_string()));
        parts.hash = Some(digest);
        Self(Arc::new(parts))
    }

    /// The promise and its signature alone, without anything a sender adds about its chain.
    #[must_use]
    pub fn without_chain(&self) -> Self {
        let mut parts = Parts::clone(&self.0);
        if let Value::Object(members) = &mut parts.raw {
            members.remove("chain");
            members.remove("hash");
        }
        parts.link = None;
        parts.hash = None;
        Self(Arc::new(parts))
    }

    /// The promise and its signature alone, without what says why it is good.
    #[must_use]
    pub(crate) fn without_proof(&self) -> Self {
        let mut parts = Parts::clone(&self.without_chain().0);
        if let Value::Object(members) = &mut parts.raw {
            members.remove("l1");
        }
        Self(Arc::new(parts))
    }

    /// The members of the promise that are there, in the order of their names.
    fn core_members(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        CORE.into_iter().filter_map(|name| self.core_member(name).map(|value| (name, value)))
    }

    fn core_member(&self, name: &str) -> Option<&Value> {
        self.0.raw.get(name).filter(|value| !value.is_null())
    }
}

impl Parts {
    fn put(&mut self, name: &str, value: Value) {
        if let Value::Object(members) = &mut self.raw {
            members.insert(name.to_owned(), value);
        }
    }
}

impl PartialEq for ChitObject {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.raw == other.0.raw
    }
}

fn read_units(members: &Map<String, Value>, kind: Kind) -> Result<Option<Units>, BadChit> {
    let units = field::present(members, "units");
    match (kind, units) {
        (Kind::Set, None) => Ok(None),
        (Kind::Set, Some(_)) | (Kind::Tran | Kind::Lift, None) => Err(BadChit::Units),
        (Kind::Tran | Kind::Lift, Some(units)) => {
            let units =
                units.as_i64().and_then(|milli| Units::new(milli).ok()).filter(|units| units.is_positive());
            units.map(Some).ok_or(BadChit::Units)
        }
    }
}

fn read_sign(members: &Map<String, Value>, kind: Kind) -> Result<Option<Sign>, BadField> {
    let lift_key = |text: &str| text.len() == LIFT_SIGNATURE;
    match field::present(members, "sign") {
        None => Ok(None),
        Some(Value::String(text)) if kind == Kind::Lift && lift_key(text) => {
            text.parse().map(|signature| Some(Sign::LiftKey(signature))).map_err(|_| BadField("sign"))
        }
        Some(_) => field::signature(members, "sign").map(|signature| signature.map(Sign::User)),
    }
}

fn read_link(members: &Map<String, Value>) -> Result<Option<ChitLink>, BadField> {
    let Some(link) = field::present(members, "chain") else { return Ok(None) };
    let link = link.as_object().ok_or(BadField("chain"))?;
    let new = match field::present(link, "cmd").map(Value::as_str) {
        None => false,
        Some(Some("new")) => true,
        Some(_) => return Err(BadField("chain")),
    };
    let index = field::integer(link, "index")?;
    let hash = field::optional_digest(link, "hash")?.ok_or(BadField("hash"))?;
    Ok(Some(ChitLink { new, index, hash, conf: field::optional_integer(link, "conf")? }))
}

/// The members of the promise (protocol.md 5), in order.
const CORE: [&str; 8] = ["by", "date", "memo", "ref", "tally", "type", "units", "uuid"];

/// The members of a link of the chain, in order: the promise, its place, and the signature.
const LINKED: [&str; 11] =
    ["by", "date", "index", "memo", "prior", "ref", "sign", "tally", "type", "units", "uuid"];

/// The largest `ref`, in bytes of JSON (protocol.md 4).
pub const MAX_REF: usize = 16 * 1024;

/// Characters of an Ed25519 signature in base64url.
const LIFT_SIGNATURE: usize = 86;

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
