//! What a lift is about: its core, and the hash by which every hop names it (lifts.md 3).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::canonical;
use crate::date::Date;
use crate::field::{self, BadField};
use crate::ids::{BadText, ChitId, Digest, TallyId};
use crate::lift::key::LiftKey;
use crate::units::Units;

/// Names a lift: SHA-256 over a tag and the canonical bytes of its core.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LiftHash(Digest);

impl LiftHash {
    /// Wraps a hash read somewhere; [`Core::hash`] makes one.
    pub const fn new(digest: Digest) -> Self {
        Self(digest)
    }

    /// The hash itself.
    pub const fn digest(&self) -> &Digest {
        &self.0
    }

    /// The name of this lift's chit on a tally: both sides compute it, so a lift has one chit on a tally and no other.
    pub fn chit(&self, tally: TallyId) -> ChitId {
        // A namespace has 16 bytes, the hash has 32: the whole hash stands in the name.
        let name = [self.0.as_bytes().as_slice(), tally.uuid().as_bytes()].concat();
        ChitId::new(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl fmt::Display for LiftHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for LiftHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LiftHash({self})")
    }
}

impl FromStr for LiftHash {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        text.parse().map(Self)
    }
}

/// What value moves for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aim {
    /// Along a path, to whoever showed an invoice.
    Pay,
    /// Round a circle: debts cancel.
    Clear,
}

impl Aim {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Clear => "clear",
        }
    }
}

/// Who decides a lift, and where it was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefereeAddress {
    /// Its key: the agent id of its site.
    pub key: LiftKey,
    /// Its host, a hint.
    pub host: String,
    /// The port to go with it.
    pub port: u16,
}

/// The part of a lift that is the same at every hop. It names nobody but the referee.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Core(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    raw: Value,
    hash: LiftHash,
    session: Uuid,
    aim: Aim,
    units: Units,
    made: Date,
    exp: Date,
    claim: LiftKey,
    cancel: LiftKey,
    referee: RefereeAddress,
    payh: Option<Digest>,
}

/// What a core is made of.
#[derive(Clone, Debug)]
pub struct ComposeCore {
    /// The session that found the path; for a payment, the one its invoice names.
    pub session: Uuid,
    /// What for.
    pub aim: Aim,
    /// How much; the same at every hop.
    pub units: Units,
    /// When it was made.
    pub made: Date,
    /// Until when the referee may be asked to commit, by the referee's clock.
    pub exp: Date,
    /// Whoever holds this key may claim.
    pub claim: LiftKey,
    /// Whoever holds this key may abort.
    pub cancel: LiftKey,
    /// The one that decides.
    pub referee: RefereeAddress,
    /// The hash of invoice and memo, for payments.
    pub payh: Option<Digest>,
    /// Randomness that makes the hash fresh.
    pub salt: [u8; 16],
}

/// Why something is no core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCore {
    /// Not an object, too large, or with numbers that have no agreed text.
    #[error("not the core of a lift")]
    Form,
    /// A member is missing or out of its limits.
    #[error(transparent)]
    Field(#[from] BadField),
    /// Of a version that is not known here.
    #[error("a lift of a later version")]
    Version,
}

impl Core {
    /// Makes one.
    ///
    /// # Errors
    /// [`BadCore`] if a part is out of its limits.
    pub fn compose(parts: ComposeCore) -> Result<Self, BadCore> {
        let mut raw = json!({
            "v": VERSION,
            "lift": parts.session.to_string(),
            "kind": parts.aim.as_str(),
            "units": parts.units.milli(),
            "made": parts.made.to_string(),
            "exp": parts.exp.to_string(),
            "claim": parts.claim.to_string(),
            "cancel": parts.cancel.to_string(),
            "ref": [{"key": parts.referee.key.to_string(), "host": parts.referee.host, "port": parts.referee.port}],
            "quo": 1,
            "salt": Uuid::from_bytes(parts.salt).simple().to_string(),
        });
        if let (Some(payh), Some(members)) = (parts.payh, raw.as_object_mut()) {
            members.insert("payh".to_owned(), Value::from(payh.to_string()));
        }
        Self::parse(raw)
    }

    /// Reads one and keeps it as it came: the hash covers members that are not known here, too.
    ///
    /// # Errors
    /// [`BadCore`] naming what is wrong.
    pub fn parse(raw: Value) -> Result<Self, BadCore> {
        let bytes = canonical::signing(&raw).map_err(|_| BadCore::Form)?;
        let members = raw.as_object().filter(|_| bytes.len() <= MAX_CORE).ok_or(BadCore::Form)?;
        if field::integer(members, "v")? != VERSION || field::integer(members, "quo")? != 1 {
            return Err(BadCore::Version);
        }
        let aim = match field::text(members, "kind")? {
            "pay" => Aim::Pay,
            "clear" => Aim::Clear,
            _ => return Err(BadField("kind").into()),
        };
        let units = members.get("units").and_then(Value::as_i64).and_then(|milli| Units::new(milli).ok());
        let made = field::date(members, "made")?;
        let exp = field::date(members, "exp").ok().filter(|exp| *exp > made).ok_or(BadField("exp"))?;
        if field::text(members, "salt")?.len() > MAX_SALT {
            return Err(BadField("salt").into());
        }
        let tagged = [TAG, bytes.as_slice()].concat();
        let parts = Parts {
            hash: LiftHash(canonical::sha256(&tagged)),
            session: field::uuid(members, "lift")?,
            aim,
            units: units.filter(|units| units.is_positive()).ok_or(BadField("units"))?,
            made,
            exp,
            claim: key(members, "claim")?,
            cancel: key(members, "cancel")?,
            referee: referee(members)?,
            payh: field::optional_digest(members, "payh")?,
            raw,
        };
        Ok(Self(Arc::new(parts)))
    }

    /// The JSON as it came.
    pub fn raw(&self) -> &Value {
        &self.0.raw
    }

    /// The lift's name.
    pub fn hash(&self) -> LiftHash {
        self.0.hash
    }

    /// The bytes that claim and abort sign.
    pub fn bytes(&self) -> Vec<u8> {
        canonical::signing_of_checked(&self.0.raw)
    }

    /// The session that found the path.
    pub fn session(&self) -> Uuid {
        self.0.session
    }

    /// What for.
    pub fn aim(&self) -> Aim {
        self.0.aim
    }

    /// How much.
    pub fn units(&self) -> Units {
        self.0.units
    }

    /// When it was made.
    pub fn made(&self) -> Date {
        self.0.made
    }

    /// Until when it can be claimed.
    pub fn exp(&self) -> Date {
        self.0.exp
    }

    /// Whose signature claims it.
    pub fn claim(&self) -> &LiftKey {
        &self.0.claim
    }

    /// Whose signature aborts it.
    pub fn cancel(&self) -> &LiftKey {
        &self.0.cancel
    }

    /// Who decides it.
    pub fn referee(&self) -> &RefereeAddress {
        &self.0.referee
    }

    /// The hash of invoice and memo.
    pub fn payh(&self) -> Option<&Digest> {
        self.0.payh.as_ref()
    }
}

impl PartialEq for Core {
    fn eq(&self, other: &Self) -> bool {
        self.0.hash == other.0.hash
    }
}

impl Eq for Core {}

impl TryFrom<Value> for Core {
    type Error = BadCore;

    fn try_from(raw: Value) -> Result<Self, BadCore> {
        Self::parse(raw)
    }
}

impl From<Core> for Value {
    fn from(core: Core) -> Value {
        core.0.raw.clone()
    }
}

/// Reads a key that must be there.
pub(crate) fn key(members: &Map<String, Value>, name: &'static str) -> Result<LiftKey, BadField> {
    field::text(members, name)?.parse().map_err(|_| BadField(name))
}

/// Reads one address of a referee.
pub(crate) fn address(value: &Value) -> Result<RefereeAddress, BadField> {
    let members = value.as_object().ok_or(BadField("ref"))?;
    let host = field::text(members, "host").ok().filter(|host| host.len() <= MAX_HOST);
    let port = field::integer(members, "port").ok().and_then(|port| u16::try_from(port).ok());
    Ok(RefereeAddress {
        key: key(members, "key")?,
        host: host.ok_or(BadField("host"))?.to_owned(),
        port: port.ok_or(BadField("port"))?,
    })
}

/// One referee decides (`quo` is 1), so there is one in the list.
fn referee(members: &Map<String, Value>) -> Result<RefereeAddress, BadField> {
    match members.get("ref").and_then(Value::as_array).map(Vec::as_slice) {
        Some([one]) => address(one),
        _ => Err(BadField("ref")),
    }
}

const VERSION: u64 = 1;

const TAG: &[u8] = b"mychips-l1/core\n";

/// The namespace of the names of lift chits: UUIDv5 of the DNS name `l1.mychips.org`, so that no other use meets it.
const NAMESPACE: Uuid = Uuid::from_u128(0x4b63_8eac_913a_5296_b660_235f_e0be_3fec);

/// A core names one referee and no members: it is small.
const MAX_CORE: usize = 4 * 1024;

const MAX_SALT: usize = 64;

const MAX_HOST: usize = 255;
