//! Words that two people compare to be sure of an agent id, over the telephone or across a table.

use aws_lc_rs::digest::{Context, SHA256};
use bip39::Language;

use crate::ids::AgentId;

/// The fingerprint of one agent.
pub fn fingerprint(agent: &AgentId) -> [u8; 32] {
    hash(ONE, &[agent])
}

/// The fingerprint of a pair of agents, the same from either side.
pub fn between(a: &AgentId, b: &AgentId) -> [u8; 32] {
    hash(PAIR, &[a.min(b), a.max(b)])
}

/// The first 44 bits of a fingerprint as four words of the BIP 39 English list.
pub fn four_words(fingerprint: [u8; 32]) -> [&'static str; 4] {
    let list = Language::English.word_list();
    let bits = fingerprint.iter().take(6).fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte)) >> 4;
    [33, 22, 11, 0].map(|shift| {
        let index = usize::try_from(bits >> shift & 0x7FF).unwrap_or_default();
        list.get(index).copied().unwrap_or_default()
    })
}

fn hash(domain: &str, agents: &[&AgentId]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(domain.as_bytes());
    for agent in agents {
        context.update(agent.as_bytes());
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// Keeps these hashes apart from every other use of SHA-256 over a key.
const ONE: &str = "tallystick/words/agent/1\n";

/// The same, for pairs.
const PAIR: &str = "tallystick/words/pair/1\n";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_words_are_the_first_bits_in_order() {
        let mut bits = [0; 32];
        assert_eq!(four_words(bits), ["abandon"; 4]);

        bits = [0xFF; 32];
        assert_eq!(four_words(bits), ["zoo"; 4]);

        // 00000000000 00000000001 00000000010 00000000011
        bits = [0; 32];
        bits[2] = 0b0000_0100;
        bits[3] = 0b0000_0001;
        bits[5] = 0b0011_0000;
        assert_eq!(four_words(bits), ["abandon", "ability", "able", "about"]);
    }

    #[test]
    fn a_pair_has_other_words_than_its_members() {
        let (a, b) = (AgentId::from_bytes([1; 32]), AgentId::from_bytes([2; 32]));

        assert_ne!(between(&a, &b), fingerprint(&a));
        assert_ne!(between(&a, &b), between(&a, &a));
    }

    proptest! {
        #[test]
        fn both_sides_see_the_same_words(a in any::<[u8; 32]>(), b in any::<[u8; 32]>()) {
            let (a, b) = (AgentId::from_bytes(a), AgentId::from_bytes(b));
            prop_assert_eq!(between(&a, &b), between(&b, &a));
            prop_assert!(four_words(between(&a, &b)).iter().all(|word| !word.is_empty()));
        }
    }
}
