//! Tickets as the inviter sees them.

use tallystick_core::Chad;
use tallystick_core::words::fingerprint;
use tallystick_store::{Rows, TicketRow};

use super::{hex, person, terms, words};
use crate::acts::link;
use crate::view::{Failure, FailureCode, Template, TicketState, TicketView};
use crate::wallet::Inner;

pub(crate) fn ticket(inner: &Inner, rows: &Rows<'_>, row: TicketRow) -> Result<TicketView, Failure> {
    let now = inner.now();
    let tally = rows.tally(row.tally)?.ok_or(Failure::plain(FailureCode::NotFound))?.tally;
    let state = match (&row.spent, row.revoked_at) {
        (Some(_), _) => TicketState::Used,
        (None, Some(_)) => TicketState::Revoked,
        (None, None) if row.is_live(now) => TicketState::Live,
        (None, None) => TicketState::Expired,
    };
    // A ticket for several leaves its draft as it was; whoever used it stands in a tally of their own.
    let last = if row.uses == 1 { None } else { rows.last_ticket_use(row.id)? };
    let taken = last.map(|last| rows.tally(last.tally)).transpose()?.flatten();
    let taken = taken.as_ref().map_or(&tally, |taken| &taken.tally);
    let used_by = match taken.object().cert(taken.mine().other()) {
        Some(cert) if row.used > 0 => Some(person(inner, rows, cert.chad(), cert.display_name())?),
        _ => None,
    };
    let print = fingerprint(&inner.agent());
    Ok(TicketView {
        link: if state == TicketState::Live { link(inner, &row, &tally) } else { None },
        svg: None,
        modules: None,
        id: row.id.to_string(),
        tally: row.tally.to_string(),
        state,
        created_at: row.made_at,
        expires_at: row.expires_at,
        now,
        terms: terms(&tally.object().side(tally.mine()).terms),
        template: template(&row.template),
        fingerprint: hex(&print),
        words: words(print),
        used_by,
        note: row.note,
        uses: row.uses,
        used: row.used,
        only_for: row.bound.as_ref().map(Chad::to_uri),
    })
}

const NAMES: [(Template, &str); 3] =
    [(Template::Friend, "friend"), (Template::Shop, "shop"), (Template::Customer, "customer")];

pub(crate) fn template_name(template: Template) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == template).map_or("friend", |(_, name)| name)
}

fn template(name: &str) -> Template {
    NAMES.iter().find(|(_, known)| *known == name).map_or(Template::Friend, |(template, _)| *template)
}
