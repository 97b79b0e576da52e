//! X25519 for the handshake: fast, and deaf to a shared secret of zeros.
//!
//! The library's own curve lets an all-zero result through. With it, a stranger who sends a point of low order knows
//! the shared secret without knowing any key, and could so be "proven" as somebody.

use std::sync::Arc;

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey, X25519 as ALGORITHM};
use snow::Error;
use snow::types::{Dh, Random};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A private key made ready once: putting it together costs as much as half a key agreement.
pub(crate) struct Pair {
    private: Zeroizing<[u8; 32]>,
    public: [u8; 32],
    /// Nothing where the library could not make it, and then nothing can be agreed with it.
    key: Option<PrivateKey>,
}

impl Pair {
    pub(crate) fn new(private: Zeroizing<[u8; 32]>) -> Self {
        let key = PrivateKey::from_private_key(&ALGORITHM, &*private).ok();
        let public = key
            .as_ref()
            .and_then(|key| key.compute_public_key().ok())
            .and_then(|public| public.as_ref().first_chunk().copied())
            .unwrap_or_default();
        Self { private, public, key }
    }

    pub(crate) fn private(&self) -> &[u8; 32] {
        &self.private
    }

    /// The secret shared with the holder of `theirs`; nothing if it would be everybody's.
    pub(crate) fn shared(&self, theirs: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        let mut shared = Zeroizing::new([0; 32]);
        self.agree(theirs, &mut shared).ok()?;
        Some(shared)
    }

    /// The secret shared with the holder of `theirs`.
    fn agree(&self, theirs: &[u8; 32], out: &mut [u8; 32]) -> Result<(), Error> {
        let key = self.key.as_ref().ok_or(Error::Dh)?;
        agreement::agree(key, UnparsedPublicKey::new(&ALGORITHM, theirs), Error::Dh, |shared| {
            let shared: &[u8; 32] = shared.try_into().map_err(|_| Error::Dh)?;
            if bool::from(shared.ct_eq(&[0; 32])) {
                return Err(Error::Dh);
            }
            out.copy_from_slice(shared);
            Ok(())
        })
    }
}

/// The curve of one handshake key.
#[derive(Default)]
pub(crate) struct X25519 {
    /// Our own static key, which most handshakes are given.
    known: Option<Arc<Pair>>,
    pair: Option<Arc<Pair>>,
}

impl X25519 {
    pub(crate) fn knowing(known: Option<Arc<Pair>>) -> Self {
        Self { known, pair: None }
    }
}

impl Dh for X25519 {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        32
    }

    fn priv_len(&self) -> usize {
        32
    }

    fn set(&mut self, privkey: &[u8]) {
        let same = |known: &Arc<Pair>| bool::from(known.private[..].ct_eq(privkey));
        let mut private = Zeroizing::new([0; 32]);
        self.pair = match self.known.take().filter(same) {
            Some(known) => Some(known),
            None => {
                // Both callers, our build function and the generator below, give exactly 32 bytes.
                private.copy_from_slice(privkey);
                Some(Arc::new(Pair::new(private)))
            }
        };
    }

    fn generate(&mut self, rng: &mut dyn Random) -> Result<(), Error> {
        let mut private = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(&mut *private)?;
        self.pair = Some(Arc::new(Pair::new(private)));
        Ok(())
    }

    fn pubkey(&self) -> &[u8] {
        self.pair.as_ref().map_or(&[0; 32], |pair| &pair.public)
    }

    fn privkey(&self) -> &[u8] {
        self.pair.as_ref().map_or(&[0; 32], |pair| &*pair.private)
    }

    fn dh(&self, pubkey: &[u8], out: &mut [u8]) -> Result<(), Error> {
        let theirs = pubkey.first_chunk::<32>().ok_or(Error::Dh)?;
        let out = out.first_chunk_mut::<32>().ok_or(Error::Dh)?;
        self.pair.as_ref().ok_or(Error::Dh)?.agree(theirs, out)
    }
}
