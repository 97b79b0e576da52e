//! Signers: canonical bytes in, signatures out, private keys nowhere.

use std::fmt;

use aws_lc_rs::encoding::AsBigEndian as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P521_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

use crate::error::VaultError;

/// Signs with the user key: ECDSA on P-521 with SHA-384 (protocol.md 1).
pub struct UserSigner {
    pair: EcdsaKeyPair,
    public: UserPublic,
}

/// The public half of a user key, as the coordinates of a JWK: big-endian, padded on the left to 66 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserPublic {
    /// The x coordinate.
    pub x: [u8; COORDINATE_LEN],
    /// The y coordinate.
    pub y: [u8; COORDINATE_LEN],
}

/// Signs lift records with the profile's Ed25519 lift key (lifts.md 1).
pub struct LiftSigner {
    pair: Ed25519KeyPair,
}

impl UserSigner {
    /// Signs bytes that are canonical already; the signature is r ‖ s, 66 bytes each.
    ///
    /// Two signatures of the same bytes differ, and signatures are malleable: never compare or deduplicate by them.
    pub fn sign(&self, canonical: &[u8]) -> [u8; SIGNATURE_LEN] {
        let signature = self
            .pair
            .sign(&SystemRandom::new(), canonical)
            .expect("signing with a checked key fails only when memory is exhausted");
        signature.as_ref().try_into().expect("fixed P-521 signatures have 132 bytes")
    }

    /// The public half.
    pub fn public(&self) -> UserPublic {
        self.public
    }

    /// A new key pair, and what to keep of it.
    pub(crate) fn generate() -> Result<(Self, Zeroizing<[u8; USER_SECRET_LEN]>), VaultError> {
        let pair =
            EcdsaKeyPair::generate(&ECDSA_P521_SHA384_FIXED_SIGNING).map_err(|_| VaultError::KeyMaking)?;
        let private = pair.private_key().as_be_bytes().map_err(|_| VaultError::KeyMaking)?;
        let point = pair.public_key().as_ref();

        let mut kept = Zeroizing::new([0; USER_SECRET_LEN]);
        let (d, public) = kept.split_at_mut(COORDINATE_LEN);
        if private.as_ref().len() != d.len() || point.len() != public.len() {
            return Err(VaultError::KeyMaking);
        }
        d.copy_from_slice(private.as_ref());
        public.copy_from_slice(point);
        let signer = Self::from_kept(&kept).ok_or(VaultError::KeyMaking)?;
        Ok((signer, kept))
    }

    /// The pair from what was kept; `None` when the two halves do not belong together.
    pub(crate) fn from_kept(kept: &[u8; USER_SECRET_LEN]) -> Option<Self> {
        let (d, point) = kept.split_at(COORDINATE_LEN);
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P521_SHA384_FIXED_SIGNING, d, point).ok()?;
        let (x, y) = point.strip_prefix(&[UNCOMPRESSED])?.split_at(COORDINATE_LEN);
        let public = UserPublic { x: x.try_into().ok()?, y: y.try_into().ok()? };
        Some(Self { pair, public })
    }
}

impl fmt::Debug for UserSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSigner").finish_non_exhaustive()
    }
}

impl LiftSigner {
    /// Signs `tag ‖ "\n" ‖ canonical`, as every lift record is signed.
    pub fn sign(&self, tag: &str, canonical: &[u8]) -> [u8; 64] {
        let message = [tag.as_bytes(), b"\n", canonical].concat();
        self.pair.sign(&message).as_ref().try_into().expect("Ed25519 signatures have 64 bytes")
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.pair.public_key().as_ref().try_into().expect("Ed25519 public keys have 32 bytes")
    }

    pub(crate) fn from_seed(seed: &[u8; 32]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(|pair| Self { pair })
    }
}

impl fmt::Debug for LiftSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiftSigner").finish_non_exhaustive()
    }
}

/// A field element of P-521 is 521 bits.
const COORDINATE_LEN: usize = 66;

/// r and s.
const SIGNATURE_LEN: usize = 2 * COORDINATE_LEN;

/// What is kept of a user key: the private scalar, then the public point, so that opening can check one by the other.
pub(crate) const USER_SECRET_LEN: usize = COORDINATE_LEN + 1 + 2 * COORDINATE_LEN;

/// The first byte of a point in full (SEC 1, 2.3.3).
const UNCOMPRESSED: u8 = 4;

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P521_SHA384_FIXED, ED25519, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_signature_is_checked_by_the_coordinates_given_out() {
        let (signer, _kept) = UserSigner::generate().unwrap();
        let UserPublic { x, y } = signer.public();
        let point = [&[UNCOMPRESSED][..], &x, &y].concat();

        let signature = signer.sign(b"{\"units\":1}");

        let key = UnparsedPublicKey::new(&ECDSA_P521_SHA384_FIXED, point);
        assert!(key.verify(b"{\"units\":1}", &signature).is_ok());
        assert!(key.verify(b"{\"units\":2}", &signature).is_err());
    }

    #[test]
    fn halves_of_two_keys_do_not_make_a_signer() {
        let (_, mut kept) = UserSigner::generate().unwrap();
        let (_, other) = UserSigner::generate().unwrap();
        kept[..COORDINATE_LEN].copy_from_slice(&other[..COORDINATE_LEN]);

        assert!(UserSigner::from_kept(&kept).is_none());
    }

    #[test]
    fn a_lift_signature_covers_its_tag() {
        let signer = LiftSigner::from_seed(&[7; 32]).unwrap();

        let signature = signer.sign("mychips-l1/cert", b"{}");

        let key = UnparsedPublicKey::new(&ED25519, signer.public());
        assert!(key.verify(b"mychips-l1/cert\n{}", &signature).is_ok());
        assert!(key.verify(b"mychips-l1/claim\n{}", &signature).is_err());
    }
}
