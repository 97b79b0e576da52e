//! **A chit.** It is kept as it came, and its digests do not hang on how it was written. The quick reader of plain
//! payments, which the ledger checks its chains with, reads only what the careful one reads, and reads it the same:
//! by whom, how much, when, with the same hash and the same judgement on the signature.

use tallystick_core::canonical::{self, parse_strict};
use tallystick_core::chit::{ChitObject, Plain};
use tallystick_core::{Digest, Half};
use tallystick_testkit::TestSigner;

pub(crate) fn run(bytes: &[u8]) {
    let careful = parse_strict(bytes).ok().and_then(|value| ChitObject::parse(value).ok());
    if let Some(chit) = &careful {
        let form = canonical::hashing(chit.raw()).expect("a chit can be hashed");
        let again = ChitObject::parse(parse_strict(&form).expect("strict")).expect("the same chit");
        assert_eq!(again.digest(), chit.digest(), "the digest hangs on how it was written");
        assert_eq!(again.signing_bytes(), chit.signing_bytes(), "what is signed hangs on how it was written");
        assert!(again.same_content(chit), "a chit is another after it was written");
        let prior = Digest::from_bytes([7; 32]);
        assert_eq!(
            chit.without_chain().chain_hash(3, &prior),
            chit.chain_hash(3, &prior),
            "its place is hashed"
        );
        assert_ne!(chit.chain_hash(3, &prior), chit.chain_hash(4, &prior), "its place is not hashed");
    }
    if let Some(plain) = std::str::from_utf8(bytes).ok().and_then(Plain::read) {
        // The date alone is left for later by the quick one.
        let Some(chit) = careful else { return assert_eq!(plain.date(), None, "what is plain can be read") };
        same(&plain, &chit);
    }
}

fn same(plain: &Plain<'_>, chit: &ChitObject) {
    assert_eq!(plain.by(), chit.by());
    assert_eq!(plain.tally(), chit.tally().to_string());
    assert_eq!(plain.uuid(), chit.uuid().to_string());
    assert_eq!(plain.memo(), chit.memo());
    assert_eq!(plain.date(), Some(chit.date()));
    for half in [Half::Stock, Half::Foil] {
        assert_eq!(plain.change_for(half), chit.change_for(half));
    }
    let mut room = Vec::new();
    for (index, prior) in [(1, [0; 32]), (u64::MAX, [255; 32])] {
        let prior = Digest::from_bytes(prior);
        assert_eq!(plain.chain_hash(index, &prior, &mut room), chit.chain_hash(index, &prior));
    }
    for signer in [TestSigner::alice(), TestSigner::bob()] {
        assert_eq!(plain.verify(signer.public()).is_ok(), chit.verify(signer.public()).is_ok());
    }
}
