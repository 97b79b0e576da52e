//! The talk about a tally, what its two sides said of themselves, and what keeps its copies apart.

use serde_json::Value;
use tallystick_core::effect::EvidenceKind;
use tallystick_core::tally::{self, Phase, Tally, TallyObject};
use tallystick_core::{Certificate, Half, Units};
use tallystick_store::{Rows, StoreError, TallyRow};

use crate::view::{
    Card, CardField, Difference, DifferenceField, DisputeKind, DisputeView, NegotiationView, Turn, Whose,
};

/// The talk about a tally's terms, until it is in force or over.
pub(crate) fn negotiation(tally: &Tally) -> Option<NegotiationView> {
    let (turn, can_counter, can_withdraw, can_refuse) = match tally.phase() {
        Phase::Draft | Phase::Accepting => (Turn::None, false, false, false),
        Phase::PartnerDraft | Phase::Revising | Phase::OfferedToUs => (Turn::Mine, true, false, true),
        Phase::Offering | Phase::Offered => (Turn::Theirs, true, true, false),
        Phase::Open | Phase::Closing | Phase::Closed | Phase::Refusing | Phase::Void => return None,
    };
    let before = tally.previous();
    Some(NegotiationView {
        revision: tally.object().revision(),
        turn,
        revising: tally.is_revised_by_partner(),
        differences: before
            .map(|before| differences(tally.mine(), before, tally.object()))
            .unwrap_or_default(),
        can_counter,
        can_withdraw,
        can_refuse,
    })
}

/// What changed between two versions, seen from the holder of a half.
pub(crate) fn differences(mine: Half, old: &TallyObject, new: &TallyObject) -> Vec<Difference> {
    tally::differences(old, new).into_iter().map(|difference| one(mine, difference)).collect()
}

fn one(mine: Half, difference: tally::Difference) -> Difference {
    let whose = |half: Half| if half == mine { Whose::Mine } else { Whose::Theirs };
    let blank = |field, whose| Difference {
        field,
        whose,
        old_units: None,
        new_units: None,
        old_days: None,
        new_days: None,
        old_text: None,
        new_text: None,
    };
    let milli = |units: Option<Units>| units.map(Units::milli);
    match difference {
        tally::Difference::Memo { old, new } => {
            Difference { old_text: old, new_text: new, ..blank(DifferenceField::Memo, Whose::Both) }
        }
        tally::Difference::Limit { half, old, new } => Difference {
            old_units: milli(old),
            new_units: milli(new),
            ..blank(DifferenceField::Limit, whose(half))
        },
        tally::Difference::Notice { half, old, new } => {
            Difference { old_days: old, new_days: new, ..blank(DifferenceField::Notice, whose(half)) }
        }
        tally::Difference::Contract { old, new } => Difference {
            old_text: Some(reference(&old)),
            new_text: Some(reference(&new)),
            ..blank(DifferenceField::Contract, Whose::Both)
        },
        tally::Difference::Certificate { half } => blank(DifferenceField::Card, whose(half)),
        tally::Difference::Other { half } => blank(DifferenceField::Other, half.map_or(Whose::Both, whose)),
    }
}

/// A contract's reference: the bare hash where it is one.
fn reference(json: &str) -> String {
    match serde_json::from_str(json) {
        Ok(Value::String(hash)) => hash,
        _ => json.to_owned(),
    }
}

/// What keeps the copies apart, once it is more than a suspicion.
pub(crate) fn dispute(rows: &Rows<'_>, stored: &TallyRow) -> Result<Option<DisputeView>, StoreError> {
    let Some(dispute) = stored.tally.dispute().filter(|dispute| dispute.firm) else {
        return Ok(None);
    };
    let evidence = rows.evidence(stored.tally.id())?;
    Ok(Some(DisputeView {
        kind: match dispute.kind {
            EvidenceKind::Chain => DisputeKind::Chain,
            EvidenceKind::Conflict => DisputeKind::Conflict,
            EvidenceKind::Waived => DisputeKind::Waived,
            EvidenceKind::Damaged => DisputeKind::Damaged,
        },
        index: dispute.index,
        since: stored.disputed_at.unwrap_or(stored.changed_at),
        our_hash: Some(dispute.ours.to_string()),
        their_hash: dispute.theirs.map(|hash| hash.to_string()),
        entry: dispute.chit.map(|chit| chit.to_string()),
        evidence: u32::try_from(evidence.len()).unwrap_or(u32::MAX),
    }))
}

/// What a certificate tells of its owner.
pub(crate) fn card(cert: &Certificate) -> Card {
    let told = cert.card();
    Card { name: cert.display_name(), email: told.email, phone: told.phone, place: told.place }
}

/// Which fields besides the name a certificate of ours tells.
pub(crate) fn disclosed(cert: Option<&Certificate>) -> Vec<CardField> {
    let told = cert.map(Certificate::card).unwrap_or_default();
    let fields =
        [(CardField::Email, told.email), (CardField::Phone, told.phone), (CardField::Place, told.place)];
    fields.into_iter().filter(|(_, value)| value.is_some()).map(|(field, _)| field).collect()
}
