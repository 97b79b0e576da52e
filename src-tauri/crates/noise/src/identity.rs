//! Who somebody is on a link: the agent key and the Noise static key made from it (protocol.md 1).
//!
//! The two are one key with two uses. The Montgomery form forgets a sign, so an agent and the agent of its negated
//! key share a static key; both belong to whoever holds the one secret, so nobody can take another's place by it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::Ed25519KeyPair;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::clamp_integer;
use sha2::Digest as _;
use sha2::Sha512;
use tallystick_core::AgentId;
use zeroize::Zeroizing;

use crate::curve::Pair;

/// An agent's secret: the Ed25519 seed and the X25519 key that follows from it. Wiped when dropped.
pub struct AgentSecret {
    seed: Zeroizing<[u8; 32]>,
    pair: Arc<Pair>,
    agent: AgentId,
}

impl AgentSecret {
    /// Derives the keys from an Ed25519 seed.
    pub fn from_seed(seed: Zeroizing<[u8; 32]>) -> Self {
        let digest = Zeroizing::new(<[u8; 64]>::from(Sha512::digest(*seed)));
        let mut scalar = Zeroizing::new([0; 32]);
        scalar.copy_from_slice(&digest[..32]);
        *scalar = clamp_integer(*scalar);
        let agent = AgentId::from_bytes(EdwardsPoint::mul_base_clamped(*scalar).compress().to_bytes());
        Self { seed, pair: Arc::new(Pair::new(scalar)), agent }
    }

    /// The name that goes with this secret.
    pub const fn agent_id(&self) -> AgentId {
        self.agent
    }

    /// Gives the seed away. Only the vault may ask, to seal it.
    pub fn expose_seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// Signs as this agent (Ed25519). What is signed must begin with words that nothing else begins with: the key has
    /// other uses.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        let pair = Ed25519KeyPair::from_seed_unchecked(&*self.seed).expect("any 32 bytes are a seed");
        pair.sign(bytes).as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }

    /// The X25519 private key, for building a handshake.
    pub(crate) fn expose_scalar(&self) -> &[u8; 32] {
        self.pair.private()
    }

    /// The same, made ready.
    pub(crate) const fn pair(&self) -> &Arc<Pair> {
        &self.pair
    }
}

impl fmt::Debug for AgentSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentSecret").field("agent", &self.agent).finish_non_exhaustive()
    }
}

thread_local! {
    /// Keys that were derived lately: the same few partners call again and again, and a derivation costs as much as two
    /// key agreements. Nothing secret.
    static MEMO: RefCell<VecDeque<(AgentId, StaticKey)>> = const { RefCell::new(VecDeque::new()) };
}

/// Keys remembered by a thread.
const MEMORY: usize = 64;

/// An agent's Noise static key: the Montgomery form of its public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StaticKey([u8; 32]);

impl StaticKey {
    /// Derives the key of an agent.
    ///
    /// # Errors
    /// [`KeyError`] when the name is not a key that an honest agent can have.
    pub fn of(agent: &AgentId) -> Result<Self, KeyError> {
        let known =
            MEMO.with_borrow(|memo| memo.iter().find(|(known, _)| known == agent).map(|(_, key)| *key));
        if let Some(key) = known {
            return Ok(key);
        }
        let key = Self::derive(agent)?;
        MEMO.with_borrow_mut(|memo| {
            memo.truncate(MEMORY - 1);
            memo.push_front((*agent, key));
        });
        Ok(key)
    }

    fn derive(agent: &AgentId) -> Result<Self, KeyError> {
        let compressed = CompressedEdwardsY(*agent.as_bytes());
        let point = compressed.decompress().ok_or(KeyError::NotAPoint)?;
        if point.is_small_order() {
            return Err(KeyError::LowOrder);
        }
        // Another spelling of a key, or a key with a part of low order, would be a second name for one secret.
        if point.compress() != compressed || !point.is_torsion_free() {
            return Err(KeyError::SecondName);
        }
        Ok(Self(point.to_montgomery().to_bytes()))
    }

    /// Wraps a key that a handshake has proven.
    pub(crate) const fn proven(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Whether this is the key of `agent`.
    pub fn is_agent(&self, agent: &AgentId) -> bool {
        Self::of(agent).is_ok_and(|key| key == *self)
    }

    /// The raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for StaticKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaticKey(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// A name that no honest agent can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no point of the curve.
    #[error("the agent id is not a point of the curve")]
    NotAPoint,
    /// A point that would make every shared secret the same.
    #[error("the agent id is a point of low order")]
    LowOrder,
    /// Another name of a key that has a proper one.
    #[error("the agent id is not the canonical name of its key")]
    SecondName,
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use curve25519_dalek::montgomery::MontgomeryPoint;
    use proptest::prelude::*;
    use tallystick_core::SignedPlaces;

    use super::*;

    fn secret(byte: u8) -> AgentSecret {
        AgentSecret::from_seed(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn printing_a_secret_shows_only_its_name() {
        let secret = secret(0xa1);

        let shown = format!("{secret:?}");

        assert!(shown.contains(&secret.agent_id().to_string()));
        assert!(!shown.contains("161") && !shown.contains("a1a1"));
    }

    #[test]
    fn what_an_agent_signs_is_checked_by_its_name() {
        let secret = secret(5);

        let signed = |by: &AgentSecret| {
            SignedPlaces::sign(secret.agent_id(), 1, &[("a".to_owned(), 1)], |bytes| by.sign(bytes)).verify()
        };

        assert!(signed(&secret).is_ok() && signed(&super::tests::secret(6)).is_err());
    }

    #[test]
    fn points_of_low_order_are_nobody() {
        for point in EIGHT_TORSION {
            let agent = AgentId::from_bytes(point.compress().to_bytes());

            assert_eq!(StaticKey::of(&agent), Err(KeyError::LowOrder));
        }
    }

    #[test]
    fn bytes_off_the_curve_are_nobody() {
        let mut bytes = [0; 32];
        bytes[0] = 2;

        assert_eq!(StaticKey::of(&AgentId::from_bytes(bytes)), Err(KeyError::NotAPoint));
    }

    #[test]
    fn a_key_with_a_part_of_low_order_is_a_second_name() {
        let honest = CompressedEdwardsY(*secret(3).agent_id().as_bytes()).decompress().unwrap();

        for torsion in &EIGHT_TORSION[1..] {
            let agent = AgentId::from_bytes((honest + torsion).compress().to_bytes());

            assert_eq!(StaticKey::of(&agent), Err(KeyError::SecondName));
        }
    }

    #[test]
    fn a_spelling_beyond_the_field_is_refused() {
        let mut bytes = [0xff; 32];
        bytes[31] = 0x7f;

        for low in 0xed..=0xff {
            bytes[0] = low;

            assert!(StaticKey::of(&AgentId::from_bytes(bytes)).is_err());
        }
    }

    proptest! {
        #[test]
        fn both_ways_to_the_static_key_agree(seed in any::<[u8; 32]>()) {
            let secret = AgentSecret::from_seed(Zeroizing::new(seed));

            let mapped = StaticKey::of(&secret.agent_id()).unwrap();

            prop_assert_eq!(*mapped.as_bytes(), MontgomeryPoint::mul_base_clamped(*secret.expose_scalar()).0);
            prop_assert!(mapped.is_agent(&secret.agent_id()));
            prop_assert_eq!(secret.expose_seed(), &seed);
        }

        #[test]
        fn no_name_makes_it_panic(bytes in any::<[u8; 32]>()) {
            let _ = StaticKey::of(&AgentId::from_bytes(bytes));
        }
    }
}
