//! Invoices that strangers can pay, and receipts for them (lifts.md 3).
//!
//! An invoice is the reference's `pay` object with a member `l1`. It is signed by a claim key of its own, so that what a
//! core says about who may claim does not tell anybody on the way who is paid.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::canonical;
use crate::chad::Chad;
use crate::date::Date;
use crate::field::{self, BadField};
use crate::ids::Digest;
use crate::lift::delegation::{referees, referees_value};
use crate::lift::key::{LiftKey, LiftSignature, Purpose, Signer, Tag};
use crate::lift::object::{BadCore, Core, RefereeAddress, key};
use crate::lift::paper::{BadPaper, Cert, Decision};
use crate::signature::BadSignature;
use crate::units::Units;

/// A signed invoice, kept as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct LiftInvoice {
    raw: Value,
    payee: Chad,
    units: Option<Units>,
    memo: Option<String>,
    reference: Option<Value>,
    claim: LiftKey,
    referees: Vec<RefereeAddress>,
    session: Uuid,
    exp: Date,
    sign: LiftSignature,
}

/// What an invoice is made of.
#[derive(Clone, Debug)]
pub struct ComposeInvoice {
    /// Who is to be paid.
    pub payee: Chad,
    /// How much; nothing if the payer chooses.
    pub units: Option<Units>,
    /// What for.
    pub memo: Option<String>,
    /// The payee's own name for it.
    pub reference: Option<Value>,
    /// When it was made.
    pub date: Date,
    /// Referees the payee accepts.
    pub referees: Vec<RefereeAddress>,
    /// A fresh session.
    pub session: Uuid,
    /// Until when it may be paid.
    pub exp: Date,
}

/// Why something is no invoice that strangers can pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadInvoice {
    /// Not an object, or with numbers that have no agreed text.
    #[error("not an invoice")]
    Form,
    /// A member is missing or out of its limits.
    #[error(transparent)]
    Field(#[from] BadField),
    /// It has no `l1`: an invoice of the reference's, which only a partner can pay.
    #[error("only a partner can pay this")]
    PartnersOnly,
    /// Its signature does not check.
    #[error("the invoice was altered")]
    Altered,
}

impl LiftInvoice {
    /// Makes and signs one.
    ///
    /// # Errors
    /// [`BadInvoice`] if a part is out of its limits.
    pub fn sign(parts: ComposeInvoice, signer: &dyn Signer) -> Result<Self, BadInvoice> {
        let purpose = Purpose::Claim(parts.session);
        let mut raw = json!({
            "chad": parts.payee.to_value(),
            "date": parts.date.to_string(),
            "l1": {
                "v": 1,
                "claim": signer.key(purpose).to_string(),
                "refs": referees_value(&parts.referees),
                "sid": parts.session.to_string(),
                "exp": parts.exp.to_string(),
            },
        });
        let optional = [
            ("units", parts.units.map(|units| Value::from(units.milli()))),
            ("memo", parts.memo.map(Value::from)),
            ("ref", parts.reference),
        ];
        if let Some(members) = raw.as_object_mut() {
            members
                .extend(optional.into_iter().filter_map(|(name, value)| value.map(|v| (name.to_owned(), v))));
        }
        canonical::check(&raw).map_err(|_| BadInvoice::Form)?;
        let sign = signer.sign(purpose, Tag::Invoice, &canonical::signing_of_checked(&raw));
        raw["l1"]["sign"] = Value::from(sign.to_string());
        Self::parse(raw)
    }

    /// Reads the object inside `{pay: …}` and checks that nobody altered it.
    ///
    /// # Errors
    /// [`BadInvoice`] naming what is wrong.
    pub fn parse(raw: Value) -> Result<Self, BadInvoice> {
        canonical::check(&raw).map_err(|_| BadInvoice::Form)?;
        let members = raw.as_object().ok_or(BadInvoice::Form)?;
        if canonical::signing_of_checked(&raw).len() > MAX_INVOICE {
            return Err(BadInvoice::Form);
        }
        let ours = field::present(members, "l1").ok_or(BadInvoice::PartnersOnly)?;
        let ours = ours.as_object().ok_or(BadField("l1"))?;
        if field::integer(ours, "v")? != 1 {
            return Err(BadField("v").into());
        }
        let chad = members.get("chad").ok_or(BadField("chad"))?;
        let invoice = Self {
            payee: Chad::from_value(chad).map_err(|_| BadField("chad"))?,
            units: units(members)?,
            memo: field::memo(members, "memo")?.map(str::to_owned),
            reference: field::present(members, "ref").cloned(),
            claim: key(ours, "claim")?,
            referees: referees(ours.get("refs"))?,
            session: field::uuid(ours, "sid")?,
            exp: field::date(ours, "exp")?,
            sign: field::text(ours, "sign")?.parse().map_err(|_| BadField("sign"))?,
            raw,
        };
        invoice.verify().map_err(|_| BadInvoice::Altered)?;
        Ok(invoice)
    }

    fn verify(&self) -> Result<(), BadSignature> {
        let mut unsigned = self.raw.clone();
        if let Some(ours) = unsigned.get_mut("l1").and_then(Value::as_object_mut) {
            ours.remove("sign");
        }
        self.claim.verify(Tag::Invoice, &canonical::signing_of_checked(&unsigned), &self.sign)
    }

    /// The JSON as it came.
    pub const fn raw(&self) -> &Value {
        &self.raw
    }

    /// Who is to be paid, as the invoice says.
    pub const fn payee(&self) -> &Chad {
        &self.payee
    }

    /// How much; nothing if the payer chooses.
    pub const fn units(&self) -> Option<Units> {
        self.units
    }

    /// What for.
    pub fn memo(&self) -> Option<&str> {
        self.memo.as_deref()
    }

    /// The payee's own name for it.
    pub const fn reference(&self) -> Option<&Value> {
        self.reference.as_ref()
    }

    /// The key that may claim.
    pub const fn claim(&self) -> &LiftKey {
        &self.claim
    }

    /// Referees the payee accepts, best first.
    pub fn referees(&self) -> &[RefereeAddress] {
        &self.referees
    }

    /// The session in which a path is looked for.
    pub const fn session(&self) -> Uuid {
        self.session
    }

    /// Until when it may be paid.
    pub const fn exp(&self) -> Date {
        self.exp
    }

    /// The hash by which a core names this invoice: over its bytes, and the memo once more.
    pub fn payh(&self) -> Digest {
        let memo = self.memo.as_deref().unwrap_or_default();
        canonical::sha256(&[canonical::signing_of_checked(&self.raw).as_slice(), memo.as_bytes()].concat())
    }
}

/// Proof that an invoice was paid: anybody can check it without asking anybody.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// What was asked for.
    pub invoice: LiftInvoice,
    /// The lift that paid it.
    pub core: Core,
    /// The commit.
    pub cert: Cert,
}

/// Why something is no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReceipt {
    /// Not a receipt at all.
    #[error("not a receipt")]
    Form,
    /// The invoice in it is none.
    #[error("the invoice in it is wrong")]
    Invoice(#[from] BadInvoice),
    /// The lift in it is none.
    #[error("the lift in it is wrong")]
    Core(#[from] BadCore),
    /// The certificate in it is none.
    #[error("the certificate in it is wrong")]
    Cert(#[from] BadPaper),
    /// Its parts do not belong together.
    #[error("invoice, lift and certificate do not belong together")]
    Mismatch,
}

impl Receipt {
    /// The form in which it is exported.
    pub fn to_value(&self) -> Value {
        json!({
            "receipt": {"v": 1, "pay": self.invoice.raw(), "core": self.core.raw(), "cert": self.cert.to_value()}
        })
    }

    /// Reads one and checks everything in it.
    ///
    /// # Errors
    /// [`BadReceipt`] naming what is wrong.
    pub fn parse(value: &Value) -> Result<Self, BadReceipt> {
        let members = value.get("receipt").and_then(Value::as_object).ok_or(BadReceipt::Form)?;
        let part = |name: &str| members.get(name).cloned().unwrap_or_default();
        let receipt = Self {
            invoice: LiftInvoice::parse(part("pay"))?,
            core: Core::parse(part("core"))?,
            cert: Cert::parse(&part("cert"))?,
        };
        if receipt.is_sound() { Ok(receipt) } else { Err(BadReceipt::Mismatch) }
    }

    /// Whether the commit is about this very invoice, and claimed by its key.
    pub fn is_sound(&self) -> bool {
        let (invoice, core) = (&self.invoice, &self.core);
        core.payh() == Some(&invoice.payh())
            && core.claim() == invoice.claim()
            && core.session() == invoice.session()
            && invoice.units().is_none_or(|units| units == core.units())
            && self.cert.decision() == Decision::Commit
            && self.cert.verify(core).is_ok()
    }
}

fn units(members: &Map<String, Value>) -> Result<Option<Units>, BadField> {
    let read =
        |value: &Value| value.as_i64().and_then(|milli| Units::new(milli).ok()).filter(|u| u.is_positive());
    field::present(members, "units").map(|value| read(value).ok_or(BadField("units"))).transpose()
}

/// An invoice is shown as one code: it is small.
const MAX_INVOICE: usize = 4 * 1024;
