//! Tallies, contacts without a tally yet, and the position they add up to.

use std::sync::Arc;

use tallystick_core::TallyId;
use tallystick_core::chain::Chain;
use tallystick_core::chit::Kind;
use tallystick_core::tally::{Phase, Tally};
use tallystick_core::words::{between, fingerprint};
use tallystick_store::{
    ChitRow, ContactPhase, ContactRow, Damaged, Found, Rows, StoreError, TallyRow as Stored,
};

use super::history::entry;
use super::needs::needs;
use super::settings::closing;
use super::{contract, deal, hex, person, terms, words};
use crate::view::{
    ActivityKind, Copies, CopiesState, Direction, EntryKind, EntryStage, Failure, FailureCode, Home, Need,
    NeedKind, Notch, Person, PhaseView, Proof, ShareOfPosition, TallyRow, TallyView, TermsView,
};
use crate::wallet::{Inner, Wallet};

/// Notches on a stick.
const NOTCHES: u32 = 24;

impl Wallet {
    /// The first screen.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn home(&self) -> Result<Home, Failure> {
        self.ask(|inner, rows| Ok(home(inner, rows)?)).await
    }

    /// All tallies and contacts, the one that changed last first.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn tallies(&self) -> Result<Vec<TallyRow>, Failure> {
        self.ask(|inner, rows| Ok(list(inner, rows)?)).await
    }

    /// One tally; the name of a contact finds the tally that came of it.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn tally(&self, id: &str) -> Result<TallyView, Failure> {
        let id: TallyId = id.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        self.ask(move |inner, rows| {
            if let Some(row) = rows.tally(id)? {
                return Ok(view(inner, rows, &row)?);
            }
            let contact = rows.contact(id.uuid())?.ok_or(Failure::plain(FailureCode::NotFound))?;
            match contact.tally.map(|tally| rows.tally(tally)).transpose()?.flatten() {
                Some(row) => Ok(view(inner, rows, &row)?),
                None => Ok(contact_view(inner, rows, &contact)?),
            }
        })
        .await
    }

    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Inner, &Rows<'_>) -> Result<T, Failure> + Clone + Send + 'static,
    ) -> Result<T, Failure> {
        let looked = self.inner.looked.is_cancelled();
        let (inner, again) = (Arc::clone(&self.inner), question.clone());
        match self.inner.book.read(move |rows| question(&inner, rows)).await {
            // Damage is set aside when the chains are looked through, which takes its time in a wallet just opened.
            Err(Failure { code: FailureCode::Internal { .. }, .. }) if !looked => {
                self.inner.looked.cancelled().await;
                let inner = Arc::clone(&self.inner);
                self.inner.book.read(move |rows| again(&inner, rows)).await
            }
            answer => answer,
        }
    }
}

/// Who is on the other side, once their certificate is in.
pub(crate) fn partner(inner: &Inner, rows: &Rows<'_>, tally: &Tally) -> Result<Option<Person>, StoreError> {
    let cert = tally.object().cert(tally.mine().other());
    cert.map(|cert| person(inner, rows, cert.chad(), cert.display_name())).transpose()
}

fn home(inner: &Inner, rows: &Rows<'_>) -> Result<Home, StoreError> {
    let mut home = Home {
        owed_to_me: 0,
        i_owe: 0,
        waiting: 0,
        shares: Vec::new(),
        needs: Vec::new(),
        tallies: 0,
        matching: 0,
    };
    let tallies = rows.tallies()?;
    for found in &tallies {
        let row = found_row(inner, rows, found)?;
        home.owed_to_me = home.owed_to_me.saturating_add(row.balance.max(0));
        home.i_owe = home.i_owe.saturating_add(-row.balance.min(0));
        home.waiting = home.waiting.saturating_add(-row.waiting);
        if row.copies.state == CopiesState::Match {
            home.matching += 1;
        }
        if matches!(&found, Found::Whole(stored) if stored.tally.phase().is_in_force()) {
            home.tallies += 1;
        }
        if row.balance != 0 {
            // Whose share it is may be unreadable; that it is one is not.
            let name = row.partner.as_ref().map_or_else(|| row.id.clone(), |partner| partner.name.clone());
            home.shares.push(ShareOfPosition { tally: row.id.clone(), name, balance: row.balance });
        }
    }
    let tallies: Vec<Stored> = tallies.into_iter().filter_map(Found::whole).collect();
    home.shares.sort_by_key(|share| std::cmp::Reverse(share.balance));
    for needed in needs(inner, rows, &tallies)? {
        let kind = match needed.kind {
            ActivityKind::ReviewAnswer => NeedKind::ReviewAnswer,
            ActivityKind::ReviewOffer => NeedKind::ReviewOffer,
            ActivityKind::PayRequest => NeedKind::PayRequest,
            ActivityKind::Mismatch => NeedKind::Mismatch,
            _ => continue,
        };
        let (partner, since, request) = (needed.partner, needed.since, needed.request);
        home.needs.push(Need { kind, tally: needed.tally.to_string(), partner, since, request });
    }
    Ok(home)
}

fn list(inner: &Inner, rows: &Rows<'_>) -> Result<Vec<TallyRow>, StoreError> {
    let mut list =
        rows.tallies()?.iter().map(|found| found_row(inner, rows, found)).collect::<Result<Vec<_>, _>>()?;
    list.extend(rows.contacts_unanswered()?.iter().map(|contact| contact_row(inner, contact)));
    list.sort_by_key(|row| std::cmp::Reverse(row.last_activity));
    Ok(list)
}

/// One line of the list, whatever can be read of it.
fn found_row(inner: &Inner, rows: &Rows<'_>, found: &Found) -> Result<TallyRow, StoreError> {
    let stored = match found {
        Found::Whole(stored) => stored,
        Found::Damaged(damaged) => return Ok(damaged_row(damaged)),
    };
    match row(inner, rows, stored) {
        // What stands beside the tally is damaged: its own amounts are not.
        Err(StoreError::Corrupt { what }) => Ok(damaged_row(&Damaged {
            id: stored.tally.id().to_string(),
            phase: Some(stored.tally.phase()),
            balance: stored.tally.balance().milli(),
            waiting: stored.tally.waiting().milli(),
            changed_at: stored.changed_at,
            what,
        })),
        read => read,
    }
}

fn damaged_row(damaged: &Damaged) -> TallyRow {
    tracing::error!(tally = %damaged.id, what = damaged.what, "a tally cannot be read");
    TallyRow {
        id: damaged.id.clone(),
        partner: None,
        phase: damaged.phase.map_or(PhaseView::Void, phase),
        balance: damaged.balance.saturating_sub(damaged.waiting),
        waiting: damaged.waiting,
        copies: Copies { state: CopiesState::NotYet, behind: 0, entries: 0 },
        i_may_owe: None,
        they_may_owe: None,
        last_activity: damaged.changed_at,
        ticket: None,
        unreadable: Some(damaged.what.to_owned()),
    }
}

fn row(inner: &Inner, rows: &Rows<'_>, stored: &Stored) -> Result<TallyRow, StoreError> {
    let tally = &stored.tally;
    let ticket = match tally.phase() {
        Phase::Draft => rows.ticket_of(tally.id())?,
        _ => None,
    };
    let waiting = tally.waiting().milli();
    Ok(TallyRow {
        id: tally.id().to_string(),
        partner: partner(inner, rows, tally)?,
        phase: phase(tally.phase()),
        balance: tally.balance().milli() - waiting,
        waiting,
        copies: copies(tally),
        i_may_owe: terms(&tally.object().side(tally.mine().other()).terms).limit,
        they_may_owe: terms(&tally.object().side(tally.mine()).terms).limit,
        last_activity: stored.changed_at,
        ticket: ticket.map(|ticket| ticket.id.to_string()),
        unreadable: None,
    })
}

fn view(inner: &Inner, rows: &Rows<'_>, stored: &Stored) -> Result<TallyView, StoreError> {
    let tally = &stored.tally;
    let page = rows.page(tally.id(), None, NOTCHES)?;
    let agree = tally.object().agree_hash();
    let text = agree.map(|hash| contract(rows, &hash)).transpose()?.flatten();
    let older = page.total.saturating_sub(u64::try_from(page.chits.len()).unwrap_or(0));
    let in_flight = page.chits.iter().rev().filter(|chit| chit.mine && chit.matched_at.is_none());
    let signature = |half| tally.object().signature(half).map(ToString::to_string);
    Ok(TallyView {
        row: row(inner, rows, stored)?,
        my_half: tally.mine().as_str().to_owned(),
        date: tally.object().date().millis(),
        memo: tally.object().memo().map(str::to_owned),
        my_terms: terms(&tally.object().side(tally.mine()).terms),
        their_terms: terms(&tally.object().side(tally.mine().other()).terms),
        contract_title: text.map(|text| text.title),
        contract_hash: agree.map(|hash| hash.to_string()).unwrap_or_default(),
        notches: page.chits.iter().rev().map(notch).collect(),
        older: u32::try_from(older).unwrap_or(u32::MAX),
        in_flight: in_flight.map(|chit| entry(rows, chit)).collect::<Result<_, _>>()?,
        proof: Proof {
            digest: tally.chain().map(|_| tally.object().digest().to_string()),
            head: tally.chain().map_or(0, Chain::head),
            head_hash: tally.chain().map(|chain| chain.head_hash().to_string()),
            agreed: tally.chain().and_then(Chain::agreed),
            my_signature: signature(tally.mine()),
            their_signature: signature(tally.mine().other()),
            compared_at: stored.compared_at,
        },
        reason: tally.reason().map(str::to_owned),
        negotiation: deal::negotiation(tally),
        dispute: deal::dispute(rows, stored)?,
        their_card: tally.object().cert(tally.mine().other()).map(deal::card),
        disclosed: deal::disclosed(tally.object().cert(tally.mine())),
        closing: closing(tally),
        waits: tally.partner().map(|partner| rows.waits_for(partner)).transpose()?.flatten(),
    })
}

fn phase(phase: Phase) -> PhaseView {
    match phase {
        Phase::Draft => PhaseView::Draft,
        Phase::PartnerDraft | Phase::Revising => PhaseView::PartnerDraft,
        Phase::Offering => PhaseView::Offering,
        Phase::Offered => PhaseView::Offered,
        Phase::OfferedToUs => PhaseView::OfferedToUs,
        Phase::Accepting => PhaseView::Accepting,
        Phase::Open => PhaseView::Open,
        Phase::Closing => PhaseView::Closing,
        Phase::Closed => PhaseView::Closed,
        Phase::Refusing | Phase::Void => PhaseView::Void,
    }
}

fn copies(tally: &Tally) -> Copies {
    let Some(chain) = tally.chain() else {
        return Copies { state: CopiesState::NotYet, behind: 0, entries: 0 };
    };
    let behind = u32::try_from(chain.tail().len()).unwrap_or(u32::MAX);
    let state = match (chain.agreed(), behind) {
        _ if tally.is_frozen() => CopiesState::Mismatch,
        (None, _) => CopiesState::NotYet,
        (Some(_), 0) => CopiesState::Match,
        (Some(_), _) => CopiesState::CatchingUp,
    };
    Copies { state, behind, entries: chain.head() }
}

pub(crate) fn notch(chit: &ChitRow) -> Notch {
    let change = chit.change.milli();
    Notch {
        direction: if chit.mine { Direction::TowardThem } else { Direction::TowardMe },
        units: change.abs(),
        kind: match chit.linked.chit.kind() {
            Kind::Tran => EntryKind::Payment,
            Kind::Set => EntryKind::Settings,
            Kind::Lift => EntryKind::Clearing,
        },
        at: chit.linked.chit.date().millis(),
        stage: match (chit.matched_at, chit.delivered_at, chit.mine) {
            (Some(_), _, _) => EntryStage::Matched,
            // What a partner signed and we linked is accepted by our own wallet.
            (None, _, false) => EntryStage::Accepted,
            (None, Some(_), true) => EntryStage::Delivered,
            (None, None, true) => EntryStage::Signed,
        },
    }
}

/// Who made a ticket that we used, as the ticket says.
pub(crate) fn contact_person(inner: &Inner, contact: &ContactRow) -> Person {
    let agent = contact.chad.agent();
    Person {
        name: contact.name.clone().unwrap_or_else(|| contact.chad.cuid().to_owned()),
        address: contact.chad.to_uri(),
        fingerprint: hex(&fingerprint(&agent)),
        words: words(between(&inner.agent(), &agent)),
        heard_at: None,
    }
}

fn contact_row(inner: &Inner, contact: &ContactRow) -> TallyRow {
    let lapsed = contact.phase == ContactPhase::Lapsed;
    TallyRow {
        id: contact.id.to_string(),
        partner: Some(contact_person(inner, contact)),
        phase: if lapsed { PhaseView::Void } else { PhaseView::Contacted },
        balance: 0,
        waiting: 0,
        copies: Copies { state: CopiesState::NotYet, behind: 0, entries: 0 },
        i_may_owe: contact.claimed_limit.map(tallystick_core::Units::milli),
        they_may_owe: None,
        last_activity: contact.made_at,
        ticket: None,
        unreadable: None,
    }
}

fn contact_view(inner: &Inner, rows: &Rows<'_>, contact: &ContactRow) -> Result<TallyView, StoreError> {
    let row = contact_row(inner, contact);
    let theirs = TermsView { limit: row.i_may_owe, notice_days: None };
    Ok(TallyView {
        row,
        my_half: String::new(),
        date: contact.made_at,
        memo: None,
        my_terms: TermsView { limit: None, notice_days: None },
        their_terms: theirs,
        contract_title: None,
        contract_hash: String::new(),
        notches: Vec::new(),
        older: 0,
        in_flight: Vec::new(),
        proof: Proof {
            digest: None,
            head: 0,
            head_hash: None,
            agreed: None,
            my_signature: None,
            their_signature: None,
            compared_at: None,
        },
        reason: None,
        negotiation: None,
        dispute: None,
        their_card: None,
        disclosed: deal::disclosed(Some(&contact.certificate)),
        closing: None,
        waits: rows.waits_for(contact.chad.agent())?,
    })
}
