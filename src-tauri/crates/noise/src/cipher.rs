//! ChaCha20-Poly1305 for the handshake and the messages of a link.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use snow::Error;
use snow::types::Cipher;

/// Bytes of a tag.
const TAG: usize = 16;

/// The cipher under one key, once it has one.
#[derive(Default)]
pub(crate) struct ChaChaPoly(Option<LessSafeKey>);

/// The nonce of the Noise specification, section 12.3: 32 zero bits, then the count, little-endian.
fn nonce(count: u64) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&count.to_le_bytes());
    bytes
}

impl ChaChaPoly {
    /// Gives 0 where nothing could be sealed: no sealed message is as short, so none is taken for one.
    pub(crate) fn seal(&self, nonce: [u8; 12], authtext: &[u8], plaintext: &[u8], out: &mut [u8]) -> usize {
        let length = plaintext.len();
        let (Some(key), Some((sealed, rest))) = (&self.0, out.split_at_mut_checked(length)) else { return 0 };
        let Some(tag) = rest.first_chunk_mut::<TAG>() else { return 0 };
        let nonce = Nonce::assume_unique_for_key(nonce);
        match key.seal_out_of_place_scatter(nonce, Aad::from(authtext), plaintext, sealed, &[], tag) {
            Ok(()) => length + TAG,
            Err(_) => {
                // Whatever was written may be plain text.
                sealed.fill(0);
                0
            }
        }
    }

    /// Opens what was sealed; gives the length of the plain text.
    pub(crate) fn open(
        &self,
        nonce: [u8; 12],
        authtext: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let key = self.0.as_ref().ok_or(Error::Decrypt)?;
        let (sealed, tag) = ciphertext.split_last_chunk::<TAG>().ok_or(Error::Decrypt)?;
        let plain = out.get_mut(..sealed.len()).ok_or(Error::Decrypt)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.open_separate_gather(nonce, Aad::from(authtext), sealed, tag, plain)
            .map_err(|_| Error::Decrypt)?;
        Ok(sealed.len())
    }
}

impl Cipher for ChaChaPoly {
    fn name(&self) -> &'static str {
        "ChaChaPoly"
    }

    fn set(&mut self, key: &[u8; 32]) {
        self.0 = UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(LessSafeKey::new);
    }

    fn encrypt(&self, count: u64, authtext: &[u8], plaintext: &[u8], out: &mut [u8]) -> usize {
        self.seal(nonce(count), authtext, plaintext, out)
    }

    fn decrypt(
        &self,
        count: u64,
        authtext: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        self.open(nonce(count), authtext, ciphertext, out)
    }
}
