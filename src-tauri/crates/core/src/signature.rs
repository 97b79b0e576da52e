//! User keys and their signatures: ECDSA over P-521 with SHA-384, as JWK and as 132 bytes (protocol.md 1, 5).

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{Context, SHA256};
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

/// Remembers the one check that a signature passed, so that it is made once and not in every place that must be sure.
///
/// It remembers no mere "yes" but *what* was found good: the key, and a hash over signature and signed bytes. Any other
/// key, signature or text is checked from the beginning, and a failed check leaves no trace.
#[derive(Clone, Default)]
pub(crate) struct Checked(OnceLock<Proof>);

/// What was found good.
#[derive(Clone, PartialEq, Eq)]
struct Proof {
    point: [u8; POINT],
    over: [u8; 32],
}

impl Checked {
    /// Checks a signature over canonical bytes, unless this very check was passed before.
    pub(crate) fn verify(
        &self,
        key: &UserKey,
        canonical: &[u8],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        let proof = Proof::of(key, canonical, signature);
        if self.0.get() == Some(&proof) {
            return Ok(());
        }
        key.verify(canonical, signature)?;
        // Somebody else may have been faster; what they found good is as true.
        let _ = self.0.set(proof);
        Ok(())
    }
}

impl Proof {
    fn of(key: &UserKey, canonical: &[u8], signature: &Signature) -> Self {
        let mut hash = Context::new(&SHA256);
        // The signature's length is fixed, so no two pairs of signature and text make the same bytes.
        hash.update(&signature.0);
        hash.update(canonical);
        let mut over = [0; 32];
        over.copy_from_slice(hash.finish().as_ref());
        Self { point: key.point, over }
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() { "Checked(yes)" } else { "Checked(no)" })
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

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA384, digest};
    use p521::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
    use p521::ecdsa::{Signature as TheirSignature, SigningKey, VerifyingKey};
    use proptest::prelude::*;

    use super::*;
    use crate::cast::Person;

    fn theirs(secret: [u8; 66]) -> (SigningKey, UserKey) {
        let signing = SigningKey::from_slice(&secret).unwrap();
        let point = VerifyingKey::from(&signing).to_encoded_point(false);
        let half =
            |half: Option<&p521::FieldBytes>| -> [u8; 66] { half.unwrap().as_slice().try_into().unwrap() };
        let ours = UserKey::from_coordinates(half(point.x()), half(point.y())).unwrap();
        (signing, ours)
    }

    fn secret(seed: u8) -> [u8; 66] {
        let mut secret = [seed; 66];
        secret[0] = 0;
        secret
    }

    #[test]
    fn another_implementation_agrees_on_our_signatures() {
        let alice = Person::new("Alice", 1);
        let (x, y) = alice.cert.key().coordinates();
        let point = [&[4], x, y].concat();
        let their_key = VerifyingKey::from_sec1_bytes(&point).unwrap();
        let signature = TheirSignature::from_slice(alice.sign(b"promise").as_bytes()).unwrap();

        assert!(their_key.verify_prehash(digest(&SHA384, b"promise").as_ref(), &signature).is_ok());
        assert!(their_key.verify_prehash(digest(&SHA384, b"other").as_ref(), &signature).is_err());
    }

    #[test]
    fn another_point_is_refused() {
        let jwk = Person::new("Alice", 1).cert.key().to_jwk();
        let with = |name: &str, value: Value| {
            let mut jwk = jwk.clone();
            jwk[name] = value;
            UserKey::from_jwk(&jwk)
        };

        assert_eq!(with("x", jwk["y"].clone()), Err(BadKey));
        assert_eq!(with("kty", json!("OKP")), Err(BadKey));
        assert_eq!(with("crv", json!("P-256")), Err(BadKey));
        assert_eq!(with("x", json!(null)), Err(BadKey));
        assert_eq!(with("x", json!("!")), Err(BadKey));
        assert_eq!(with("x", json!("A".repeat(92))), Err(BadKey));
        assert_eq!(with("ext", json!(true)).map(|key| key.to_jwk()), Ok(jwk.clone()));
        assert_eq!(UserKey::from_coordinates([0; 66], [0; 66]), Err(BadKey));
    }

    #[test]
    fn a_short_coordinate_is_padded() {
        let found = (1..=u8::MAX).map(|seed| theirs(secret(seed)).1).find(|key| key.coordinates().0[0] == 0);
        let key = found.unwrap();
        let mut jwk = key.to_jwk();
        let trimmed: Vec<u8> = key.coordinates().0.iter().copied().skip_while(|byte| *byte == 0).collect();
        jwk["x"] = json!(URL_SAFE_NO_PAD.encode(trimmed));

        assert_eq!(UserKey::from_jwk(&jwk), Ok(key));
    }

    #[test]
    fn text_that_is_no_signature_is_refused() {
        let text = Person::new("Alice", 1).sign(b"x").to_string();

        assert_eq!(text.len(), 176);
        assert_eq!(text.parse::<Signature>().map(|signature| signature.to_string()), Ok(text.clone()));
        for bad in
            [&text[..175], &format!("{text}A"), &format!("{text}="), "", &text.replace(&text[..1], "+")]
        {
            assert_eq!(bad.parse::<Signature>(), Err(NotASignature));
        }
    }

    #[test]
    fn nothing_but_a_signature_verifies() {
        let key = Person::new("Alice", 1).cert.key().clone();

        for bytes in [[0; 132], [0xFF; 132], [1; 132]] {
            assert_eq!(key.verify(b"x", &Signature::from_bytes(bytes)), Err(BadSignature));
        }
    }

    #[test]
    fn what_was_found_good_is_remembered_with_its_key_signature_and_text() {
        let (alice, bob) = (Person::new("Alice", 1), Person::new("Bob", 2));
        let (signature, other) = (alice.sign(b"promise"), alice.sign(b"promise"));
        let checked = Checked::default();

        assert_eq!(checked.verify(alice.cert.key(), b"another", &signature), Err(BadSignature));
        assert!(checked.0.get().is_none());
        assert_eq!(checked.verify(alice.cert.key(), b"promise", &signature), Ok(()));

        let knows = |key: &UserKey, text: &[u8], signature: &Signature| {
            checked.0.get() == Some(&Proof::of(key, text, signature))
        };
        assert!(knows(alice.cert.key(), b"promise", &signature));
        assert!(!knows(bob.cert.key(), b"promise", &signature));
        assert!(!knows(alice.cert.key(), b"promisf", &signature));
        assert!(!knows(alice.cert.key(), b"promise", &other));
        assert_eq!(checked.verify(bob.cert.key(), b"promise", &signature), Err(BadSignature));
        assert_eq!(checked.verify(alice.cert.key(), b"promisf", &signature), Err(BadSignature));
        assert_eq!(checked.verify(alice.cert.key(), b"promise", &other), Ok(()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn we_agree_on_another_implementations_signatures(seed in 1_u8.., message: Vec<u8>, bit in 0_usize..1056) {
            let (signing, ours) = theirs(secret(seed));
            let signature: TheirSignature = signing.sign_prehash(digest(&SHA384, &message).as_ref()).unwrap();
            let mut bytes: [u8; 132] = signature.to_bytes().as_slice().try_into().unwrap();
            prop_assert_eq!(ours.verify(&message, &Signature::from_bytes(bytes)), Ok(()));

            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(ours.verify(&message, &Signature::from_bytes(bytes)), Err(BadSignature));
        }
    }
}
