//! The tally as an object: what two people sign (protocol.md 7).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::canonical;
use crate::certificate::{BadCertificate, Certificate};
use crate::date::Date;
use crate::field::{self, BadField};
use crate::ids::{Digest, Half, TallyId};
use crate::signature::{BadSignature, Signature};
use crate::terms::{BadTerms, Terms};

/// A tally object: the received JSON, kept as it is for signatures and hashes, beside a typed view of it.
#[derive(Clone, Debug)]
pub struct TallyObject(Arc<Parts>);

/// Shared between clones.
#[derive(Clone, Debug)]
struct Parts {
    raw: Value,
    uuid: TallyId,
    revision: u32,
    date: Date,
    memo: Option<String>,
    stock: Side,
    foil: Side,
    sign_stock: Option<Signature>,
    sign_foil: Option<Signature>,
}

/// One side of a tally: who holds it and what that holder grants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// Who holds this half; missing until a ticket is used.
    pub cert: Option<Certificate>,
    /// What this side grants to the other.
    pub terms: Terms,
}

/// The parts of a tally of our own making; it starts unsigned.
#[derive(Clone, Debug)]
pub struct ComposeTally {
    /// A fresh name for the tally, or the old one for a counter-offer.
    pub uuid: TallyId,
    /// 1 for a first draft, one more for every counter-offer.
    pub revision: u32,
    /// When the draft was made.
    pub date: Date,
    /// What the two write on it.
    pub memo: Option<String>,
    /// The hash of the contract's exact text.
    pub agree: Digest,
    /// The vendor's side.
    pub stock: Side,
    /// The client's side.
    pub foil: Side,
}

/// What one side changes in a counter-offer.
#[derive(Clone, Debug)]
pub struct Revision {
    /// One more than what is answered, or 1 for a draft nobody has offered yet.
    pub number: u32,
    /// What the two write on it.
    pub memo: Option<String>,
    /// Whose terms and certificate follow.
    pub half: Half,
    /// What this side grants now.
    pub terms: Terms,
    /// What this side says about itself, if that changes too.
    pub cert: Option<Certificate>,
}

/// Why something is not a tally object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTally {
    /// Not an object.
    #[error("the tally is not an object")]
    Form,
    /// A version other than 1.
    #[error("the tally is of an unknown version")]
    Version,
    /// A member is missing or out of its limits.
    #[error(transparent)]
    Field(#[from] BadField),
    /// A certificate is wrong.
    #[error("the certificate of the {half} is wrong")]
    Certificate {
        /// Whose certificate it is.
        half: Half,
        /// What is wrong with it.
        #[source]
        why: BadCertificate,
    },
    /// The terms of a side are wrong.
    #[error("the terms of the {half} are wrong")]
    Terms {
        /// Whose terms they are.
        half: Half,
        /// What is wrong with them.
        #[source]
        why: BadTerms,
    },
    /// A number that cannot be signed over.
    #[error("a number in the tally cannot be signed")]
    Number,
}

/// Why a half of a tally does not count as signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// There is no signature.
    #[error("the {0} has not signed")]
    NoSignature(Half),
    /// There is no certificate with a key to check the signature by.
    #[error("the {0} has no certificate")]
    NoCertificate(Half),
    /// The signature is not over this tally, or not by this key.
    #[error("the signature of the {0} is wrong")]
    Wrong(Half),
}

impl TallyObject {
    /// Reads a tally object and keeps the JSON as it came.
    ///
    /// # Errors
    /// [`BadTally`] naming what is wrong. Signatures are read here and checked by [`TallyObject::verify`].
    pub fn parse(raw: Value) -> Result<Self, BadTally> {
        let members = raw.as_object().ok_or(BadTally::Form)?;
        canonical::check(&raw).map_err(|_| BadTally::Number)?;
        if members.get("version").and_then(Value::as_u64) != Some(1) {
            return Err(BadTally::Version);
        }
        let revision = field::integer(members, "revision")?;
        let revision =
            u32::try_from(revision).ok().filter(|revision| *revision > 0).ok_or(BadField("revision"))?;
        let uuid = TallyId::new(field::uuid(members, "uuid")?);
        let date = field::date(members, "date")?;
        let memo = field::memo(members, "memo")?.map(str::to_owned);
        field::agree(members)?;
        let stock = read_side(members, Half::Stock)?;
        let foil = read_side(members, Half::Foil)?;
        let (sign_stock, sign_foil) = read_signatures(members)?;
        Ok(Self(Arc::new(Parts { uuid, revision, date, memo, stock, foil, sign_stock, sign_foil, raw })))
    }

    /// Makes an unsigned tally with the members the reference writes.
    ///
    /// # Errors
    /// [`BadTally`] if a part is out of its limits.
    pub fn compose(parts: ComposeTally) -> Result<Self, BadTally> {
        let side = |side: Side| json!({"cert": side.cert.map_or(Value::Null, |cert| cert.raw().clone()), "terms": side.terms.raw()});
        Self::parse(json!({
            "version": 1,
            "revision": parts.revision,
            "uuid": parts.uuid.to_string(),
            "date": parts.date.to_string(),
            "memo": parts.memo,
            "agree": parts.agree.to_string(),
            "stock": side(parts.stock),
            "foil": side(parts.foil),
            "sign": {"hash": null, "stock": null, "foil": null},
        }))
    }

    /// The JSON as it came, signatures included.
    pub fn raw(&self) -> &Value {
        &self.0.raw
    }

    /// The tally's name.
    pub fn uuid(&self) -> TallyId {
        self.0.uuid
    }

    /// How often the offer has been changed, from 1.
    pub fn revision(&self) -> u32 {
        self.0.revision
    }

    /// When the draft was made.
    pub fn date(&self) -> Date {
        self.0.date
    }

    /// What the two wrote on it.
    pub fn memo(&self) -> Option<&str> {
        self.0.memo.as_deref()
    }

    /// The contract reference as it came: a hash, or the reference's object.
    pub fn agree(&self) -> &Value {
        self.0.raw.get("agree").unwrap_or(&Value::Null)
    }

    /// The hash of the contract's text, where the tally names it by hash.
    pub fn agree_hash(&self) -> Option<Digest> {
        self.agree().as_str().and_then(|hash| hash.parse().ok())
    }

    /// One side: certificate and terms.
    pub fn side(&self, half: Half) -> &Side {
        match half {
            Half::Stock => &self.0.stock,
            Half::Foil => &self.0.foil,
        }
    }

    /// The certificate of one side.
    pub fn cert(&self, half: Half) -> Option<&Certificate> {
        self.side(half).cert.as_ref()
    }

    /// What one side grants.
    pub fn terms(&self, half: Half) -> &Terms {
        &self.side(half).terms
    }

    /// The object without `sign`: what is signed and hashed.
    pub fn unsigned(&self) -> Value {
        let mut members = self.0.raw.as_object().cloned().unwrap_or_default();
        members.remove("sign");
        Value::Object(members)
    }

    /// The bytes that signatures cover.
    pub fn signing_bytes(&self) -> Vec<u8> {
        canonical::signing_of_checked(&self.unsigned())
    }

    /// The digest: block 0 of the chain.
    pub fn digest(&self) -> Digest {
        canonical::sha256(&canonical::hashing_of_checked(&self.unsigned()))
    }

    /// The signature of one half, unchecked.
    pub fn signature(&self, half: Half) -> Option<&Signature> {
        match half {
            Half::Stock => self.0.sign_stock.as_ref(),
            Half::Foil => self.0.sign_foil.as_ref(),
        }
    }

    /// This tally with a signature put in; the other half's stays.
    #[must_use]
    pub fn with_signature(&self, half: Half, signature: Signature) -> Self {
        let mut parts = Parts::clone(&self.0);
        parts.put_signature(half, Some(signature));
        Self(Arc::new(parts))
    }

    /// This tally without any signature.
    #[must_use]
    pub fn without_signatures(&self) -> Self {
        let mut parts = Parts::clone(&self.0);
        parts.put_signature(Half::Stock, None);
        parts.put_signature(Half::Foil, None);
        Self(Arc::new(parts))
    }

    /// This tally with a certificate put in on one half; signatures go, since they no longer fit.
    #[must_use]
    pub fn with_certificate(&self, half: Half, cert: Certificate) -> Self {
        let mut parts = Parts::clone(&self.without_signatures().0);
        if let Some(Value::Object(side)) = parts.raw.get_mut(half.as_str()) {
            side.insert("cert".to_owned(), cert.raw().clone());
        }
        match half {
            Half::Stock => parts.stock.cert = Some(cert),
            Half::Foil => parts.foil.cert = Some(cert),
        }
        Self(Arc::new(parts))
    }

    /// This tally, unsigned, with what one side changes; every other member stays as it came.
    ///
    /// # Errors
    /// [`BadTally`] if a part is out of its limits.
    pub fn revised(&self, revision: Revision) -> Result<Self, BadTally> {
        let mut raw = self.without_signatures().raw().clone();
        raw["revision"] = Value::from(revision.number);
        raw["memo"] = revision.memo.map_or(Value::Null, Value::String);
        raw[revision.half.as_str()]["terms"] = revision.terms.raw().clone();
        if let Some(cert) = revision.cert {
            raw[revision.half.as_str()]["cert"] = cert.raw().clone();
        }
        Self::parse(raw)
    }

    /// This tally, unsigned, as the next revision begins: nothing else is changed yet.
    ///
    /// # Errors
    /// [`BadTally`] when there can be no further revision.
    pub fn next_revision(&self) -> Result<Self, BadTally> {
        let number = self.revision().checked_add(1).ok_or(BadField("revision"))?;
        let mut raw = self.without_signatures().raw().clone();
        raw["revision"] = Value::from(number);
        Self::parse(raw)
    }

    /// This draft, unsigned, as another tally: the same words and terms under a fresh name.
    ///
    /// # Errors
    /// [`BadTally`] if a part is out of its limits.
    pub fn again(&self, uuid: TallyId, date: Date) -> Result<Self, BadTally> {
        let mut raw = self.without_signatures().raw().clone();
        raw["uuid"] = Value::from(uuid.to_string());
        raw["date"] = Value::from(date.to_string());
        Self::parse(raw)
    }

    /// Whether this half has signed and the other has not: the mark of an offer (protocol.md 7).
    pub fn only_signature_of(&self, half: Half) -> bool {
        self.signature(half).is_some() && self.signature(half.other()).is_none()
    }

    /// Checks one half's signature with the key in the certificate inside.
    ///
    /// # Errors
    /// [`Unsigned`] if there is nothing to check or the check fails.
    pub fn verify(&self, half: Half) -> Result<(), Unsigned> {
        let signature = self.signature(half).ok_or(Unsigned::NoSignature(half))?;
        let key = self.cert(half).ok_or(Unsigned::NoCertificate(half))?.key();
        key.verify(&self.signing_bytes(), signature).map_err(|BadSignature| Unsigned::Wrong(half))
    }

    /// Whether both say the same, signatures aside.
    pub fn same_content(&self, other: &Self) -> bool {
        self.unsigned() == other.unsigned()
    }
}

impl Parts {
    fn put_signature(&mut self, half: Half, signature: Option<Signature>) {
        match half {
            Half::Stock => self.sign_stock = signature,
            Half::Foil => self.sign_foil = signature,
        }
        let text = signature.map_or(Value::Null, |signature| Value::String(signature.to_string()));
        let Value::Object(members) = &mut self.raw else { return };
        let sign = members.entry("sign").or_insert(Value::Null);
        if !sign.is_object() {
            *sign = json!({"hash": null, "stock": null, "foil": null});
        }
        if let Value::Object(sign) = sign {
            sign.insert(half.as_str().to_owned(), text);
        }
    }
}

impl PartialEq for TallyObject {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.raw == other.0.raw
    }
}

fn read_side(members: &Map<String, Value>, half: Half) -> Result<Side, BadTally> {
    let side = members.get(half.as_str()).and_then(Value::as_object).ok_or(BadField(half.as_str()))?;
    let cert = match side.get("cert") {
        None | Some(Value::Null) => None,
        Some(raw) => {
            Some(Certificate::parse(raw.clone()).map_err(|why| BadTally::Certificate { half, why })?)
        }
    };
    let terms = Terms::parse(side.get("terms").cloned().unwrap_or(Value::Null));
    Ok(Side { cert, terms: terms.map_err(|why| BadTally::Terms { half, why })? })
}

fn read_signatures(members: &Map<String, Value>) -> Result<(Option<Signature>, Option<Signature>), BadField> {
    match members.get("sign") {
        None | Some(Value::Null) => Ok((None, None)),
        Some(Value::Object(sign)) => Ok((field::signature(sign, "stock")?, field::signature(sign, "foil")?)),
        Some(_) => Err(BadField("sign")),
    }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
