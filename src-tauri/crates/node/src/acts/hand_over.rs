//! Handing over without a network: what waits for a partner is sealed for them alone and shown as a code that moves;
//! what they show is looked at, and taken in when the person says so, through the same gate as what links bring.

use std::collections::BTreeSet;
use std::sync::Arc;

use tallystick_core::animated::{Film, Gathering, MAX_FILM, Seen};
use tallystick_core::message::{Body, ChitAction, Envelope, TallyAction};
use tallystick_core::{AgentId, TallyId};
use tallystick_noise::sealed;
use tallystick_store::{Letter, Rows, StoreError};
use uuid::Uuid;

use crate::peer::Turn;
use crate::show;
use crate::view::{
    Brought, CheckName, CodeCard, CodeKind, CodeProblem, Failure, FailureCode, HandOver, Happening, Parcel,
    Progress,
};
use crate::wallet::{Inner, Wallet, held};

/// What is being gathered, and what was gathered last.
#[derive(Debug, Default)]
pub(crate) struct Hands {
    gathering: Gathering,
    /// Opened, and waiting for the person's word.
    opened: Option<Opened>,
}

/// A bundle that was opened: it is from this agent, and says this.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    /// The inspection by which the window knows it: the same for as long as the same film is shown.
    id: Uuid,
    sealed: Vec<u8>,
    agent: AgentId,
    said: Vec<Envelope>,
}

impl Wallet {
    /// Everything that waits for the partner of a tally, or for the maker of a ticket we answered, as frames to be shown
    /// one after the other. What is shown may have left: it cannot be taken back any more. It waits on until it is
    /// answered, by whatever road.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`]; [`FailureCode::NothingWaits`]; [`FailureCode::TooLong`] for a letter that no film holds.
    pub async fn hand_over(&self, id: &str) -> Result<HandOver, Failure> {
        let not_found = || Failure::plain(FailureCode::NotFound);
        let id: Uuid = id.parse().map_err(|_| not_found())?;
        let inner = Arc::clone(&self.inner);
        let (agent, letters) = self
            .inner
            .act(move |rows| {
                let agent = partner(rows, id)?.ok_or_else(not_found)?;
                let (_, letters, happenings) = turn(&inner, rows, agent, Vec::new())?;
                Ok(((agent, letters), happenings))
            })
            .await?;
        let (bundle, contents) = bundle(&letters)?;
        let known = contents.clone();
        let contents = self.inner.book.read::<_, Failure>(move |rows| {
            Ok(known.iter().map(|one| parcel(rows, one, Hand::Giving)).collect::<Result<Vec<_>, _>>()?)
        });
        let contents = contents.await?;
        let sealed =
            sealed::seal(self.inner.keys.agent(), &agent, bundle.as_bytes()).map_err(Failure::internal)?;
        let mut film = Film::of(&sealed).ok_or(Failure::plain(FailureCode::TooLong))?;
        // The parts themselves, and then mixes of them: whoever misses some is helped before it begins again.
        let parts = count(film.parts());
        let frames = (0..film.parts().saturating_mul(ROUND).max(2)).map(|_| film.frame()).collect();
        Ok(HandOver { contents, parts, modules: None, frames })
    }

    /// Takes in what was handed over, once a code of it was inspected: the tally it is about, or the one that began with
    /// it.
    ///
    /// # Errors
    /// [`FailureCode::NotContactable`] when it was not inspected, or was taken in before; [`FailureCode::NotTaken`] when
    /// nothing in it has any business here.
    pub async fn take_over(&self, inspection: &str) -> Result<Option<String>, Failure> {
        let refused = || Failure::plain(FailureCode::NotContactable);
        let id: Uuid = inspection.parse().map_err(|_| refused())?;
        let opened = {
            let mut hands = held(&self.inner.hands);
            hands.opened.take_if(|opened| opened.id == id).ok_or_else(refused)?
        };
        let about = opened.said.iter().find_map(subject);
        let all = opened.said.len();
        let inner = Arc::clone(&self.inner);
        let (dropped, changed) = self
            .inner
            .act(move |rows| {
                let (dropped, _, happenings) = turn(&inner, rows, opened.agent, opened.said)?;
                let changed = happenings.iter().find_map(tally_of);
                Ok(((dropped, changed), happenings))
            })
            .await?;
        if dropped == all {
            return Err(Failure::plain(FailureCode::NotTaken));
        }
        let known = self.inner.book.read::<_, Failure>(move |rows| match about {
            Some(tally) => Ok(rows.tally(tally)?.map(|_| tally.to_string())),
            None => Ok(None),
        });
        Ok(known.await?.or(changed))
    }
}

/// A frame of a film: how far it has come, and whose it is once all of it is there. Sends nothing, changes nothing.
pub(crate) fn look(
    inner: &Inner,
    rows: &Rows<'_>,
    text: &str,
    mut card: CodeCard,
) -> Result<CodeCard, Failure> {
    card.kind = CodeKind::HandOver;
    card.text = String::new();
    let mut hands = held(&inner.hands);
    let sealed = match hands.gathering.take(text) {
        Seen::NoFrame => {
            card.problem = Some(CodeProblem::Malformed);
            return Ok(card);
        }
        Seen::Part { have, of } => {
            card.progress = Some(Progress { have: count(have), of: count(of) });
            return Ok(card);
        }
        Seen::Whole(sealed) => sealed,
    };
    let Some((from, content)) = sealed::open(inner.keys.agent(), &sealed) else {
        card.checks = vec![show::check(CheckName::WellFormed, true), show::check(CheckName::ForMe, false)];
        card.problem = Some(CodeProblem::ForAnother);
        return Ok(card);
    };
    let said: Option<Vec<Envelope>> = std::str::from_utf8(&content)
        .ok()
        .map(|text| {
            text.lines().take(MOST_LETTERS).map(|line| Envelope::parse(line.as_bytes()).ok()).collect()
        })
        .unwrap_or_default();
    let agent = said.as_ref().and_then(|said| said.first()).map(|first| first.from.clone());
    let (Some(said), Some(maker)) = (said, agent) else {
        card.checks = vec![show::check(CheckName::WellFormed, false), show::check(CheckName::ForMe, true)];
        card.problem = Some(CodeProblem::Malformed);
        return Ok(card);
    };
    let agent = maker.agent();
    // The key inside is proven; the names on the letters have to be its own.
    let own = from.is_agent(&agent) && said.iter().all(|one| one.from.agent() == agent);
    card.checks = vec![
        show::check(CheckName::WellFormed, true),
        show::check(CheckName::ForMe, true),
        show::check(CheckName::SealedToMaker, own),
    ];
    if !own {
        card.problem = Some(CodeProblem::Altered);
        return Ok(card);
    }
    show::maker(&mut card, &maker);
    card.name = said.iter().find_map(|one| name(rows, one).transpose()).transpose()?;
    card.brings = said.iter().map(|one| parcel(rows, one, Hand::Taking)).collect::<Result<_, _>>()?;
    let same = hands.opened.as_ref().filter(|opened| opened.sealed == sealed).map(|opened| opened.id);
    let id = same.unwrap_or_else(Uuid::new_v4);
    card.inspection = Some(id.to_string());
    hands.opened = Some(Opened { id, sealed, agent, said });
    Ok(card)
}

/// One turn with a partner who is there in person instead of on a link: messages dropped, and letters to leave.
fn turn(
    inner: &Inner,
    rows: &Rows<'_>,
    agent: AgentId,
    said: Vec<Envelope>,
) -> Result<(usize, Vec<Letter>, Vec<Happening>), Failure> {
    let giving = said.is_empty();
    let turn = Turn {
        agent,
        now: inner.now(),
        said,
        reached: None,
        proven: None,
        hint: None,
        heard: !giving,
        opening: giving,
        opener: None,
        tried: Vec::new(),
        in_hand: giving.then(BTreeSet::new),
    };
    let turned = turn.take(rows, &inner.ours())?;
    for (why, _) in &turned.dropped {
        tracing::debug!(why, "something handed over was not taken");
    }
    match turned.failed {
        Some(failure) => Err(failure),
        None => Ok((turned.dropped.len(), turned.letters, turned.happenings)),
    }
}

/// As many letters as one film holds, in their order, and what they say.
fn bundle(letters: &[Letter]) -> Result<(String, Vec<Envelope>), Failure> {
    if letters.is_empty() {
        return Err(Failure::plain(FailureCode::NothingWaits));
    }
    let (mut bundle, mut packed) = (String::new(), Vec::new());
    for letter in letters.iter().take(MOST_LETTERS) {
        if bundle.len() + letter.message.len() > MOST_BYTES {
            break;
        }
        bundle.push_str(&letter.message);
        bundle.push('\n');
        packed.push(Envelope::parse(letter.message.as_bytes()).map_err(Failure::internal)?);
    }
    if packed.is_empty() { Err(Failure::plain(FailureCode::TooLong)) } else { Ok((bundle, packed)) }
}

fn partner(rows: &Rows<'_>, id: Uuid) -> Result<Option<AgentId>, Failure> {
    if let Some(row) = rows.tally(TallyId::new(id))? {
        return Ok(row.tally.partner());
    }
    Ok(rows.contact(id)?.map(|contact| contact.chad.agent()))
}

fn subject(envelope: &Envelope) -> Option<TallyId> {
    match &envelope.body {
        Body::Tally { object, .. } => Some(object.uuid()),
        Body::Chit { object, .. } => Some(object.tally()),
        Body::Chain(chain) => Some(chain.tally),
        Body::Ticket { .. } | Body::Places(_) | Body::Noted { .. } | Body::Lift(_) | Body::Unknown { .. } => {
            None
        }
    }
}

/// What the sender goes by: as the tally has it, or as they say themselves.
fn name(rows: &Rows<'_>, envelope: &Envelope) -> Result<Option<String>, Failure> {
    match &envelope.body {
        Body::Ticket { cert, .. } => Ok(Some(cert.display_name())),
        Body::Tally { .. } | Body::Chit { .. } | Body::Chain(_) => {
            let Some(row) = subject(envelope).map(|id| rows.tally(id)).transpose()?.flatten() else {
                return Ok(None);
            };
            let cert = row.tally.object().cert(row.tally.mine().other());
            Ok(cert.map(tallystick_core::Certificate::display_name))
        }
        Body::Places(_) | Body::Noted { .. } | Body::Lift(_) | Body::Unknown { .. } => Ok(None),
    }
}

/// The tally that something happened to.
fn tally_of(happening: &Happening) -> Option<String> {
    match happening {
        Happening::TallyChanged { tally, .. } => Some(tally.clone()),
        _ => None,
    }
}

/// Whether we hand it over or it is handed to us.
#[derive(Clone, Copy)]
enum Hand {
    Giving,
    Taking,
}

fn parcel(rows: &Rows<'_>, envelope: &Envelope, hand: Hand) -> Result<Parcel, StoreError> {
    let units = match &envelope.body {
        Body::Chit { object, .. } => object.units().map(|units| units.milli().saturating_abs()),
        Body::Ticket { .. }
        | Body::Tally { .. }
        | Body::Chain(_)
        | Body::Places(_)
        | Body::Noted { .. }
        | Body::Lift(_)
        | Body::Unknown { .. } => None,
    };
    Ok(Parcel { what: brought(rows, envelope, hand)?, units })
}

fn brought(rows: &Rows<'_>, envelope: &Envelope, hand: Hand) -> Result<Brought, StoreError> {
    Ok(match &envelope.body {
        // Whoever did not use a ticket says it back: it has arrived.
        Body::Ticket { token, .. } => {
            let used_by_us = rows.contact_by_token(&token.sha256())?.is_some();
            match (hand, used_by_us) {
                (Hand::Giving, true) | (Hand::Taking, false) => Brought::FirstContact,
                (Hand::Giving, false) | (Hand::Taking, true) => Brought::News,
            }
        }
        Body::Tally { action: TallyAction::Offer, .. } => Brought::Offer,
        Body::Tally { action: TallyAction::Open, .. } => Brought::Acceptance,
        Body::Tally { action: TallyAction::Draft | TallyAction::Void, .. } => Brought::Answer,
        Body::Chit { action: ChitAction::Good, .. } => Brought::Entry,
        Body::Chit { action: ChitAction::Pend, .. } => Brought::Request,
        Body::Chit { action: ChitAction::Void, .. } => Brought::Answer,
        Body::Chain(_) | Body::Places(_) | Body::Noted { .. } | Body::Lift(_) | Body::Unknown { .. } => {
            Brought::News
        }
    })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Letters of one bundle: more is a film nobody holds still for.
const MOST_LETTERS: usize = 64;

/// Frames for each part before they begin again.
const ROUND: usize = 4;

/// Room for the seal.
const MOST_BYTES: usize = MAX_FILM - 512;
