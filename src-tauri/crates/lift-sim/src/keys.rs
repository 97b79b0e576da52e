//! A wallet's keys, each derived once and each text signed once: a run says the same things many times over.

use std::collections::HashMap;
use std::sync::Mutex;

use tallystick_core::lift::{LiftKey, LiftSecret, LiftSignature, Purpose, Signer, Tag};

type Said = (Purpose, &'static str, Vec<u8>);

/// Keys that remember what they signed. Ed25519 signs the same text the same way, so nobody can tell.
#[derive(Debug)]
pub(crate) struct Keys {
    secret: LiftSecret,
    keys: Mutex<HashMap<Purpose, LiftKey>>,
    said: Mutex<HashMap<Said, LiftSignature>>,
}

impl Keys {
    /// The keys of the wallet of this number.
    pub(crate) fn of(seed: u64, wallet: usize) -> Self {
        let mut bytes = [0x5A; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&u64::try_from(wallet).unwrap_or(0).to_le_bytes());
        Self { secret: LiftSecret::from_seed(bytes), keys: Mutex::default(), said: Mutex::default() }
    }
}

impl Signer for Keys {
    fn key(&self, purpose: Purpose) -> LiftKey {
        let mut keys = self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *keys.entry(purpose).or_insert_with(|| self.secret.key(purpose))
    }

    fn sign(&self, purpose: Purpose, tag: Tag, bytes: &[u8]) -> LiftSignature {
        let mut said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *said
            .entry((purpose, tag.as_str(), bytes.to_vec()))
            .or_insert_with(|| self.secret.sign(purpose, tag, bytes))
    }
}
