//! Preview and commit: the bytes to be signed are made here, shown, and signed exactly as shown.

use std::sync::Arc;

use tallystick_core::chit::{ChitObject, Kind};
use tallystick_core::tally::{Input, Phase, Tally, TallyObject};
use tallystick_core::{Signature, TallyId, Units, UserKey};
use tallystick_store::{Rows, TallyRow};
use uuid::Uuid;

use super::request::to_answer;
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
pub(super) enum Draft {
    /// A tally of ours, for the first time or changed.
    Offer(TallyObject),
    Accept(TallyObject),
    Chit(ChitObject),
    /// The chit that a partner asks for.
    Grant(ChitObject),
}

impl Draft {
    fn tally(&self) -> TallyId {
        match self {
            Self::Offer(object) | Self::Accept(object) => object.uuid(),
            Self::Chit(chit) | Self::Grant(chit) => chit.tally(),
        }
    }

    fn signing_bytes(&self) -> Vec<u8> {
        match self {
            Self::Offer(object) | Self::Accept(object) => object.signing_bytes(),
            Self::Chit(chit) | Self::Grant(chit) => chit.signing_bytes(),
        }
    }

    fn digest(&self) -> String {
        match self {
            Self::Offer(object) | Self::Accept(object) => object.digest().to_string(),
            Self::Chit(chit) | Self::Grant(chit) => chit.digest().to_string(),
        }
    }

    /// The chit, when it is one.
    fn chit(&self) -> Option<&ChitObject> {
        match self {
            Self::Chit(chit) | Self::Grant(chit) => Some(chit),
            Self::Offer(_) | Self::Accept(_) => None,
        }
    }

    fn input(self, rows: &Rows<'_>, tally: &Tally, signature: Signature, now: i64) -> Result<Input, Failure> {
        Ok(match self {
            Self::Offer(object) => {
                Input::Offer(object.without_signatures().with_signature(tally.mine(), signature))
            }
            Self::Accept(object) => Input::Accept(object.with_signature(tally.mine(), signature)),
            Self::Chit(chit) => Input::Sign(chit),
            Self::Grant(chit) => {
                let request = to_answer(rows, tally.id(), chit.uuid(), now)?;
                Input::Grant { request, chit }
            }
        })
    }

    /// With the signature where it can be put in already, and checked here and now: the machine checks it again, and
    /// should not have to do so while everybody waits for the ledger.
    fn checked(self, key: &UserKey, signature: Signature) -> Self {
        let sign = |chit: ChitObject| {
            let signed = chit.with_signature(signature);
            // A signature that came out wrong is the machine's to refuse.
            let _ = signed.verify(key);
            signed
        };
        match self {
            Self::Chit(chit) => Self::Chit(sign(chit)),
            Self::Grant(chit) => Self::Grant(sign(chit)),
            Self::Offer(_) | Self::Accept(_) => self,
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
        let signed = self.sign_draft(draft, now).await?;
        if let Some(slot) = held(&self.inner.slots).get_mut(&id) {
            slot.signed = Some(signed.clone());
        }
        Ok(signed)
    }

    /// Signs a draft and feeds it to its tally.
    pub(super) async fn sign_draft(&self, draft: Draft, now: i64) -> Result<Signed, Failure> {
        let inner = Arc::clone(&self.inner);
        let bytes = draft.signing_bytes();
        let key = self.inner.me.key().clone();
        let (draft, signature) = tokio::task::spawn_blocking(move || {
            let signature = Signature::from_bytes(inner.keys.signer().sign(&bytes));
            (draft.checked(&key, signature), signature)
        })
        .await
        .map_err(|_| Failure::internal("the signer ended early"))?;
        let signed = Signed {
            tally: draft.tally().to_string(),
            entry: draft.chit().map(|chit| chit.uuid().to_string()),
        };
        self.inner.act(move |rows| Ok(((), commit(rows, draft, signature, now)?))).await?;
        Ok(signed)
    }

    pub(super) async fn preview(
        &self,
        tally: &str,
        make: impl FnOnce(&TallyRow, i64) -> Result<(SignKind, Draft), Failure> + Send + 'static,
    ) -> Result<SignPreview, Failure> {
        self.preview_in(tally, |_, row, now| make(row, now)).await
    }

    pub(super) async fn preview_in(
        &self,
        tally: &str,
        make: impl FnOnce(&Rows<'_>, &TallyRow, i64) -> Result<(SignKind, Draft), Failure> + Send + 'static,
    ) -> Result<SignPreview, Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let inner = Arc::clone(&self.inner);
        let now = inner.now();
        let (preview, draft) = self
            .inner
            .book
            .read(move |rows| {
                let row = rows.tally(id)?.ok_or(Failure::plain(FailureCode::NotFound))?;
                let (kind, draft) = make(rows, &row, now)?;
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

/// Feeds what was signed to its tally. A payment that is in the ledger already is done.
fn commit(
    rows: &Rows<'_>,
    draft: Draft,
    signature: Signature,
    now: i64,
) -> Result<Vec<crate::view::Happening>, Failure> {
    let id = draft.tally();
    if let Some(chit) = draft.chit()
        && rows.chit(id, chit.uuid())?.is_some()
    {
        return Ok(Vec::new());
    }
    let row = rows.tally(id)?.ok_or(Failure::plain(FailureCode::NotFound))?;
    let input = draft.input(rows, &row.tally, signature, now)?;
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
    let object = match draft {
        Draft::Chit(_) | Draft::Grant(_) => tally.object(),
        Draft::Offer(object) | Draft::Accept(object) => object,
    };
    // Nobody signs under a text that is not here to be read (protocol.md 7).
    let contract = match object.agree_hash() {
        Some(hash) => show::contract(rows, &hash)?,
        None => None,
    };
    let contract = contract.ok_or(Failure::plain(FailureCode::ContractMissing))?;
    let partner = show::partner(inner, rows, tally)?.ok_or(Failure::plain(FailureCode::OutOfTurn))?;
    let grants = |object: &TallyObject, half| show::terms(&object.side(half).terms);
    let standing = |object: &TallyObject, balance: Units| Standing {
        balance: balance.milli(),
        i_may_owe: grants(object, tally.mine().other()).limit,
        they_may_owe: grants(object, tally.mine()).limit,
    };
    let chit = draft.chit();
    let settings = chit
        .filter(|chit| chit.kind() == Kind::Set)
        .map(|chit| show::settings_change(rows, tally, chit))
        .transpose()?;
    let change = chit.and_then(|chit| chit.change_for(tally.mine())).unwrap_or(Units::ZERO);
    let balance = tally.balance().checked_add(change).ok_or(Failure::plain(FailureCode::BadAmount))?;
    let after = standing(object, balance);
    let bytes = draft.signing_bytes();
    Ok(SignPreview {
        id: String::new(),
        kind,
        partner,
        tally: tally.id().to_string(),
        units: chit.and_then(ChitObject::units).map(Units::milli),
        memo: chit.map_or(object.memo(), ChitObject::memo).map(str::to_owned),
        my_terms: grants(object, tally.mine()),
        their_terms: grants(object, tally.mine().other()),
        before: standing(tally.object(), tally.balance()),
        after,
        contract_title: contract.title,
        contract_hash: contract.hash,
        date: chit.map_or(object.date(), ChitObject::date).millis(),
        entry: chit.map(|chit| chit.uuid().to_string()),
        warnings: warnings(rows, row, kind, after)?,
        canonical: String::from_utf8(bytes).map_err(Failure::internal)?,
        digest: draft.digest(),
        expires_at: now,
        differences: match draft {
            Draft::Offer(object) => show::differences(tally.mine(), tally.object(), object),
            Draft::Accept(_) | Draft::Chit(_) | Draft::Grant(_) => Vec::new(),
        },
        joins: matches!(draft, Draft::Offer(_) | Draft::Accept(_))
            && object.cert(tally.mine()).is_some_and(|cert| cert.delegation().is_some()),
        settings,
        answers: match draft {
            Draft::Grant(chit) => Some(chit.uuid().to_string()),
            Draft::Offer(_) | Draft::Accept(_) | Draft::Chit(_) => None,
        },
    })
}

fn warnings(
    rows: &Rows<'_>,
    row: &TallyRow,
    kind: SignKind,
    after: Standing,
) -> Result<Vec<Warning>, Failure> {
    let mut warnings = Vec::new();
    if kind == SignKind::Pay {
        let excess = after.i_may_owe.map_or(0, |limit| -after.balance - limit);
        if excess > 0 {
            warnings.push(Warning::OverLimit { excess });
        }
        if !rows.ever_paid(row.tally.id())? {
            warnings.push(Warning::FirstPayment);
        }
    }
    if matches!(kind, SignKind::Accept | SignKind::Counter)
        && let Some(claimed) = row.notes.claimed_limit
        && after.i_may_owe != Some(claimed.milli())
    {
        warnings.push(Warning::DiffersFromCode { claimed: claimed.milli() });
    }
    Ok(warnings)
}
