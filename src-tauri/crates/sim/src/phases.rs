//! The table of protocol.md 7, written down a second time and apart from the machine it judges.

use tallystick_core::Half;
use tallystick_core::tally::TallyObject;

/// What may follow on what in one act, by the protocol's own names. Nothing stands for a tally not known before.
const FOLLOWS: &[(Option<&str>, &[&str])] = &[
    (None, &["draft", "P.draft", "P.offer"]),
    (Some("draft"), &["P.draft"]),
    (Some("P.draft"), &["draft.offer", "offer.void", "P.offer", "void"]),
    (Some("draft.offer"), &["H.offer", "P.offer", "open", "offer.void", "void"]),
    (Some("H.offer"), &["draft.offer", "P.offer", "open", "offer.void", "void"]),
    (Some("P.offer"), &["offer.draft", "draft.offer", "offer.open", "offer.void", "void"]),
    (Some("offer.draft"), &["P.draft", "draft.offer", "P.offer", "offer.void", "void"]),
    // An acceptance that crosses a newer offer or a refusal opens nothing.
    (Some("offer.open"), &["open", "C.open", "close", "P.offer", "void"]),
    (Some("offer.void"), &["void"]),
    (Some("open"), &["C.open", "close"]),
    (Some("C.open"), &["close", "open"]),
    // An entry that was signed before its signer knew.
    (Some("close"), &["C.open", "open"]),
    (Some("void"), &[]),
];

/// Pairs of phases in which two copies may rest while their people think.
const AT_REST: &[(&str, &str)] = &[
    ("H.offer", "P.offer"),
    ("H.offer", "P.draft"),
    ("open", "open"),
    ("C.open", "C.open"),
    ("close", "close"),
    ("void", "void"),
    // Every repetition of a refusal was lost. Whoever missed them hears it as soon as they speak.
    ("void", "P.offer"),
    ("void", "P.draft"),
];

/// Pairs that are left once everybody has answered what lay with them.
const AT_LAST: &[(&str, &str)] =
    &[("open", "open"), ("C.open", "C.open"), ("close", "close"), ("void", "void")];

/// Whether a tally may go from one phase to another in one act.
pub(crate) fn may_follow(from: Option<&str>, to: &str) -> bool {
    FOLLOWS.iter().any(|(before, after)| *before == from && after.contains(&to))
}

/// Whether two copies may rest in these phases.
pub(crate) fn may_rest(one: &str, other: &str) -> bool {
    AT_REST.iter().any(|pair| *pair == (one, other) || *pair == (other, one))
}

/// Whether two copies may be left in these phases for good.
pub(crate) fn may_last(one: &str, other: &str) -> bool {
    AT_LAST.iter().any(|pair| *pair == (one, other) || *pair == (other, one))
}

/// Whether both know that both have signed.
pub(crate) fn in_force(phase: &str) -> bool {
    matches!(phase, "open" | "C.open" | "close")
}

/// Whether a tally in this phase was ever in force.
pub(crate) fn has_chain(phase: &str) -> bool {
    matches!(phase, "offer.open" | "open" | "C.open" | "close")
}

/// Whose signatures must be on it.
pub(crate) fn signed_by(phase: &str, mine: Half) -> &'static [Half] {
    const STOCK: &[Half] = &[Half::Stock];
    const FOIL: &[Half] = &[Half::Foil];
    let one = |half: Half| if half == Half::Stock { STOCK } else { FOIL };
    match phase {
        "draft.offer" | "H.offer" => one(mine),
        "P.offer" => one(mine.other()),
        phase if has_chain(phase) => &[Half::Stock, Half::Foil],
        _ => &[],
    }
}

/// Whether nobody but the offerer may have signed.
pub(crate) fn one_signature(phase: &str) -> bool {
    matches!(phase, "draft.offer" | "H.offer" | "P.offer")
}

/// How many signatures are on it, good or not.
pub(crate) fn signatures(object: &TallyObject) -> usize {
    [Half::Stock, Half::Foil].into_iter().filter(|half| object.signature(*half).is_some()).count()
}
