//! Preview and commit: the bytes to be signed are made here, shown, and signed exactly as shown.

use std::sync::Arc;

use tallystick_core::chit::{ChitObject, ComposeChit};
use tallystick_core::tally::{Input, Phase, Tally, TallyObject};
use tallystick_core::{ChitId, Contract, Date, MAX_MEMO, Signature, TallyId, Units};
use tallystick_store::{Rows, TallyRow};
use uuid::Uuid;

use crate::show;
use crate::step::step;
use crate::view::{Failure, FailureCode, SignKind, SignPreview, Signed, Standing, Warning};
use crate::wallet::{Inner, Wallet, held};

/// How long a preview may stay open, in ms.
const LIFE: i64 = 10 * 60 * 1_000;

/// Previews remembered at once; the oldest goes first.
const KEPT: usize = 32;

/// A preview: open, or signed. A signed one is kept so that a second press finds what the first one made.
pub(crate) struct Slot {
    draft: Draft,
    expires_at: i64,
    signed: Option<Signed>,
}

/// Exactly what would be signed.
#[derive(Clone)]
enum Draft {
    Offer(TallyObject),
    Accept(TallyObject),
    Pay(ChitObject),
}

impl Draft {
    fn tally(&self) -> TallyId {
        match self {
            Self::Offer(object) | Self::Accept(object) => object.uuid(),
            Self::Pay(chit) => chit.tally(),
        }
    }

    fn signing_bytes(&self) -> Vec<u8> {
        match self {
            Self::Offer(object) | Self::Accept(object) => object.signing_bytes(),
            Self::Pay(chit) => chit.signing_bytes(),
        }
    }

    fn digest(&self) -> String {
        match self {
            Self::Offer(object) | Self::Accept(object) => object.digest().to_string(),
            Self::Pay(chit) => chit.digest().to_string(),
        }
    }

    fn input(self, tally: &Tally, signature: Signature) -> Input {
        match self {
            Self::Offer(object) => {
                Input::Offer(object.without_signatures().with_signature(tally.mine(), signature))
            }
            Self::Accept(object) => Input::Accept(object.with_signature(tally.mine(), signature)),
            Self::Pay(chit) => Input::Sign(chit.with_signature(signature)),
        }
    }
}

impl Wallet {
    /// What offering this draft would sign.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] unless somebody answered the draft's ticket and it was not offered yet.
    pub async fn offer_preview(&self, tally: &str) -> Result<SignPreview, Failure> {
        self.preview(tally, |row, _| {
            in_phase(&row.tally, Phase::PartnerDraft)?;
            Ok((SignKind::Offer, Draft::Offer(row.tally.object().clone())))
        })
        .await
    }

    /// What accepting this offer would sign.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] unless it is our turn.
    pub async fn accept_preview(&self, tally: &str) -> Result<SignPreview, Failure> {
        self.preview(tally, |row, _| {
            in_phase(&row.tally, Phase::OfferedToUs)?;
            Ok((SignKind::Accept, Draft::Accept(row.tally.object().clone())))
        })
        .await
    }

    /// What paying this much would sign. `units` are milli-CHIPs.
    ///
    /// # Errors
    /// [`FailureCode::BadAmount`], [`FailureCode::TooLong`], or [`FailureCode::OutOfTurn`] on a tally not in force.
    pub async fn pay_preview(
        &self,
        tally: &str,
        units: i64,
        memo: Option<String>,
    ) -> Result<SignPreview, Failure> {
        let units = Units::new(units)
            .ok()
            .filter(|units| units.is_positive())
            .ok_or(Failure::plain(FailureCode::BadAmount))?;
        let memo = memo.filter(|memo| !memo.is_empty());
        if memo.as_ref().is_some_and(|memo| memo.chars().count() > MAX_MEMO) {
            return Err(Failure::plain(FailureCode::TooLong));
        }
        self.preview(tally, move |row, now| {
            if !row.tally.phase().is_in_force() {
                return Err(Failure::plain(FailureCode::OutOfTurn));
            }
            let chit = ChitObject::compose_tran(ComposeChit {
                uuid: ChitId::new(Uuid::new_v4()),
                tally: row.tally.id(),
                by: row.tally.mine(),
                date: Date::from_millis(now),
                units: Some(units),
                memo,
                reference: None,
            })
            .map_err(Failure::internal)?;
            Ok((SignKind::Pay, Draft::Pay(chit)))
        })
        .await
    }

    /// Signs exactly what a preview showed. Pressing twice signs once.
    ///
    /// # Errors
    /// [`FailureCode::Stale`] if the preview lapsed or the tally changed under it: look again.
    pub async fn sign(&self, preview: &str) -> Result<Signed, Failure> {
        let stale = || Failure::plain(FailureCode::Stale);
        let id: Uuid = preview.parse().map_err(|_| stale())?;
        let now = self.inner.now();
        let draft = {
            let slots = held(&self.inner.slots);
            let slot = slots.get(&id).ok_or_else(stale)?;
            if let Some(signed) = &slot.signed {
                return Ok(signed.clone());
            }
            if now >= slot.expires_at {
                return Err(stale());
            }
            slot.draft.clone()
        };
        let inner = Arc::clone(&self.inner);
        let bytes = draft.signing_bytes();
        let signature = tokio::task::spawn_blocking(move || inner.keys.signer().sign(&bytes))
            .await
            .map_err(|_| Failure::internal("the signer ended early"))?;
        let signed = Signed {
            tally: draft.tally().to_string(),
            entry: match &draft {
                Draft::Pay(chit) => Some(chit.uuid().to_string()),
                Draft::Offer(_) | Draft::Accept(_) => None,
            },
        };
        let inner = Arc::clone(&self.inner);
        self.inner
            .act(move |rows| {
                let id = draft.tally();
                let happenings = commit(rows, draft, Signature::from_bytes(signature), now)?;
                let partner = rows.tally(id)?.and_then(|row| row.tally.partner());
                // With a link open it leaves right after this commit: one flush to disk, not two.
                if let Some(partner) = partner.filter(|partner| inner.roster.link(*partner).is_some()) {
                    rows.release(partner, now)?;
                }
                Ok(((), happenings))
            })
            .await?;
        if let Some(slot) = held(&self.inner.slots).get_mut(&id) {
            slot.signed = Some(signed.clone());
        }
        Ok(signed)
    }

    async fn preview(
        &self,
        tally: &str,
        make: impl FnOnce(&TallyRow, i64) -> Result<(SignKind, Draft), Failure> + Send + 'static,
    ) -> Result<SignPreview, Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let inner = Arc::clone(&self.inner);
        let now = inner.now();
        let (preview, draft) = self
            .inner
            .book
            .read(move |rows| {
                let row = rows.tally(id)?.ok_or(Failure::plain(FailureCode::NotFound))?;
                let (kind, draft) = make(&row, now)?;
                let preview = describe(&inner, rows, &row, kind, &draft, now)?;
                Ok::<_, Failure>((preview, draft))
            })
            .await?;
        self.keep(Uuid::new_v4(), preview, draft, now)
    }

    fn keep(
        &self,
        id: Uuid,
        mut preview: SignPreview,
        draft: Draft,
        now: i64,
    ) -> Result<SignPreview, Failure> {
        preview.id = id.to_string();
        preview.expires_at = now.saturating_add(LIFE);
        let mut slots = held(&self.inner.slots);
        slots.retain(|_, slot| slot.expires_at > now);
        if slots.len() >= KEPT
            && let Some(oldest) = slots.iter().min_by_key(|(_, slot)| slot.expires_at).map(|(id, _)| *id)
        {
            slots.remove(&oldest);
        }
        slots.insert(id, Slot { draft, expires_at: preview.expires_at, signed: None });
        Ok(preview)
    }
}

/// Feeds what was signed to its tally.
fn commit(
    rows: &Rows<'_>,
    draft: Draft,
    signature: Signature,
    now: i64,
) -> Result<Vec<crate::view::Happening>, Failure> {
    let id = draft.tally();
    let row = rows.tally(id)?.ok_or(Failure::plain(FailureCode::NotFound))?;
    book(rows, id, draft.input(&row.tally, signature), now)
}

/// Feeds what a person decided to its tally. A payment that is in the ledger already is done.
pub(crate) fn book(
    rows: &Rows<'_>,
    id: TallyId,
    input: Input,
    now: i64,
) -> Result<Vec<crate::view::Happening>, Failure> {
    if let Input::Sign(chit) = &input
        && rows.chit(id, chit.uuid())?.is_some()
    {
        return Ok(Vec::new());
    }
    step(rows, id, input, now)
}

fn in_phase(tally: &Tally, phase: Phase) -> Result<(), Failure> {
    if tally.phase() == phase { Ok(()) } else { Err(Failure::plain(FailureCode::OutOfTurn)) }
}

fn describe(
    inner: &Inner,
    rows: &Rows<'_>,
    row: &TallyRow,
    kind: SignKind,
    draft: &Draft,
    now: i64,
) -> Result<SignPreview, Failure> {
    let tally = &row.tally;
    // Nobody signs under a text that is not here to be read (protocol.md 7).
    let contract = tally
        .object()
        .agree_hash()
        .and_then(|hash| Contract::by_hash(&hash))
        .ok_or(Failure::plain(FailureCode::ContractMissing))?;
    let partner = show::partner(inner, rows, tally)?.ok_or(Failure::plain(FailureCode::OutOfTurn))?;
    let my_terms = show::terms(&tally.object().side(tally.mine()).terms);
    let their_terms = show::terms(&tally.object().side(tally.mine().other()).terms);
    let before = Standing {
        balance: tally.balance().milli(),
        i_may_owe: their_terms.limit,
        they_may_owe: my_terms.limit,
    };
    let chit = match draft {
        Draft::Pay(chit) => Some(chit),
        Draft::Offer(_) | Draft::Accept(_) => None,
    };
    let change = chit.and_then(|chit| chit.change_for(tally.mine())).unwrap_or(Units::ZERO);
    let balance = tally.balance().checked_add(change).ok_or(Failure::plain(FailureCode::BadAmount))?;
    let after = Standing { balance: balance.milli(), ..before };
    let bytes = draft.signing_bytes();
    Ok(SignPreview {
        id: String::new(),
        kind,
        partner,
        tally: tally.id().to_string(),
        units: chit.and_then(ChitObject::units).map(Units::milli),
        memo: chit.and_then(ChitObject::memo).map(str::to_owned),
        my_terms,
        their_terms,
        before,
        after,
        contract_title: contract.title().to_owned(),
        contract_hash: contract.hash().to_string(),
        date: chit.map_or(tally.object().date(), ChitObject::date).millis(),
        entry: chit.map(|chit| chit.uuid().to_string()),
        warnings: warnings(row, kind, after),
        canonical: String::from_utf8(bytes).map_err(Failure::internal)?,
        digest: draft.digest(),
        expires_at: now,
    })
}

fn warnings(row: &TallyRow, kind: SignKind, after: Standing) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if kind == SignKind::Pay {
        let excess = after.i_may_owe.map_or(0, |limit| -after.balance - limit);
        if excess > 0 {
            warnings.push(Warning::OverLimit { excess });
        }
        if row.tally.chain().is_some_and(|chain| chain.head() == 0) {
            warnings.push(Warning::FirstPayment);
        }
    }
    if kind == SignKind::Accept
        && let Some(claimed) = row.notes.claimed_limit
        && after.i_may_owe != Some(claimed.milli())
    {
        warnings.push(Warning::DiffersFromCode { claimed: claimed.milli() });
    }
    warnings
}
