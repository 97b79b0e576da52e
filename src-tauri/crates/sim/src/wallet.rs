//! One wallet of a run: its person, its ledger, and what its process remembers until it is killed.

use std::collections::BTreeMap;

use tallystick_core::message::Envelope;
use tallystick_node::sim::Ready;
use tallystick_store::sim::{Asked, Glance, Place, SimLedger};
use tallystick_store::{Letter, StoreError};

use crate::cast::Person;

/// A wallet, whether its process runs or not.
#[derive(Debug)]
pub(crate) struct Wallet {
    pub(crate) person: &'static Person,
    /// Its person means harm, so its copies need not agree with anybody's.
    pub(crate) hostile: bool,
    pub(crate) ledger: SimLedger,
    /// Its process runs.
    pub(crate) awake: bool,
    /// Counts its processes: what was meant for an earlier one does not reach a later one.
    pub(crate) life: u32,
    /// What its process knows of each of the others, by their place in the run.
    pub(crate) partners: Vec<Partner>,
    /// When the outbox is looked at next.
    pub(crate) post_at: Option<i64>,
    /// Its ledger as it was when it was last looked through.
    pub(crate) seen: BTreeMap<String, Seen>,
    /// [`SimLedger::changes`] at that time.
    pub(crate) seen_changes: u64,
}

/// What a process knows of another wallet.
#[derive(Debug, Default)]
pub(crate) struct Partner {
    /// A link is believed to be open until then.
    pub(crate) open_until: i64,
    /// What came over a link and waits for its turn.
    pub(crate) inbox: Vec<Envelope>,
    /// Letters that were handed to the link's task, which has not got to them.
    pub(crate) slot: Vec<Letter>,
    /// Letters that the link's task has.
    pub(crate) ready: Ready,
    /// It is to look for letters in the outbox.
    pub(crate) look: bool,
    /// Letters that have left, which is not written down yet.
    pub(crate) sent: Vec<Letter>,
    /// When the link takes its next turn.
    pub(crate) turn_at: Option<i64>,
    /// Somebody is calling: one call at a time.
    pub(crate) calling: bool,
    /// The call that is being made.
    pub(crate) call: Option<Call>,
    /// Calls in a row that nobody answered.
    pub(crate) unanswered: u32,
}

/// A call on its way, with the letter it brings.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: u64,
    pub(crate) letter: Letter,
}

/// A tally as it stands in a ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// All but its chits and requests.
    pub glance: Glance,
    /// Its chits, in the order of the chain.
    pub places: Vec<Place>,
    /// Its requests.
    pub asked: Vec<Asked>,
}

impl Wallet {
    pub(crate) fn new(person: &'static Person, hostile: bool, ledger: SimLedger, others: usize) -> Self {
        Self {
            person,
            hostile,
            ledger,
            awake: true,
            life: 0,
            partners: (0..others).map(|_| Partner::default()).collect(),
            post_at: None,
            seen: BTreeMap::new(),
            seen_changes: 0,
        }
    }

    /// The process is gone, and all it had only in mind.
    pub(crate) fn forget(&mut self) {
        self.awake = false;
        self.life += 1;
        self.post_at = None;
        for partner in &mut self.partners {
            *partner = Partner::default();
        }
    }

    /// The tallies in this phase, by name.
    pub(crate) fn in_phase(&self, phases: &[&str]) -> Vec<&Seen> {
        self.seen.values().filter(|seen| phases.contains(&seen.glance.phase.as_str())).collect()
    }

    /// Looks through the ledger.
    pub(crate) fn look(&self) -> Result<BTreeMap<String, Seen>, StoreError> {
        let glances = self.ledger.glances()?;
        glances
            .into_iter()
            .map(|glance| {
                let places = self.ledger.places(&glance.id)?;
                let asked = self.ledger.asked(&glance.id)?;
                Ok((glance.id.clone(), Seen { glance, places, asked }))
            })
            .collect()
    }
}
