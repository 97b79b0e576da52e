//! The hash chain of a tally (protocol.md 9).
//!
//! Index 0 is the tally itself. Everything up to `agreed` is known to be the same on both sides and never moves; the
//! chits beyond it, the tail, are all a chain keeps in memory, so no step costs more than the tail is long.

use std::sync::Arc;

use crate::chit::ChitObject;
use crate::ids::{ChitId, Digest};

/// A chit at its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Linked {
    /// Its index, from 1.
    pub index: u64,
    /// The chain hash there.
    pub hash: Digest,
    /// The chit, as it was signed.
    pub chit: ChitObject,
}

/// The part of a chain that may still move, on the part that may not.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Highest index both sides are known to share; `None` before index 0 was confirmed.
    agreed: Option<u64>,
    /// Chain hash at `agreed`, or the tally's digest.
    base: Digest,
    /// Shared between clones: a machine is copied before every step, and most steps leave most of it as it is.
    tail: Arc<Vec<Linked>>,
}

/// The tail handed to [`Chain::restore`] does not continue the agreed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chain is broken after index {after}")]
pub struct Broken {
    /// The last index that still fits.
    pub after: u64,
}

impl Chain {
    /// A chain that holds nothing but the tally.
    pub fn new(digest: Digest) -> Self {
        Self { agreed: None, base: digest, tail: Arc::default() }
    }

    /// Puts a stored chain together again, checking every hash of the tail.
    pub fn restore(agreed: Option<u64>, base: Digest, tail: Vec<Linked>) -> Result<Self, Broken> {
        let mut index = agreed.unwrap_or(0);
        let mut prior = base;
        for linked in &tail {
            let fits =
                linked.index == index + 1 && linked.chit.chain_hash(linked.index, &prior) == linked.hash;
            if !fits {
                return Err(Broken { after: index });
            }
            index = linked.index;
            prior = linked.hash;
        }
        Ok(Self { agreed, base, tail: Arc::new(tail) })
    }

    /// Highest index both sides are known to share.
    pub fn agreed(&self) -> Option<u64> {
        self.agreed
    }

    /// Chain hash at the agreed index; the tally's digest before any agreement.
    pub fn base(&self) -> Digest {
        self.base
    }

    /// Index of the last chit.
    pub fn head(&self) -> u64 {
        self.tail.last().map_or(self.agreed.unwrap_or(0), |linked| linked.index)
    }

    /// Chain hash at the head.
    pub fn head_hash(&self) -> Digest {
        self.tail.last().map_or(self.base, |linked| linked.hash)
    }

    /// The chits beyond the agreed part, in order.
    pub fn tail(&self) -> &[Linked] {
        &self.tail
    }

    /// The chit of this name, if it is in the tail.
    pub fn find(&self, id: ChitId) -> Option<&Linked> {
        self.tail.iter().find(|linked| linked.chit.uuid() == id)
    }

    /// Our hash at an index that is agreed last, or beyond.
    pub fn hash_at(&self, index: u64) -> Option<Digest> {
        if index == self.agreed.unwrap_or(0) {
            return Some(self.base);
        }
        let beyond = index.checked_sub(self.agreed.unwrap_or(0))?.checked_sub(1)?;
        self.tail.get(usize::try_from(beyond).ok()?).map(|linked| linked.hash)
    }

    /// Links a chit at the end and gives it back with its place.
    pub fn append(&mut self, chit: ChitObject) -> Linked {
        let index = self.head() + 1;
        let hash = chit.chain_hash(index, &self.head_hash());
        let linked = Linked { index, hash, chit };
        Arc::make_mut(&mut self.tail).push(linked.clone());
        linked
    }

    /// Puts chits at the places from `from` on. What stands before them stays; what they displace follows behind.
    ///
    /// Nothing is ever lost by this: every chit of the old tail is in the new one. Gives the last index at which
    /// nothing has changed.
    pub fn adopt(&mut self, from: u64, order: Vec<ChitObject>) -> u64 {
        let old = std::mem::take(&mut self.tail);
        let kept = old.iter().filter(|linked| order.iter().all(|chit| chit.uuid() != linked.chit.uuid()));
        let (before, behind): (Vec<&Linked>, Vec<&Linked>) = kept.partition(|linked| linked.index < from);
        let chits = |links: Vec<&Linked>| -> Vec<ChitObject> {
            links.into_iter().map(|linked| linked.chit.clone()).collect()
        };
        for chit in chits(before).into_iter().chain(order).chain(chits(behind)) {
            self.append(chit);
        }
        let same = old.iter().zip(self.tail.iter()).take_while(|(old, new)| old.hash == new.hash);
        same.last().map_or(self.agreed.unwrap_or(0), |(old, _)| old.index)
    }

    /// Takes a chit out of the tail; those behind it move up. Gives the last index at which nothing has changed.
    ///
    /// Only for a chit that nobody else can know of.
    pub fn remove(&mut self, id: ChitId) -> Option<u64> {
        let at = self.tail.iter().position(|linked| linked.chit.uuid() == id)?;
        let behind = Arc::make_mut(&mut self.tail).split_off(at);
        let same = self.head();
        for linked in behind.into_iter().skip(1) {
            self.append(linked.chit);
        }
        Some(same)
    }

    /// Raises the agreed index and gives the chits that it covers now. Never lowers it.
    pub fn confirm(&mut self, index: u64) -> Vec<Linked> {
        if self.agreed.is_some_and(|agreed| index <= agreed) || index > self.head() {
            return Vec::new();
        }
        let keep = self.tail.iter().position(|linked| linked.index > index).unwrap_or(self.tail.len());
        let covered: Vec<Linked> = Arc::make_mut(&mut self.tail).drain(..keep).collect();
        if let Some(last) = covered.last() {
            self.base = last.hash;
        }
        self.agreed = Some(index);
        covered
    }
}
