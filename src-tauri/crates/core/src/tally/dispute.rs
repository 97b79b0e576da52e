//! When the two copies cannot both be right (protocol.md 9).
//!
//! What both have agreed on never differs between wallets that follow the protocol and lost nothing. Once is a
//! suspicion and gets a `nak`; the same twice, or a name with two contents, is a dispute: nothing new is promised,
//! nothing that was is touched, and what the partner said is kept. It ends when both hashes fit again.

use super::{Known, Tally};
use crate::chain::Linked;
use crate::chit::{ChitObject, Kind};
use crate::effect::{Change, Effect, EvidenceKind, Keep, Subject};
use crate::ids::{ChitId, Digest};
use crate::lift::Waive;
use crate::message::{Body, ChainCmd};
use crate::mutant::{self, Mutant};
use crate::refusal::Refusal;
use serde_json::json;

/// What keeps the two copies from matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// What is wrong.
    pub kind: EvidenceKind,
    /// From which index of our chain on.
    pub index: u64,
    /// Our chain hash there.
    pub ours: Digest,
    /// Theirs, as they say.
    pub theirs: Option<Digest>,
    /// The entry it is about, when it is about one.
    pub chit: Option<ChitId>,
    /// Said twice, or proven: no longer only a suspicion.
    pub firm: bool,
}

impl Tally {
    /// The copies do not match, so nothing new may be promised.
    pub fn is_frozen(&self) -> bool {
        self.0.dispute.is_some_and(|dispute| dispute.firm)
    }

    /// The partner has agreed to another hash where we have agreed to ours.
    pub(super) fn contradicted(
        &mut self,
        index: u64,
        ours: Digest,
        theirs: Digest,
    ) -> Result<Vec<Effect>, Refusal> {
        let firm = match self.0.dispute {
            Some(dispute) if dispute.firm => return Ok(Vec::new()),
            Some(dispute) => dispute.index == index,
            None => false,
        };
        let dispute =
            Dispute { kind: EvidenceKind::Chain, index, ours, theirs: Some(theirs), chit: None, firm };
        self.0.dispute = Some(dispute);
        let said = json!({"index": index, "hash": theirs.to_string()});
        let body = Body::Chain(self.chain_body(ChainCmd::Nak, Some(index), Some(ours)));
        Ok(vec![
            Effect::Save(Change::Tally),
            Effect::Save(Change::Evidence { kind: EvidenceKind::Chain, index: Some(index), said }),
            self.send(Subject::Nak(self.0.id), Keep::Once, body)?,
            self.told(),
        ])
    }

    /// Another promise under a name that stands here already. Ours stays.
    pub(super) fn conflicting(&mut self, theirs: &ChitObject, held: &Linked) -> Result<Vec<Effect>, Refusal> {
        // Without its pledger's signature it is nobody's promise, and evidence of nothing.
        self.check_chit(theirs)?;
        if mutant::is(Mutant::IgnoreConflict) {
            return Ok(Vec::new());
        }
        let dispute = Dispute {
            kind: EvidenceKind::Conflict,
            index: held.index,
            ours: held.hash,
            theirs: None,
            chit: Some(theirs.uuid()),
            firm: true,
        };
        if self.0.dispute == Some(dispute) {
            return Ok(Vec::new());
        }
        self.0.dispute = Some(dispute);
        let said = theirs.raw().clone();
        Ok(vec![
            Effect::Save(Change::Tally),
            Effect::Save(Change::Evidence { kind: EvidenceKind::Conflict, index: Some(held.index), said }),
            self.told(),
        ])
    }

    /// The partner's waive of our own promise that a chit stands for, if the ledger has one.
    pub(super) fn given_up<'a>(&self, chit: &ChitObject, known: &'a Known) -> Option<&'a Waive> {
        let ours = chit.kind() == Kind::Lift && chit.by() == self.0.mine;
        known.waived.iter().find(|waive| ours && waive.lift().chit(self.0.id) == chit.uuid())
    }

    /// They show a promise of ours as good that they had given up in writing: whoever was to give to us for it was let go
    /// on the strength of that. It never enters our copy. Both papers are kept, for whoever must judge; and as long as they
    /// have it in theirs, the copies do not match.
    pub(super) fn taken_back(&mut self, chit: &ChitObject, waive: &Waive, theirs: Digest) -> Vec<Effect> {
        let Some(chain) = &self.0.chain else { return Vec::new() };
        let (index, ours) = (chain.agreed().unwrap_or(0), chain.base());
        let (kind, theirs, about) = (EvidenceKind::Waived, Some(theirs), Some(chit.uuid()));
        if self.0.dispute.is_some_and(|known| known.firm && (known.kind, known.chit) == (kind, about)) {
            return Vec::new();
        }
        self.0.dispute = Some(Dispute { kind, index, ours, theirs, chit: about, firm: true });
        let said = json!({"chit": chit.without_chain().raw(), "waive": waive.to_value()});
        vec![
            Effect::Save(Change::Tally),
            Effect::Save(Change::Evidence { kind, index: Some(index), said }),
            self.told(),
        ]
    }

    /// Both hashes fit at an index: whatever was in dispute up to there is not any more.
    pub(super) fn agreed_at(&mut self, index: u64) -> Vec<Effect> {
        if self.is_mending() || self.0.dispute.is_none_or(|dispute| dispute.index > index) {
            return Vec::new();
        }
        self.0.dispute = None;
        vec![Effect::Save(Change::Tally), self.told()]
    }
}
