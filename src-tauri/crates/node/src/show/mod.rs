//! From the ledger to what a skin shows.

mod activity;
mod audit;
mod clearing;
mod code;
mod contract;
mod deal;
mod history;
mod lift;
mod needs;
mod request;
mod settings;
mod table;
mod tally;
mod ticket;

use tallystick_core::words::{between, fingerprint, four_words};
use tallystick_core::{AgentId, Chad, Terms, Units};
use tallystick_store::{Rows, StoreError};

use crate::peer::{are_near, in_order};
use crate::view::{IdentityView, Person, TermsView};
use crate::wallet::{Inner, held};

pub(crate) use audit::{audit, evidence};
pub(crate) use code::{check, code, hand_over, maker};
pub(crate) use contract::{contract, contracts, title};
pub(crate) use deal::differences;
pub(crate) use lift::{aim as lift_aim, invoice, lift, payment, referee};
pub(crate) use settings::settings_change;
pub(crate) use tally::partner;
pub(crate) use ticket::{template_name, ticket};

pub(crate) fn identity(inner: &Inner) -> IdentityView {
    let print = fingerprint(&inner.agent());
    IdentityView {
        name: inner.me.display_name(),
        address: inner.own_chad().to_uri(),
        fingerprint: hex(&print),
        words: words(print),
        protector: inner.protector,
    }
}

/// Somebody else. Their four words are the pair's: the other screen shows the same ones.
pub(crate) fn person(
    inner: &Inner,
    rows: &Rows<'_>,
    chad: &Chad,
    name: String,
) -> Result<Person, StoreError> {
    let agent: AgentId = chad.agent();
    let seen = rows.peer(agent)?;
    let own = held(&inner.reach).own.clone();
    let near = |ip| own.iter().any(|own| are_near(*own, ip));
    let best = in_order(rows.whereabouts(agent)?, near).into_iter().next();
    let place = best.and_then(|place| chad.at(&place.host, place.port).ok()).unwrap_or_else(|| chad.clone());
    Ok(Person {
        name,
        address: place.to_uri(),
        fingerprint: hex(&fingerprint(&agent)),
        words: words(between(&inner.agent(), &agent)),
        heard_at: seen.heard_at,
    })
}

pub(crate) fn terms(terms: &Terms) -> TermsView {
    TermsView { limit: terms.limit().map(Units::milli), notice_days: terms.call() }
}

pub(crate) fn words(print: [u8; 32]) -> [String; 4] {
    four_words(print).map(str::to_owned)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
