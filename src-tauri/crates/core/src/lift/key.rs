//! Keys that sign without their person: Ed25519, each signature bound to one kind of object (lifts.md 3).
//!
//! The message is an ASCII tag, a line feed, and the bytes; so a signature under one kind of object is none under any
//! other.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{AgentId, BadText};
use crate::signature::{BadSignature, NotASignature};

/// A public key that signs in lifts: 32 bytes of Ed25519.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LiftKey([u8; 32]);

/// A signature by a lift key: 64 bytes. Evidence, never a name for anything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LiftSignature([u8; 64]);

/// The kinds of objects that lift keys sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// A conditional chit: by the giver's lift key.
    Chit,
    /// That a promise is given up: by the receiver's lift key.
    Waive,
    /// That a lift may be committed: by the claim key of its core.
    Claim,
    /// That a lift is given up: by the cancel key of its core.
    Abort,
    /// A decision: by the referee.
    Cert,
    /// An invoice: by its claim key.
    Invoice,
}

impl Tag {
    /// The text in front of the bytes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chit => "mychips-l1/chit",
            Self::Waive => "mychips-l1/waive",
            Self::Claim => "mychips-l1/claim",
            Self::Abort => "mychips-l1/abort",
            Self::Cert => "mychips-l1/cert",
            Self::Invoice => "mychips-l1/invoice",
        }
    }

    fn message(self, bytes: &[u8]) -> Vec<u8> {
        [self.as_str().as_bytes(), b"\n", bytes].concat()
    }
}

/// Which of a wallet's keys is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// The key the person delegated: signs chits and waives.
    Delegate,
    /// The key that may claim in this session; nobody can tell from it whose it is.
    Claim(Uuid),
    /// The key that may abort in this session.
    Cancel(Uuid),
    /// The key that decides: the site's own, the one that names its agent.
    Referee,
}

/// Whoever holds the secrets. Ed25519 draws nothing at random, so signing is a pure function.
pub trait Signer {
    /// The public key of a purpose.
    fn key(&self, purpose: Purpose) -> LiftKey;

    /// A signature over bytes, bound to their kind.
    fn sign(&self, purpose: Purpose, tag: Tag, bytes: &[u8]) -> LiftSignature;
}

/// A wallet's secret for lifts: one seed, from which the key of every purpose comes.
pub struct LiftSecret([u8; 32]);

impl LiftSecret {
    /// Takes a seed from whoever has randomness.
    pub const fn from_seed(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    fn pair(&self, purpose: Purpose) -> Ed25519KeyPair {
        let (word, session) = match purpose {
            Purpose::Delegate => ("delegate", Uuid::nil()),
            Purpose::Claim(session) => ("claim", session),
            Purpose::Cancel(session) => ("cancel", session),
            Purpose::Referee => ("referee", Uuid::nil()),
        };
        let text = [b"mychips-l1/key\n", self.0.as_slice(), session.as_bytes(), word.as_bytes()].concat();
        Ed25519KeyPair::from_seed_unchecked(digest(&SHA256, &text).as_ref()).expect("a hash is 32 bytes")
    }
}

impl Signer for LiftSecret {
    fn key(&self, purpose: Purpose) -> LiftKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair(purpose).public_key().as_ref());
        LiftKey(key)
    }

    fn sign(&self, purpose: Purpose, tag: Tag, bytes: &[u8]) -> LiftSignature {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair(purpose).sign(&tag.message(bytes)).as_ref());
        LiftSignature(signature)
    }
}

impl Drop for LiftSecret {
    fn drop(&mut self) {
        self.0.fill(0);
        std::hint::black_box(&self.0);
    }
}

impl fmt::Debug for LiftSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LiftSecret(…)")
    }
}

impl LiftKey {
    /// Wraps the raw bytes. Bytes that are no point of the curve verify nothing.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The agent whose site key this is: a referee signs with the key that names it.
    pub const fn agent(&self) -> AgentId {
        AgentId::from_bytes(self.0)
    }

    /// Checks a signature over bytes of a kind.
    ///
    /// # Errors
    /// [`BadSignature`] if it is not this key's, over these bytes, as this kind.
    pub fn verify(&self, tag: Tag, bytes: &[u8], signature: &LiftSignature) -> Result<(), BadSignature> {
        self.verify_message(&tag.message(bytes), signature)
    }

    pub(crate) fn verify_message(
        &self,
        message: &[u8],
        signature: &LiftSignature,
    ) -> Result<(), BadSignature> {
        let key = ParsedPublicKey::new(&ED25519, self.0).map_err(|_| BadSignature)?;
        key.verify_sig(message, &signature.0).map_err(|_| BadSignature)
    }
}

impl From<AgentId> for LiftKey {
    fn from(agent: AgentId) -> Self {
        Self(*agent.as_bytes())
    }
}

impl fmt::Display for LiftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for LiftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LiftKey({self})")
    }
}

impl FromStr for LiftKey {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        text.parse::<AgentId>().map(Self::from)
    }
}

impl TryFrom<String> for LiftKey {
    type Error = BadText;

    fn try_from(text: String) -> Result<Self, BadText> {
        text.parse()
    }
}

impl From<LiftKey> for String {
    fn from(key: LiftKey) -> String {
        key.to_string()
    }
}

impl LiftSignature {
    /// Wraps the raw bytes, from whoever holds a key that is not ours to hold.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for LiftSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for LiftSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LiftSignature({}…)", URL_SAFE_NO_PAD.encode(&self.0[..12]))
    }
}

impl FromStr for LiftSignature {
    type Err = NotASignature;

    fn from_str(text: &str) -> Result<Self, NotASignature> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotASignature)?;
        bytes.try_into().map(Self).map_err(|_| NotASignature)
    }
}

/// Remembers the key whose signature an object was found to bear; any other key is checked from the beginning.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checked(Arc<OnceLock<LiftKey>>);

impl Checked {
    pub(crate) fn verify(
        &self,
        key: &LiftKey,
        check: impl FnOnce() -> Result<(), BadSignature>,
    ) -> Result<(), BadSignature> {
        if self.0.get() == Some(key) {
            return Ok(());
        }
        check()?;
        // Somebody else may have been faster; what they found is as true.
        let _ = self.0.set(*key);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_bound_to_its_kind_its_bytes_and_its_key() {
        let secret = LiftSecret::from_seed([7; 32]);
        let (key, other) = (secret.key(Purpose::Delegate), secret.key(Purpose::Claim(Uuid::nil())));

        let signature = secret.sign(Purpose::Delegate, Tag::Chit, b"text");

        assert_eq!(key.verify(Tag::Chit, b"text", &signature), Ok(()));
        assert_eq!(key.verify(Tag::Waive, b"text", &signature), Err(BadSignature));
        assert_eq!(key.verify(Tag::Chit, b"texT", &signature), Err(BadSignature));
        assert_eq!(other.verify(Tag::Chit, b"text", &signature), Err(BadSignature));
    }

    #[test]
    fn every_session_has_keys_of_its_own() {
        let secret = LiftSecret::from_seed([7; 32]);
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));

        let keys = [
            Purpose::Delegate,
            Purpose::Claim(one),
            Purpose::Claim(two),
            Purpose::Cancel(one),
            Purpose::Cancel(two),
        ]
        .map(|purpose| secret.key(purpose));

        assert_eq!(std::collections::BTreeSet::from(keys).len(), 5);
    }

    #[test]
    fn keys_and_signatures_survive_their_text() {
        let secret = LiftSecret::from_seed([9; 32]);
        let (key, signature) =
            (secret.key(Purpose::Delegate), secret.sign(Purpose::Delegate, Tag::Cert, b"x"));

        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(signature.to_string().parse(), Ok(signature));
        assert_eq!(signature.to_string().len(), 86);
    }
}
