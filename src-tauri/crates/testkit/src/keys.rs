//! Signers for tests. Their private keys are published here, so nothing real may ever be signed with them.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P521_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tallystick_core::{Signature, UserKey};

/// A P-521 key pair that signs whatever it is given.
pub struct TestSigner {
    pair: EcdsaKeyPair,
    public: UserKey,
}

/// A JWK that is no P-521 key pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a private key on P-521")]
pub struct BadSigner;

impl TestSigner {
    /// Alice, with the key that signs for the stock in the recorded examples.
    pub fn alice() -> Self {
        let [x, y, d] = ALICE;
        Self::from_jwk(&json!({"kty": "EC", "crv": "P-521", "x": x, "y": y, "d": d}))
            .expect("the constants below")
    }

    /// Bob, with the key that signs for the foil in the recorded examples.
    pub fn bob() -> Self {
        let [x, y, d] = BOB;
        Self::from_jwk(&json!({"kty": "EC", "crv": "P-521", "x": x, "y": y, "d": d}))
            .expect("the constants below")
    }

    /// Somebody new every time: Carol, a stranger, a thief.
    pub fn fresh() -> Self {
        let pair =
            EcdsaKeyPair::generate(&ECDSA_P521_SHA384_FIXED_SIGNING).expect("the system's random source");
        let point = pair.public_key().as_ref().to_vec();
        let (x, y) = point[1..].split_at(66);
        let half = |half: &[u8]| half.try_into().expect("two halves of an uncompressed point");
        let public = UserKey::from_coordinates(half(x), half(y)).expect("a fresh key is on the curve");
        Self { pair, public }
    }

    /// The signer of a private JWK.
    ///
    /// # Errors
    /// [`BadSigner`] if it is no key pair, or its halves do not fit each other.
    pub fn from_jwk(jwk: &Value) -> Result<Self, BadSigner> {
        let public = UserKey::from_jwk(jwk).map_err(|_| BadSigner)?;
        let secret = jwk.get("d").and_then(Value::as_str).and_then(|d| URL_SAFE_NO_PAD.decode(d).ok());
        let secret = secret.filter(|secret| secret.len() <= 66).ok_or(BadSigner)?;
        let mut padded = [0; 66];
        padded[66 - secret.len()..].copy_from_slice(&secret);
        let (x, y) = public.coordinates();
        let point = [&[4], x, y].concat();
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P521_SHA384_FIXED_SIGNING, &padded, &point);
        Ok(Self { pair: pair.map_err(|_| BadSigner)?, public })
    }

    /// The public key.
    pub const fn public(&self) -> &UserKey {
        &self.public
    }

    /// A signature over canonical bytes; another one every time.
    pub fn sign(&self, canonical: &[u8]) -> Signature {
        let signature = self.pair.sign(&SystemRandom::new(), canonical).expect("signing with a checked key");
        Signature::from_bytes(signature.as_ref().try_into().expect("132 bytes for P-521"))
    }
}

impl fmt::Debug for TestSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestSigner({:?})", self.public)
    }
}

/// `x`, `y`, `d` of the recorded stock.
const ALICE: [&str; 3] = [
    "AaNRqV3irPZL9SdLdRXRpNQzaa07RNYs1vsSDFkbSenpvUnSPAV8_gOaeLm41j6S37mPw_QJukQNZUONR0rfy9Gf",
    "AT2AbldunDrti9p6Mxqk1Qx1n5Ckvn67o8Zk5qLeVvqC-G3v-yQxFnloBzmvXPW69TVoEtPv928Xv21mc-RNJiBL",
    "ALDLRer3A6zybAdWkVDNETF9uTB5-jCYjYBzGCM2h96GpoC9fVnuqCAvD-hrzNEVcgtL6e3MPz5t6eh-uHebzheY",
];

/// `x`, `y`, `d` of the recorded foil.
const BOB: [&str; 3] = [
    "ABIdRFLpVXvVm4Ov4YJJYfdd1mWeXUwEkpiu9xrnYSE7oynomO4I5FnCyU4OyM3wVl8Y1akj8iSlyfN8nMkNmkUb",
    "ADfLDkM2NmIZzTeqHiSG36M21bOOF0kOVJbZxNWgbH6LajjTVoPTZ06Iqups4xDw4CstoVDImdPtYBjpZh_LD4Bk",
    "AaxrHcdayJw89G6gH2SQ_xVFiZF1K2muYi6m69p5CfOvAKttwKF7umzxVLIZWp5cpkJGxDNy3MJuMtxcTYozW45L",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cast_signs_and_is_told_apart() {
        let [alice, bob, carol] = [TestSigner::alice(), TestSigner::bob(), TestSigner::fresh()];
        let signature = alice.sign(b"x");

        assert!(alice.public().verify(b"x", &signature).is_ok());
        assert!(alice.public().verify(b"y", &signature).is_err());
        assert!(bob.public().verify(b"x", &signature).is_err());
        assert!(carol.public().verify(b"x", &signature).is_err());
    }
}
