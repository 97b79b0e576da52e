//! The keys that sign in lifts without their person.

use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use tallystick_core::lift::{LiftKey, LiftSecret, LiftSignature, Purpose, Signer, Tag};
use tallystick_noise::AgentSecret;
use tallystick_vault::Unlocked;
use zeroize::Zeroizing;

/// What the vault's lift key signs to make the seed of all others. Ed25519 draws nothing at random, so it is always the
/// same; and nobody who does not hold that key can make it.
const SEED: &str = "tallystick/lift-seed";

/// The keys of one wallet.
pub(crate) struct Keys {
    secret: LiftSecret,
    agent: Arc<AgentSecret>,
}

impl Keys {
    pub(crate) fn of(keys: &Unlocked) -> Self {
        let signature = Zeroizing::new(keys.lift().sign(SEED, b"1"));
        let seed: [u8; 32] = Sha256::digest(*signature).into();
        Self { secret: LiftSecret::from_seed(seed), agent: Arc::clone(keys.agent()) }
    }
}

impl Signer for Keys {
    fn key(&self, purpose: Purpose) -> LiftKey {
        match purpose {
            Purpose::Referee => LiftKey::from(self.agent.agent_id()),
            Purpose::Delegate | Purpose::Claim(_) | Purpose::Cancel(_) => self.secret.key(purpose),
        }
    }

    fn sign(&self, purpose: Purpose, tag: Tag, bytes: &[u8]) -> LiftSignature {
        match purpose {
            Purpose::Referee => {
                // The tag keeps it apart from whatever else this key signs.
                let message = [tag.as_str().as_bytes(), b"\n", bytes].concat();
                LiftSignature::from_bytes(self.agent.sign(&message))
            }
            Purpose::Delegate | Purpose::Claim(_) | Purpose::Cancel(_) => {
                self.secret.sign(purpose, tag, bytes)
            }
        }
    }
}
