//! Repairing a copy that was damaged on its disk from the partner's (protocol.md 9).

use std::sync::Arc;

use tallystick_core::TallyId;
use tallystick_core::chain::Chain;
use tallystick_core::tally::{Input, Known, Tally};
use tallystick_store::{Rows, StoreError, Thorough};

use crate::receive::name;
use crate::step::{perform, step, write_down};
use crate::view::{Failure, FailureCode, Happening, Repair, RepairState};
use crate::wallet::{Inner, Wallet};

/// Chits put back at once; a copy that lacks more than these lacks nearly everything.
const PUT_BACK: u32 = 1_000;

impl Wallet {
    /// Looks whether a tally's entries are as they were written down, and has what is damaged sent again by the
    /// partner's wallet. Every entry is checked by its signature before it is believed.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`]; [`FailureCode::OutOfTurn`] for a tally that was never opened.
    pub async fn repair(&self, tally: &str) -> Result<Repair, Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let now = self.inner.now();
        let looked = self.inner.book.read::<_, Failure>(move |rows| look(rows, id)).await?;
        match looked.state {
            RepairState::Whole => Ok(looked),
            _ => self.inner.act(move |rows| repair(rows, id, now)).await,
        }
    }
}

/// Whether anything is wrong, or was and is being repaired.
fn look(rows: &Rows<'_>, id: TallyId) -> Result<Repair, Failure> {
    let mending = match rows.tally(id) {
        Ok(None) => return Err(Failure::plain(FailureCode::NotFound)),
        Ok(Some(row)) if !row.tally.phase().has_chain() => {
            return Err(Failure::plain(FailureCode::OutOfTurn));
        }
        Ok(Some(row)) => row.tally.is_mending(),
        Err(StoreError::Corrupt { .. }) => true,
        Err(error) => return Err(error.into()),
    };
    let findings = rows.verify_one(id)?;
    let (kept, unreadable) = rows.aside(id)?;
    let whole = !mending && findings.wrong.is_empty();
    let state = if whole { RepairState::Whole } else { RepairState::Mending };
    Ok(Repair { state, sound: findings.chits, kept, unreadable })
}

fn repair(rows: &Rows<'_>, id: TallyId, now: i64) -> Result<(Repair, Vec<Happening>), Failure> {
    let seen = Repair { state: RepairState::Mending, sound: 0, kept: 0, unreadable: 0 };
    if let Ok(Some(row)) = rows.tally(id)
        && row.tally.is_mending()
        && rows.verify_one(id)?.wrong.is_empty()
    {
        // Begun already: asked once more.
        let sound = row.tally.chain().map_or(0, Chain::head);
        let (kept, unreadable) = rows.aside(id)?;
        return Ok((Repair { sound, kept, unreadable, ..seen }, step(rows, id, Input::Compare, now)?));
    }
    let salvage = match rows.salvage(id, now) {
        Ok(Some(salvage)) => salvage,
        Ok(None) => return Err(Failure::plain(FailureCode::NotFound)),
        Err(StoreError::Corrupt { what: "agreement" }) => {
            tracing::error!(tally = %id, "the agreement itself is damaged; nothing was touched");
            return Ok((Repair { state: RepairState::AgreementDamaged, ..seen }, Vec::new()));
        }
        Err(error) => return Err(error.into()),
    };
    let mut tally = salvage.tally;
    let before = tally.clone();
    let input = Input::Mend { index: salvage.agreed, hash: salvage.hash };
    let effects = tally.handle(input).map_err(|refusal| Failure::of(refusal, &before))?;
    let happenings = perform(rows, Some(&before), &tally, None, effects, now)?;
    let sound = tally.chain().map_or(0, Chain::head);
    tracing::warn!(
        tally = %id, sound, kept = salvage.kept, unreadable = salvage.unreadable,
        "a damaged copy is being put together again from the partner's"
    );
    let (kept, unreadable) = (salvage.kept, salvage.unreadable);
    Ok((Repair { state: RepairState::Mending, sound, kept, unreadable }, happenings))
}

/// Puts back what had been laid aside, once the copy is whole again.
pub(crate) fn put_back(rows: &Rows<'_>, tally: &mut Tally, now: i64) -> Result<Vec<Happening>, StoreError> {
    let id = tally.id();
    let kept = rows.laid_aside(id, PUT_BACK)?;
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    let agreed = tally.chain().and_then(Chain::agreed).unwrap_or(0);
    let mut known = Known::default();
    for chit in &kept {
        name(rows, id, agreed, chit.uuid(), &mut known)?;
    }
    let before = tally.clone();
    match tally.handle(Input::PutBack { kept, known }) {
        Ok(effects) => {
            // The person has been told of these long ago.
            let happenings = write_down(rows, tally, None, effects, now)?;
            rows.laid_aside(id, 0)?;
            Ok(happenings)
        }
        Err(refusal) => {
            *tally = before;
            tracing::warn!(tally = %id, %refusal, "what was laid aside cannot be put back");
            Ok(Vec::new())
        }
    }
}

/// Looks through all chains when a wallet is opened, and begins to repair what is damaged.
pub(crate) async fn look_through(inner: Arc<Inner>) {
    let done = inner.looked.clone().drop_guard();
    repair_all(&inner).await;
    drop(done);
}

async fn repair_all(inner: &Arc<Inner>) {
    let found = inner
        .book
        .read::<_, StoreError>(|rows| {
            let mut found = Vec::new();
            for id in rows.chained()? {
                match rows.check_chain(id, Thorough::Chain) {
                    Ok(findings) if findings.wrong.is_empty() => {}
                    Ok(_) | Err(StoreError::Corrupt { .. }) => found.push(id),
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
        .await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return tracing::error!(%error, "the chains could not be looked through"),
    };
    for id in found {
        let now = inner.now();
        let repaired = inner.act(move |rows| repair(rows, id, now)).await;
        if let Err(failure) = repaired {
            tracing::error!(tally = %id, %failure, "a damaged copy cannot be repaired");
        }
    }
}
