//! **A tally.** It is kept as it came; its digest and what is signed do not hang on how it was written; and nobody's
//! signature passes over content that its signer never signed, whatever else stands beside it.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::Value;
use tallystick_core::Half;
use tallystick_core::canonical::{self, parse_strict};
use tallystick_core::tally::TallyObject;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(value) = parse_strict(bytes) else { return };
    let Ok(tally) = TallyObject::parse(value.clone()) else { return };

    assert_eq!(*tally.raw(), value, "a tally was altered");
    for form in [canonical::signing(&value), canonical::hashing(&value)] {
        let again = parse_strict(&form.expect("a tally can be signed")).expect("a canonical form is strict");
        let again = TallyObject::parse(again).expect("the same tally in another order of keys");
        assert_eq!(again.digest(), tally.digest(), "the digest hangs on how it was written");
        assert_eq!(
            again.signing_bytes(),
            tally.signing_bytes(),
            "what is signed hangs on how it was written"
        );
    }
    assert_eq!(tally.digest(), canonical::digest(&tally.unsigned()).expect("a tally can be hashed"));
    let bare = tally.without_signatures();
    assert_eq!(bare.digest(), tally.digest(), "signatures count in the digest");
    for half in [Half::Stock, Half::Foil] {
        assert!(bare.verify(half).is_err(), "a tally without signatures passes as signed");
        if tally.verify(half).is_ok() {
            assert!(signed().contains(&tally.signing_bytes()), "a signature over what nobody has signed");
        }
    }
}

/// The content of every signed tally among the seeds: the only ones whose signatures a fuzzer can know.
fn signed() -> &'static BTreeSet<Vec<u8>> {
    static SIGNED: OnceLock<BTreeSet<Vec<u8>>> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let seeds = crate::seeds::of("tally").into_iter().chain(crate::seeds::of("message"));
        let values = seeds.filter_map(|bytes| parse_strict(&bytes).ok());
        let objects = values.map(|value: Value| value.get("object").cloned().unwrap_or(value));
        objects
            .filter_map(|value| TallyObject::parse(value).ok())
            .map(|tally| tally.signing_bytes())
            .collect()
    })
}
