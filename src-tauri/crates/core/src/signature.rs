//! User keys and their signatures: ECDSA over P-521 with SHA-384, as JWK and as 132 bytes (protocol.md 1, 5).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P521_SHA384_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A person's public key: a point on P-521.
#[derive(Clone)]
pub struct UserKey {
    point: [u8; POINT],
    parsed: Arc<ParsedPublicKey>,
}

/// A JWK that is no public key on P-521.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a public key on P-521")]
pub struct BadKey;

/// A signature that is not this key's over these bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not this key's over these bytes")]
pub struct BadSignature;

/// Text that is not 132 bytes of unpadded base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a signature of 132 bytes")]
pub struct NotASignature;

impl UserKey {
    /// Takes the two coordinates, big-endian.
    ///
    /// # Errors
    /// [`BadKey`] if they name no point of the curve.
    pub fn from_coordinates(x: [u8; COORDINATE], y: [u8; COORDINATE]) -> Result<Self, BadKey> {
        let mut point = [0; POINT];
        // The uncompressed form of SEC 1.
        point[0] = 4;
        point[1..=COORDINATE].copy_from_slice(&x);
        point[COORDINATE + 1..].copy_from_slice(&y);
        let parsed = ParsedPublicKey::new(&ECDSA_P521_SHA384_FIXED, point).map_err(|_| BadKey)?;
        Ok(Self { point, parsed: Arc::new(parsed) })
    }

    /// Reads `kty`, `crv`, `x` and `y` of a JWK and ignores its other members; short coordinates are padded on the left.
    ///
    /// # Errors
    /// [`BadKey`] if it is of another kind or names no point of the curve.
    pub fn from_jwk(jwk: &Value) -> Result<Self, BadKey> {
        let member = |name: &str| jwk.get(name).and_then(Value::as_str).ok_or(BadKey);
        if member("kty")? != "EC" || member("crv")? != "P-521" {
            return Err(BadKey);
        }
        Self::from_coordinates(coordinate(member("x")?)?, coordinate(member("y")?)?)
    }

    /// The smallest JWK of this key: `crv`, `kty`, `x`, `y`.
    pub fn to_jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({"kty": "EC", "crv": "P-521", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
    }

    /// The two coordinates, big-endian.
    pub fn coordinates(&self) -> (&[u8], &[u8]) {
        self.point[1..].split_at(COORDINATE)
    }

    /// Checks a signature over canonical bytes.
    ///
    /// # Errors
    /// [`BadSignature`] if it is not this key's.
    pub fn verify(&self, canonical: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        self.parsed.verify_sig(canonical, &signature.0).map_err(|_| BadSignature)
    }
}

impl PartialEq for UserKey {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl Eq for UserKey {}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserKey({}…)", URL_SAFE_NO_PAD.encode(&self.point[1..13]))
    }
}

/// A signature `r‖s`. Other bytes can verify over the same text, so it is evidence and never a name for anything.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Signature([u8; SIGNATURE]);

impl Signature {
    /// Takes `r‖s`, 66 bytes each.
    pub const fn from_bytes(bytes: [u8; SIGNATURE]) -> Self {
        Self(bytes)
    }

    /// The bytes `r‖s`.
    pub const fn as_bytes(&self) -> &[u8; SIGNATURE] {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({}…)", URL_SAFE_NO_PAD.encode(&self.0[..12]))
    }
}

impl FromStr for Signature {
    type Err = NotASignature;

    fn from_str(text: &str) -> Result<Self, NotASignature> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotASignature)?;
        bytes.try_into().map(Self).map_err(|_| NotASignature)
    }
}

impl TryFrom<String> for Signature {
    type Error = NotASignature;

    fn try_from(text: String) -> Result<Self, NotASignature> {
        text.parse()
    }
}

impl From<Signature> for String {
    fn from(signature: Signature) -> String {
        signature.to_string()
    }
}

/// Decodes one coordinate, padding on the left what some writers shorten.
fn coordinate(text: &str) -> Result<[u8; COORDINATE], BadKey> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadKey)?;
    let start = COORDINATE.checked_sub(bytes.len()).ok_or(BadKey)?;
    let mut padded = [0; COORDINATE];
    padded[start..].copy_from_slice(&bytes);
    Ok(padded)
}

/// Bytes of a coordinate: 521 bits.
const COORDINATE: usize = 66;

/// Bytes of an uncompressed point.
const POINT: usize = 1 + 2 * COORDINATE;

/// Bytes of `r‖s`.
const SIGNATURE: usize = 2 * COORDINATE;
