//! Settings and disputes as the text of a column.

use serde_json::{Map, Value, json};
use tallystick_core::effect::EvidenceKind;
use tallystick_core::settings::Settings;
use tallystick_core::tally::Dispute;

use crate::error::StoreError;
use crate::rows::corrupt;

pub(super) fn kept(settings: &Settings) -> String {
    Value::Object(settings.kept().clone()).to_string()
}

pub(super) fn settings(text: &str) -> Result<Settings, StoreError> {
    let kept: Map<String, Value> = serde_json::from_str(text).map_err(|_| corrupt("tally"))?;
    Ok(Settings::restore(kept))
}

pub(super) fn dispute_text(dispute: &Dispute) -> String {
    json!({
        "kind": dispute.kind.as_str(),
        "index": dispute.index,
        "ours": dispute.ours.to_string(),
        "theirs": dispute.theirs.map(|hash| hash.to_string()),
        "chit": dispute.chit.map(|chit| chit.to_string()),
        "firm": dispute.firm,
    })
    .to_string()
}

pub(super) fn dispute(text: &str) -> Result<Dispute, StoreError> {
    let bad = || corrupt("dispute");
    let value: Value = serde_json::from_str(text).map_err(|_| bad())?;
    let word = |name: &str| value[name].as_str();
    let kind =
        EvidenceKind::ALL.into_iter().find(|kind| word("kind") == Some(kind.as_str())).ok_or_else(bad)?;
    Ok(Dispute {
        kind,
        index: value["index"].as_u64().ok_or_else(bad)?,
        ours: word("ours").and_then(|hash| hash.parse().ok()).ok_or_else(bad)?,
        theirs: word("theirs").map(|hash| hash.parse().map_err(|_| bad())).transpose()?,
        chit: word("chit").map(|chit| chit.parse().map_err(|_| bad())).transpose()?,
        firm: value["firm"].as_bool().ok_or_else(bad)?,
    })
}
