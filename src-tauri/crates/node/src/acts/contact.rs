//! Looking at a code, which sends nothing, and making first contact, which does.

use tallystick_core::animated::is_frame;
use tallystick_core::message::{Body, Envelope};
use tallystick_core::{Certificate, Chad, TokenText, Units};
use tallystick_store::{ContactPhase, ContactRow, How, NewLetter, Rows, Source};
use uuid::Uuid;

use crate::receive::ticket_key;
use crate::show;
use crate::view::{CardField, CodeCard, Failure, FailureCode, Happening};
use crate::wallet::{Wallet, held};

/// Codes remembered after they were looked at; the oldest goes first.
const KEPT: usize = 64;

/// A code that can be acted on.
#[derive(Clone)]
pub(crate) struct Inspected {
    pub(crate) chad: Chad,
    pub(crate) token: TokenText,
    pub(crate) name: Option<String>,
    pub(crate) limit: Option<Units>,
    /// Ms since the Unix epoch.
    pub(crate) expires_at: i64,
    /// When it was looked at: the oldest is forgotten first.
    pub(crate) seen_at: i64,
    /// Other places where its maker may be found.
    pub(crate) alternatives: Vec<(String, u16)>,
}

impl Wallet {
    /// Looks at the text of a code. Sends nothing and changes nothing.
    ///
    /// # Errors
    /// Only faults of the disk; what is wrong with the code is on its card.
    pub async fn code_inspect(&self, text: &str) -> Result<CodeCard, Failure> {
        let inner = std::sync::Arc::clone(&self.inner);
        let text = text.to_owned();
        if is_frame(text.trim()) {
            return self.inner.book.read(move |rows| show::hand_over(&inner, rows, &text)).await;
        }
        let (mut card, inspected) =
            self.inner.book.read::<_, Failure>(move |rows| Ok(show::code(&inner, rows, &text)?)).await?;
        if let Some(inspected) = inspected {
            let id = Uuid::new_v4();
            let mut kept = held(&self.inner.inspected);
            if kept.len() >= KEPT
                && let Some(oldest) = kept.iter().min_by_key(|(_, seen)| seen.seen_at).map(|(id, _)| *id)
            {
                kept.remove(&oldest);
            }
            kept.insert(id, inspected);
            card.inspection = Some(id.to_string());
        }
        Ok(card)
    }

    /// Makes first contact with the maker of an inspected ticket: queues our certificate for them alone, with these
    /// fields of our card and no others.
    ///
    /// Gives the name of the contact, under which [`Wallet::tally`] shows it until their offer takes its place.
    ///
    /// # Errors
    /// [`FailureCode::NotContactable`] if the code was not inspected, ran out, or was used here before;
    /// [`FailureCode::NotFound`] for a field that our card does not have.
    pub async fn contact(&self, inspection: &str, disclose: Vec<CardField>) -> Result<String, Failure> {
        let refused = || Failure::plain(FailureCode::NotContactable);
        let id: Uuid = inspection.parse().map_err(|_| refused())?;
        let inspected = held(&self.inner.inspected).get(&id).cloned().ok_or_else(refused)?;
        let now = self.inner.now();
        if now >= inspected.expires_at {
            return Err(refused());
        }
        let inner = std::sync::Arc::clone(&self.inner);
        self.inner
            .act(move |rows| {
                let certificate = |rows: &Rows<'_>| super::card::telling(&inner, rows, &disclose);
                make(rows, inspected, Uuid::new_v4(), certificate, now)
            })
            .await
            .map(|id| id.to_string())
    }

    /// Gives up contacts whose ticket ran out before it could be delivered, forgets tokens that did, and lets requests
    /// run out.
    pub(crate) async fn lapse(inner: &std::sync::Arc<crate::wallet::Inner>) -> Result<(), Failure> {
        let now = inner.now();
        inner.act(move |rows| Ok(((), lapsed(rows, now)?))).await
    }
}

/// Writes down a first contact with whoever made a ticket, and the letter that carries our certificate there; nothing
/// new if this ticket was used here before.
pub(crate) fn make(
    rows: &Rows<'_>,
    inspected: Inspected,
    id: Uuid,
    certificate: impl FnOnce(&Rows<'_>) -> Result<Certificate, Failure>,
    now: i64,
) -> Result<(Uuid, Vec<Happening>), Failure> {
    if let Some(earlier) = rows.contact_by_token(&inspected.token.sha256())? {
        // Pressing twice is one contact; a lapsed or answered one is not made again.
        return match earlier.phase {
            ContactPhase::Calling | ContactPhase::Waiting => Ok((earlier.id, Vec::new())),
            ContactPhase::Offered | ContactPhase::Lapsed => Err(Failure::plain(FailureCode::NotContactable)),
        };
    }
    let certificate = certificate(rows)?;
    let body = Body::Ticket { token: inspected.token.clone(), cert: certificate.clone() };
    let envelope = Envelope::new(inspected.chad.clone(), certificate.chad().clone(), body);
    let first = (inspected.chad.host().to_owned(), inspected.chad.port());
    let places: Vec<(String, u16)> = std::iter::once(first).chain(inspected.alternatives).collect();
    let contact = ContactRow {
        id,
        chad: inspected.chad,
        token: inspected.token.expose().to_owned(),
        token_hash: inspected.token.sha256(),
        name: inspected.name,
        claimed_limit: inspected.limit,
        phase: ContactPhase::Calling,
        tally: None,
        certificate,
        made_at: now,
        expires_at: inspected.expires_at,
    };
    let letter = NewLetter {
        partner: contact.chad.agent(),
        key: ticket_key(contact.id),
        tally: None,
        how: How::Ticket,
        message: envelope.to_value().to_string(),
    };
    rows.add_contact(&contact)?;
    rows.learn(contact.chad.agent(), &places, Source::Ticket, now)?;
    rows.queue(&letter, now)?;
    let made = Happening::TallyChanged { tally: contact.id.to_string() };
    Ok((contact.id, vec![made, Happening::ActivityChanged]))
}

/// Lets run out what has run out.
pub(crate) fn lapsed(rows: &Rows<'_>, now: i64) -> Result<Vec<Happening>, Failure> {
    let mut happenings = Vec::new();
    for ticket in rows.expire_tickets(now)? {
        happenings.push(Happening::TicketChanged { ticket: ticket.to_string() });
    }
    for contact in rows.contacts_unanswered()? {
        if contact.phase == ContactPhase::Calling && contact.expires_at <= now {
            rows.set_contact(contact.id, ContactPhase::Lapsed, None)?;
            rows.settle(&ticket_key(contact.id))?;
            happenings.push(Happening::TallyChanged { tally: contact.id.to_string() });
            happenings.push(Happening::ActivityChanged);
        }
    }
    happenings.extend(super::request::lapse(rows, now)?);
    Ok(happenings)
}
