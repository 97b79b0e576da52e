//! The primitives of a handshake: curve and cipher of ours, the rest the library's.
//!
//! Ours are those of AWS-LC, which are formally verified and several times as fast as the library's defaults.

use std::sync::Arc;

use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::CryptoResolver;
use snow::types::{Cipher, Dh, Hash, Random};

use crate::cipher::ChaChaPoly;
use crate::curve::{Pair, X25519};

/// Gives curve and cipher and nothing else: the rest comes from the resolver behind it.
pub(crate) struct Primitives {
    /// Our own static key, if it takes part.
    pub(crate) own: Option<Arc<Pair>>,
}

impl CryptoResolver for Primitives {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        None
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        match choice {
            DHChoice::Curve25519 => Some(Box::new(X25519::knowing(self.own.clone()))),
            DHChoice::Curve448 => None,
        }
    }

    fn resolve_hash(&self, _: &HashChoice) -> Option<Box<dyn Hash>> {
        None
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        match choice {
            CipherChoice::ChaChaPoly => Some(Box::new(ChaChaPoly::default())),
            _ => None,
        }
    }
}
