//! Inviting somebody: a draft, and the ticket that carries it (protocol.md 6).

use tallystick_core::code::{Code, inspect};
use tallystick_core::effect::{Change, Effect};
use tallystick_core::tally::{ComposeTally, Side, Tally, TallyObject};
use tallystick_core::{
    Certificate, Chad, Contract, Date, Digest, EASY_LINK, Half, MAX_ALTERNATIVES, MAX_MEMO, TallyId, Terms,
    Ticket, Token, Units,
};
use tallystick_store::{Rows, TallyNotes, TicketRow};
use uuid::Uuid;

use crate::show;
use crate::step::perform;
use crate::view::{Failure, FailureCode, Happening, InviteTerms, Template, TicketView};
use crate::wallet::{Inner, Wallet};

/// The longest private note, in characters.
const MAX_NOTE: usize = 500;

/// The longest notice, in days: ten years.
pub(super) const MAX_NOTICE: u32 = 3_650;

/// How often a ticket may be used: a counter card on a market stall, not a way to fill the disk.
const USES: std::ops::RangeInclusive<u32> = 1..=1_000;

/// How long a ticket may be good for, in seconds: a minute to thirty days.
const LIFE: std::ops::RangeInclusive<u32> = 60..=2_592_000;

impl Wallet {
    /// Drafts a tally and makes a ticket for it.
    ///
    /// # Errors
    /// [`FailureCode::BadAmount`] or [`FailureCode::TooLong`] when the terms are out of range,
    /// [`FailureCode::BadAddress`] for a ticket bound to nobody or to ourselves, and
    /// [`FailureCode::ContractMissing`] for a contract whose text is not here.
    pub async fn invite(&self, terms: InviteTerms) -> Result<TicketView, Failure> {
        let inner = std::sync::Arc::clone(&self.inner);
        let now = inner.now();
        let grants = grants(terms.they_may_owe, Some(terms.notice_days))?;
        if !LIFE.contains(&terms.good_for) || !USES.contains(&terms.uses) {
            return Err(Failure::plain(FailureCode::BadAmount));
        }
        let bound = terms.only_for.as_deref().map(|text| somebody_else(&inner, text)).transpose()?;
        let draft = Draft {
            mine: half(terms.template),
            grants,
            memo: bounded(terms.memo, MAX_MEMO)?,
            agree: wanted_contract(terms.contract.as_deref())?,
        };
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(Failure::internal)?;
        let token = Token::from_bytes(secret);
        let ticket = TicketRow {
            id: Uuid::new_v4(),
            token_hash: token.sha256(),
            token: Some(token.expose()),
            tally: TallyId::new(Uuid::new_v4()),
            template: show::template_name(terms.template).to_owned(),
            bound,
            note: bounded(terms.note, MAX_NOTE)?,
            made_at: now,
            expires_at: now.saturating_add(i64::from(terms.good_for) * 1_000),
            uses: terms.uses,
            used: 0,
            spent: None,
            revoked_at: None,
        };
        let id = ticket.id;
        let disclose = terms.disclose;
        self.inner
            .act(move |rows| {
                let cert = super::card::telling(&inner, rows, &disclose)?;
                Ok(((), add(rows, draft, cert, ticket, now)?))
            })
            .await?;
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
    let others = inner.own_places().into_iter().skip(1).take(MAX_ALTERNATIVES);
    let ticket = Ticket {
        chad: inner.own_chad(),
        token,
        expires: u64::try_from(row.expires_at / 1_000).unwrap_or(0),
        bound: row.bound.as_ref().map(Chad::agent),
        alternatives: others.map(|place| (place.host().to_owned(), place.port())).collect(),
        name: Some(inner.me.display_name()),
        limit: tally.object().side(tally.mine()).terms.limit(),
    };
    Some(ticket.within(EASY_LINK).to_link())
}

fn half(template: Template) -> Half {
    match template {
        Template::Friend | Template::Shop => Half::Stock,
        Template::Customer => Half::Foil,
    }
}

/// What a draft of ours will say.
pub(crate) struct Draft {
    pub(crate) mine: Half,
    pub(crate) grants: Terms,
    pub(crate) memo: Option<String>,
    pub(crate) agree: Digest,
}

/// Writes down a draft under the name its ticket has for it, and the ticket.
pub(crate) fn add(
    rows: &Rows<'_>,
    draft: Draft,
    cert: Certificate,
    ticket: TicketRow,
    now: i64,
) -> Result<Vec<Happening>, Failure> {
    let tally = draft.compose(rows, ticket.tally, cert, now)?;
    let notes = TallyNotes { template: Some(ticket.template.clone()), claimed_limit: None };
    let mut happenings = perform(rows, None, &tally, Some(&notes), vec![Effect::Save(Change::Tally)], now)?;
    rows.add_ticket(&ticket)?;
    happenings.push(Happening::TallyChanged { tally: tally.id().to_string() });
    happenings.push(Happening::TicketChanged { ticket: ticket.id.to_string() });
    Ok(happenings)
}

impl Draft {
    fn compose(self, rows: &Rows<'_>, uuid: TallyId, cert: Certificate, now: i64) -> Result<Tally, Failure> {
        // Nobody is asked to sign under a text that cannot be shown to them here.
        show::contract(rows, &self.agree)?.ok_or(Failure::plain(FailureCode::ContractMissing))?;
        let ours = Side { cert: Some(cert), terms: self.grants };
        // Whoever answers grants nothing by answering: terms without a limit would read as trust without end.
        let nothing = Terms::compose(Some(Units::ZERO), None).map_err(Failure::internal)?;
        let theirs = Side { cert: None, terms: nothing };
        let (stock, foil) = match self.mine {
            Half::Stock => (ours, theirs),
            Half::Foil => (theirs, ours),
        };
        let object = TallyObject::compose(ComposeTally {
            uuid,
            revision: 1,
            date: Date::from_millis(now),
            memo: self.memo,
            agree: self.agree,
            stock,
            foil,
        })
        .map_err(Failure::internal)?;
        Ok(Tally::draft(self.mine, object))
    }
}

/// What we grant: milli-CHIPs the other may owe, and days of notice.
pub(super) fn grants(limit: i64, notice: Option<u32>) -> Result<Terms, Failure> {
    let bad = || Failure::plain(FailureCode::BadAmount);
    let limit = Units::new(limit).ok().filter(|limit| !limit.is_negative()).ok_or_else(bad)?;
    if notice.is_some_and(|days| days > MAX_NOTICE) {
        return Err(bad());
    }
    Terms::compose(Some(limit), notice).map_err(|_| bad())
}

/// Text of the person's, unless it is empty.
pub(super) fn bounded(text: Option<String>, most: usize) -> Result<Option<String>, Failure> {
    let text = text.filter(|text| !text.is_empty());
    match &text {
        Some(long) if long.chars().count() > most => Err(Failure::plain(FailureCode::TooLong)),
        _ => Ok(text),
    }
}

fn wanted_contract(hash: Option<&str>) -> Result<Digest, Failure> {
    let missing = || Failure::plain(FailureCode::ContractMissing);
    match hash {
        Some(hash) => hash.parse().map_err(|_| missing()),
        None => Contract::builtin().first().map(Contract::hash).ok_or_else(missing),
    }
}

fn somebody_else(inner: &Inner, text: &str) -> Result<Chad, Failure> {
    match inspect(text.trim()) {
        Code::Address(chad) if chad.agent() != inner.agent() => Ok(chad),
        _ => Err(Failure::plain(FailureCode::BadAddress)),
    }
}
