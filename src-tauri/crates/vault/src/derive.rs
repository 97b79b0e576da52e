//! From a passphrase to a wrapping key.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::error::VaultError;
use crate::keychain::WrappingKey;

/// How much work one guess at a passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argon2Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Argon2Cost {
    /// What profiles are made with: 256 MiB, 3 passes.
    ///
    /// One lane, because our implementation runs lanes one after another: more of them would cost us the same and a
    /// guesser with many cores less.
    pub const STANDARD: Self = Self { memory_kib: 256 * 1024, passes: 3, lanes: 1 };

    /// Takes a cost that Argon2id can run at and that a desktop can bear.
    ///
    /// # Errors
    /// [`VaultError::BadCost`] outside 8 KiB a lane to 1 GiB, 1 to 16 passes, 1 to 16 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, VaultError> {
        let cost = Self { memory_kib, passes, lanes };
        if cost.is_bearable() { Ok(cost) } else { Err(VaultError::BadCost) }
    }

    /// Whether the numbers, which may come from a damaged or hostile file, stay inside the bounds.
    pub(crate) fn is_bearable(self) -> bool {
        (1..=MAX_LANES).contains(&self.lanes)
            && (1..=MAX_PASSES).contains(&self.passes)
            && (8 * self.lanes..=MAX_MEMORY_KIB).contains(&self.memory_kib)
    }
}

/// Turns a passphrase into a wrapping key.
///
/// The text is brought to NFKC first, so that the same words typed on another system give the same key.
pub(crate) fn wrapping_key(
    passphrase: &Zeroizing<String>,
    salt: &[u8; SALT_LEN],
    cost: Argon2Cost,
) -> Result<WrappingKey, VaultError> {
    let params =
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| VaultError::BadCost)?;
    let mut memory: Vec<Block> = Vec::new();
    memory.try_reserve_exact(params.block_count()).map_err(|_| VaultError::OutOfMemory)?;
    memory.resize(params.block_count(), Block::default());

    let text = normalised(passphrase);
    let mut key = Zeroizing::new([0; 32]);
    let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        text.as_bytes(),
        salt,
        key.as_mut_slice(),
        &mut memory,
    );
    memory.iter_mut().for_each(|block| block.zeroize());
    done.map_err(|_| VaultError::BadCost)?;
    Ok(WrappingKey::from_bytes(key))
}

/// The text in NFKC, in a buffer that never moves and so leaves no copy behind.
fn normalised(passphrase: &Zeroizing<String>) -> Zeroizing<String> {
    let len = passphrase.nfkc().map(char::len_utf8).sum();
    let mut text = Zeroizing::new(String::with_capacity(len));
    text.extend(passphrase.nfkc());
    text
}

/// RFC 9106 recommends 128 bits.
pub(crate) const SALT_LEN: usize = 16;

/// Four times the standard: room to raise it, and too little to exhaust a desktop.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;

/// At the largest memory this is about half a minute.
const MAX_PASSES: u32 = 16;

/// More lanes than this help only a guesser.
const MAX_LANES: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Argon2Cost {
        Argon2Cost::new(64, 1, 1).unwrap()
    }

    fn key(text: &str, salt: u8) -> WrappingKey {
        wrapping_key(&Zeroizing::new(text.to_owned()), &[salt; SALT_LEN], cheap()).unwrap()
    }

    #[test]
    fn the_key_depends_on_the_passphrase_and_the_salt() {
        assert!(key("one passphrase", 1) == key("one passphrase", 1));
        assert!(key("one passphrase", 1) != key("one passphrase", 2));
        assert!(key("one passphrase", 1) != key("two passphrase", 1));
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_passphrase() {
        assert!(key("caf\u{e9} au lait", 1) == key("cafe\u{301} au lait", 1));
    }

    #[test]
    fn costs_outside_the_bounds_are_refused() {
        for (memory, passes, lanes) in
            [(7, 1, 1), (1 << 21, 1, 1), (64, 0, 1), (64, 17, 1), (64, 1, 0), (8, 1, 2)]
        {
            assert!(matches!(Argon2Cost::new(memory, passes, lanes), Err(VaultError::BadCost)));
        }
    }
}
