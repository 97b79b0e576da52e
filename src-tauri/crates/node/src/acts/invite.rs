//! Inviting somebody: a draft, and the ticket that carries it (protocol.md 6).

use tallystick_core::effect::{Change, Effect};
use tallystick_core::tally::{ComposeTally, Side, Tally, TallyObject};
use tallystick_core::{Certificate, Contract, Date, Half, TallyId, Terms, Ticket, Token, Units};
use tallystick_store::{Rows, StoreError, TallyNotes, TicketRow};
use uuid::Uuid;

use crate::show;
use crate::step::perform;
use crate::view::{Failure, FailureCode, Happening, InviteTerms, Template, TicketView};
use crate::wallet::{Inner, Wallet};

/// The longest private note, in characters.
const MAX_NOTE: usize = 500;

/// The longest notice, in days: ten years.
const MAX_NOTICE: u32 = 3_650;

/// How long a ticket may be good for, in seconds: a minute to thirty days.
const LIFE: std::ops::RangeInclusive<u32> = 60..=2_592_000;

impl Wallet {
    /// Drafts a tally and makes a ticket for it, good for one use.
    ///
    /// # Errors
    /// [`FailureCode::BadAmount`] or [`FailureCode::TooLong`] when the terms are out of range.
    pub async fn invite(&self, terms: InviteTerms) -> Result<TicketView, Failure> {
        let limit = Units::new(terms.they_may_owe)
            .ok()
            .filter(|limit| !limit.is_negative())
            .ok_or(Failure::plain(FailureCode::BadAmount))?;
        if terms.notice_days > MAX_NOTICE || !LIFE.contains(&terms.good_for) {
            return Err(Failure::plain(FailureCode::BadAmount));
        }
        let note = terms.note.filter(|note| !note.is_empty());
        if note.as_ref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
            return Err(Failure::plain(FailureCode::TooLong));
        }
        let inner = &self.inner;
        let now = inner.now();
        let grants = Terms::compose(Some(limit), Some(terms.notice_days)).map_err(Failure::internal)?;
        let mine = half(terms.template);
        let tally = draft(&inner.me, TallyId::new(Uuid::new_v4()), mine, grants, now)?;
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(Failure::internal)?;
        let token = Token::from_bytes(secret);
        let ticket = TicketRow {
            id: Uuid::new_v4(),
            token_hash: token.sha256(),
            token: Some(token.expose()),
            tally: tally.id(),
            template: show::template_name(terms.template).to_owned(),
            bound: None,
            note,
            made_at: now,
            expires_at: now.saturating_add(i64::from(terms.good_for) * 1_000),
            spent: None,
            revoked_at: None,
        };
        let id = ticket.id;
        inner.act(move |rows| Ok(((), add(rows, &tally, &ticket, now)?))).await?;
        self.ticket(&id.to_string()).await
    }

    /// One ticket, as it stands now.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn ticket(&self, id: &str) -> Result<TicketView, Failure> {
        let id: Uuid = id.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let inner = std::sync::Arc::clone(&self.inner);
        self.inner
            .book
            .read(move |rows| {
                let row = rows.ticket(id)?.ok_or(Failure::plain(FailureCode::NotFound))?;
                show::ticket(&inner, rows, row)
            })
            .await
    }

    /// All tickets, newest first.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn tickets(&self) -> Result<Vec<TicketView>, Failure> {
        let inner = std::sync::Arc::clone(&self.inner);
        self.inner
            .book
            .read(move |rows| {
                rows.tickets()?.into_iter().map(|row| show::ticket(&inner, rows, row)).collect()
            })
            .await
    }

    /// Takes a ticket back: from now on a caller who brings it hears nothing.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] if somebody used it before.
    pub async fn ticket_revoke(&self, id: &str) -> Result<TicketView, Failure> {
        let ticket: Uuid = id.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let now = self.inner.now();
        self.inner
            .act(move |rows| {
                let row = rows.ticket(ticket)?.ok_or(Failure::plain(FailureCode::NotFound))?;
                if row.spent.is_some() {
                    return Err(Failure::plain(FailureCode::OutOfTurn));
                }
                rows.revoke_ticket(ticket, now)?;
                let happenings = vec![
                    Happening::TicketChanged { ticket: ticket.to_string() },
                    Happening::TallyChanged { tally: row.tally.to_string() },
                ];
                Ok(((), happenings))
            })
            .await?;
        self.ticket(id).await
    }
}

/// The link of a ticket that can still be shown.
pub(crate) fn link(inner: &Inner, row: &TicketRow, tally: &Tally) -> Option<String> {
    let token = Token::parse(row.token.as_deref()?)?;
    let ticket = Ticket {
        chad: inner.own_chad(),
        token,
        expires: u64::try_from(row.expires_at / 1_000).unwrap_or(0),
        bound: row.bound,
        alternatives: Vec::new(),
        name: Some(inner.me.display_name()),
        limit: tally.object().side(tally.mine()).terms.limit(),
    };
    Some(ticket.to_link())
}

fn half(template: Template) -> Half {
    match template {
        Template::Friend | Template::Shop => Half::Stock,
        Template::Customer => Half::Foil,
    }
}

/// Writes a fresh draft and its ticket down.
pub(crate) fn add(
    rows: &Rows<'_>,
    tally: &Tally,
    ticket: &TicketRow,
    now: i64,
) -> Result<Vec<Happening>, StoreError> {
    let notes = TallyNotes { template: Some(ticket.template.clone()), claimed_limit: None };
    let mut happenings = perform(rows, tally, Some(&notes), vec![Effect::Save(Change::Tally)], now)?;
    rows.add_ticket(ticket)?;
    happenings.push(Happening::TallyChanged { tally: tally.id().to_string() });
    happenings.push(Happening::TicketChanged { ticket: ticket.id.to_string() });
    Ok(happenings)
}

/// A fresh draft of ours, on the newest contract.
pub(crate) fn draft(
    me: &Certificate,
    uuid: TallyId,
    mine: Half,
    grants: Terms,
    now: i64,
) -> Result<Tally, Failure> {
    let contract = Contract::builtin().first().ok_or(Failure::plain(FailureCode::ContractMissing))?;
    let ours = Side { cert: Some(me.clone()), terms: grants };
    // Whoever answers grants nothing by answering: terms without a limit would read as trust without end.
    let nothing = Terms::compose(Some(Units::ZERO), None).map_err(Failure::internal)?;
    let theirs = Side { cert: None, terms: nothing };
    let (stock, foil) = match mine {
        Half::Stock => (ours, theirs),
        Half::Foil => (theirs, ours),
    };
    let object = TallyObject::compose(ComposeTally {
        uuid,
        revision: 1,
        date: Date::from_millis(now),
        memo: None,
        agree: contract.hash(),
        stock,
        foil,
    })
    .map_err(Failure::internal)?;
    Ok(Tally::draft(mine, object))
}
