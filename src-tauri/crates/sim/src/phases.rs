//! The table of protocol.md 7, written down a second time and apart from the machine it judges.

use tallystick_core::Half;
use tallystick_core::tally::TallyObject;

/// What may follow on what in one act, by the protocol's own names. Nothing stands for a tally not known before.
const FOLLOWS: &[(Option<&str>, &[&str])] = &[
    (None, &["draft", "P.offer"]),
    (Some("draft"), &["P.draft"]),
    (Some("P.draft"), &["draft.offer", "offer.void"]),
    (Some("draft.offer"), &["H.offer", "P.offer", "open", "void"]),
    (Some("H.offer"), &["P.offer", "open", "void"]),
    (Some("P.offer"), &["offer.open", "offer.void", "void"]),
    (Some("offer.open"), &["open"]),
    (Some("offer.void"), &["void"]),
    (Some("open"), &["C.open"]),
    (Some("C.open"), &["close", "open"]),
    (Some("close"), &[]),
    (Some("void"), &[]),
];

/// Pairs of phases in which two copies may rest when all is said.
const AT_REST: &[(&str, &str)] =
    &[("H.offer", "P.offer"), ("open", "open"), ("C.open", "C.open"), ("close", "close"), ("void", "void")];

/// Whether a tally may go from one phase to another in one act.
pub(crate) fn may_follow(from: Option<&str>, to: &str) -> bool {
    FOLLOWS.iter().any(|(before, after)| *before == from && after.contains(&to))
}

/// Whether two copies may rest in these phases.
pub(crate) fn may_rest(one: &str, other: &str) -> bool {
    AT_REST.iter().any(|pair| *pair == (one, other) || *pair == (other, one))
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
