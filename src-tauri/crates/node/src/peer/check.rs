//! Checking signatures ahead of the ledger's turn, on as many cores as there are.
//!
//! Nothing is decided here. A chit remembers the check it passed ([`ChitObject::verify`]), and when its machine asks
//! again, inside the transaction and with the key out of the signed tally, the answer is there already. If this page
//! looks at a wrong key or at nothing at all, the machine's own check is slow, and as strict as ever.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;

use tallystick_core::chit::ChitObject;
use tallystick_core::message::{Body, ChitAction, Envelope};
use tallystick_core::tally::Tally;
use tallystick_core::{AgentId, Half, TallyId, UserKey};

use crate::book::Book;
use crate::view::Failure;

/// Keys remembered; two people have a few tallies, not thousands.
const KEPT: usize = 1_024;

/// The partner's keys in the tallies shared with them.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeMap<TallyId, (Half, UserKey)>);

impl Keys {
    /// What a partner's messages hold that its tally will have to check.
    pub(super) async fn checks(&mut self, book: &Book, agent: AgentId, said: &[Envelope]) -> Checks {
        let chits: Vec<&ChitObject> =
            said.iter().filter(|said| said.from.agent() == agent).flat_map(chits).collect();
        if self.learn(book, agent, &chits).await.is_err() {
            // The ledger's own turn will meet the same fault, and say so.
            return Vec::new();
        }
        chits
            .into_iter()
            .filter_map(|chit| {
                let (half, key) = self.0.get(&chit.tally())?;
                (chit.by() == *half).then(|| (chit.clone(), key.clone()))
            })
            .collect()
    }

    async fn learn(&mut self, book: &Book, agent: AgentId, chits: &[&ChitObject]) -> Result<(), Failure> {
        let mut unknown: Vec<TallyId> = chits.iter().map(|chit| chit.tally()).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown.retain(|tally| !self.0.contains_key(tally));
        if unknown.is_empty() {
            return Ok(());
        }
        let found = book
            .read::<_, Failure>(move |rows| {
                let mut found = Vec::new();
                for id in unknown {
                    if let Some(row) = rows.tally(id)? {
                        found.extend(key_of(&row.tally, agent).map(|key| (id, key)));
                    }
                }
                Ok(found)
            })
            .await?;
        if self.0.len() + found.len() > KEPT {
            self.0.clear();
        }
        self.0.extend(found);
        Ok(())
    }
}

/// The partner's half and key, once they can no longer change.
fn key_of(tally: &Tally, agent: AgentId) -> Option<(Half, UserKey)> {
    let half = tally.mine().other();
    let cert = tally.object().cert(half).filter(|cert| cert.chad().agent() == agent)?;
    tally.chain().map(|_| (half, cert.key().clone()))
}

fn chits(said: &Envelope) -> &[ChitObject] {
    match &said.body {
        Body::Chit { action: ChitAction::Good, object, .. } => std::slice::from_ref(object),
        Body::Chain(chain) => &chain.chits,
        Body::Chit { .. }
        | Body::Ticket { .. }
        | Body::Tally { .. }
        | Body::Places(_)
        | Body::Noted { .. }
        | Body::Lift(_)
        | Body::Unknown { .. } => &[],
    }
}

/// Chits to be checked, each with the key that should have signed it.
pub(super) type Checks = Vec<(ChitObject, UserKey)>;

/// Checks them all; who passes remembers it.
pub(super) async fn check_all(checks: Checks) {
    if let [(chit, key)] = checks.as_slice() {
        // A third of a millisecond, and the way to another thread and back is a good part of that.
        let _ = chit.verify(key);
        return;
    }
    static CORES: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, usize::from));
    let hands = CORES.min(checks.len());
    let (checks, next) = (Arc::new(checks), Arc::new(AtomicUsize::new(0)));
    let hands: Vec<_> = (0..hands)
        .map(|_| {
            let (checks, next) = (Arc::clone(&checks), Arc::clone(&next));
            tokio::task::spawn_blocking(move || {
                while let Some((chit, key)) = checks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // A bad signature is for the machine to refuse.
                    let _ = chit.verify(key);
                }
            })
        })
        .collect();
    for hand in hands {
        // One that could not work leaves its share to the machine.
        let _ = hand.await;
    }
}
