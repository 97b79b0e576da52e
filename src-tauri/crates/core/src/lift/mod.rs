//! Lifts: value moves along several tallies at once, or not at all (lifts.md).
//!
//! A [`Lift`] is one lift on one wallet; a [`Search`] finds its path; [`referee::judge`] decides it. All are values: the
//! host brings time, keys and what its ledger knows, and performs the effects of a step in one transaction. An honest
//! wallet loses nothing whatever its partners, the referee, the network and its own power supply do:
//!
//! * what it promises is covered by what it was promised, on disk, under the same hash ([`Record`]);
//! * nobody gives up alone after signing, but the receiver of a promise may give it up in writing ([`Waive`]);
//! * a commit binds, whatever was seen before it ([`Cert`]).

pub mod bucket;
mod capacity;
mod dead_end;
mod delegation;
mod effect;
mod invoice;
mod invoice_link;
mod key;
mod known;
mod machine;
mod message;
pub mod mutant;
mod object;
mod paper;
mod plea;
pub mod probe;
mod promise;
pub mod proof;
mod record;
pub mod referee;
mod search;
mod settle;
mod spread;
#[cfg(test)]
mod tests;
pub mod timer;

pub use capacity::{Capacity, Room, Stance, compose_charge, counted};
pub use dead_end::{DeadEnd, DeadEnds};
pub use delegation::{Delegation, MAX_REFEREES};
pub use effect::{Change, Effect, Happening, Keep, Outgoing, Subject, To};
pub use invoice::{BadInvoice, BadReceipt, ComposeInvoice, LiftInvoice, Receipt};
pub use key::{LiftKey, LiftSecret, LiftSignature, Purpose, Signer, Tag};
pub use known::{Due, Known, Line, MAX_KEPT, Next, SMALL, Trust, holds};
pub use machine::{Input, Lift, Refusal, ack_unknown};
pub use message::{Ack, Arrived, Message, TARGET, Told};
pub use object::{Aim, BadCore, ComposeCore, Core, LiftHash, RefereeAddress};
pub use paper::{BadPaper, Cert, Decision, Waive, Why};
pub use plea::Plea;
pub use promise::Promise;
pub use proof::BadProof;
pub use record::{Leg, LegState, Part, Record, Stage};
pub use search::{Heard, Pointer, Road, Say, Search};
pub use spread::{Spread, by_reach, standing, turn};
