//! A copy of ours that was damaged on its disk, put together again from the partner's (protocol.md 9).
//!
//! The ledger keeps what is sound from the beginning of the chain on, lays everything behind it aside, and remembers what
//! had been agreed. From there the partner's copy is asked for, page by page; each chit is checked by its signature, our
//! own as well, and the chain must come to the hash that had been agreed. Then what was laid aside and is in no copy
//! comes back at the end: nothing that was signed is lost. Until then nothing new is promised.

use super::consensus::Listed;
use super::{Dispute, Input, Known, Tally};
use crate::chit::ChitObject;
use crate::effect::{Change, Effect, EvidenceKind, Subject};
use crate::ids::{ChitId, Digest};
use crate::refusal::Refusal;
use serde_json::json;

impl Tally {
    /// Our copy is being put together again from the partner's.
    pub fn is_mending(&self) -> bool {
        self.goal().is_some()
    }

    /// The index that had been agreed before our copy was damaged, and our hash there.
    fn goal(&self) -> Option<(u64, Digest)> {
        let damaged = self.0.dispute.filter(|dispute| dispute.kind == EvidenceKind::Damaged);
        damaged.map(|dispute| (dispute.index, dispute.ours))
    }

    pub(super) fn mend(&mut self, index: u64, hash: Digest) -> Result<Vec<Effect>, Refusal> {
        if !self.0.phase.has_chain() || self.0.chain.is_none() {
            return self.out_of_turn(&Input::Mend { index, hash });
        }
        let (kind, ours) = (EvidenceKind::Damaged, hash);
        self.0.dispute = Some(Dispute { kind, index, ours, theirs: None, chit: None, firm: true });
        let mut effects = vec![Effect::Save(Change::Tally), self.told()];
        effects.extend(self.ask_for_rest()?);
        Ok(effects)
    }

    /// The hash the partner stands at, while we mend.
    pub(super) fn ack_while_mending(
        &mut self,
        index: u64,
        hash: Digest,
        known: &Known,
    ) -> Result<Vec<Effect>, Refusal> {
        let agreed = self.chain_ref()?.agreed().unwrap_or(0);
        match self.agreed_hash(index, known) {
            _ if index > agreed => self.ask_for_rest(),
            Some(ours) if ours != hash => Ok(self.torn(index, ours, hash)),
            // Nothing lies beyond, in their copy. If less than was agreed, they lack it as well: then we wait for them.
            Some(_) if index == agreed => self.mended(0),
            _ => Ok(Vec::new()),
        }
    }

    /// A page of the partner's copy, while we mend.
    pub(super) fn upd_while_mending(
        &mut self,
        chits: Vec<ChitObject>,
        about: Option<ChitId>,
        known: &Known,
    ) -> Result<Vec<Effect>, Refusal> {
        let listed = match self.listed(chits, known)? {
            Listed::Sound(listed) => listed,
            Listed::Conflict(theirs, held) => return self.conflicting(&theirs, &held),
            Listed::Contradiction { index, ours, theirs } => return Ok(self.torn(index, ours, theirs)),
            Listed::GivenUp(chit, waive, theirs) => return Ok(self.taken_back(&chit, &waive, theirs)),
        };
        let chain = self.chain_ref()?;
        let (agreed, head) = (chain.agreed().unwrap_or(0), chain.head());
        let conf = listed.iter().filter_map(|(link, _)| link.conf).max().unwrap_or(0);
        let listed: Vec<_> = listed.into_iter().filter(|(link, _)| link.index > agreed).collect();
        let (Some((first, _)), Some((end, _))) = (listed.first().cloned(), listed.last().cloned()) else {
            return self.mended(conf);
        };
        let in_order = (first.index..).zip(&listed).all(|(index, (link, _))| link.index == index);
        if !in_order || first.index > head + 1 {
            return self.ask_for_rest();
        }
        let mut effects = Vec::new();
        for (_, chit) in &listed {
            effects.extend(self.request_granted(chit, known));
        }
        let unmoved = self.take_in(first.index, listed.into_iter().map(|(_, chit)| chit).collect(), true)?;
        effects.extend(self.linked_from(unmoved)?);
        let chain = self.chain_ref()?;
        let wanted = self.goal().filter(|(index, _)| *index > agreed && *index <= end.index);
        let checks = wanted.into_iter().map(|(index, ours)| (index, ours, chain.hash_at(index)));
        let last = (end.index, end.hash, chain.hash_at(end.index));
        for (index, wanted, found) in checks.chain([last]) {
            if found != Some(wanted) {
                // What was agreed is ours; what this page says of its own end is theirs.
                let (ours, theirs) = match index == last.0 && wanted == last.1 {
                    true => (found.unwrap_or(wanted), wanted),
                    false => (wanted, found.unwrap_or(wanted)),
                };
                effects.extend(self.torn(index, ours, theirs));
                return Ok(effects);
            }
        }
        effects.extend(self.confirm(end.index)?);
        effects.push(self.ack(end.index, end.hash, about)?);
        effects.extend(self.mended(conf)?);
        Ok(effects)
    }

    /// Ends it, if our copy has come as far as both had agreed; asks for more if not.
    fn mended(&mut self, conf: u64) -> Result<Vec<Effect>, Refusal> {
        let Some((goal, _)) = self.goal() else { return Ok(Vec::new()) };
        let agreed = self.chain_ref()?.agreed().unwrap_or(0);
        if agreed < conf {
            return self.ask_for_rest();
        }
        if agreed < goal {
            return Ok(Vec::new());
        }
        self.0.dispute = None;
        let mut effects =
            vec![Effect::Save(Change::Tally), Effect::Settle(Subject::Ask(self.0.id)), self.told()];
        effects.extend(self.follow_closing());
        Ok(effects)
    }

    /// Theirs is no copy of what both had agreed on.
    fn torn(&mut self, index: u64, ours: Digest, theirs: Digest) -> Vec<Effect> {
        let kind = EvidenceKind::Chain;
        self.0.dispute = Some(Dispute { kind, index, ours, theirs: Some(theirs), chit: None, firm: true });
        let said = json!({"index": index, "hash": theirs.to_string(), "ours": ours.to_string()});
        vec![
            Effect::Save(Change::Tally),
            Effect::Save(Change::Evidence { kind, index: Some(index), said }),
            Effect::Settle(Subject::Ask(self.0.id)),
            self.told(),
        ]
    }

    /// Puts what was laid aside at the end, unless it stands in the chain.
    pub(super) fn put_back(&mut self, kept: Vec<ChitObject>, known: &Known) -> Result<Vec<Effect>, Refusal> {
        if self.is_mending() {
            return self.out_of_turn(&Input::PutBack { kept, known: Known::default() });
        }
        let (mut effects, mut fresh) = (Vec::new(), Vec::new());
        for chit in kept {
            let settled = known.chits.iter().find(|held| held.chit.uuid() == chit.uuid());
            match settled.or_else(|| self.held(chit.uuid())).cloned() {
                Some(held) if held.chit.same_content(&chit) => {}
                Some(held) => effects.extend(self.conflicting(&chit, &held)?),
                None => {
                    self.check_chit(&chit)?;
                    fresh.push(chit.without_chain());
                }
            }
        }
        if fresh.is_empty() {
            return Ok(effects);
        }
        let theirs = fresh.iter().any(|chit| chit.by() != self.0.mine);
        let unmoved = self.take_in(0, fresh, false)?;
        effects.extend(self.linked_from(unmoved)?);
        if theirs {
            effects.extend(self.update()?);
        }
        effects.extend(self.follow_closing());
        Ok(effects)
    }
}
