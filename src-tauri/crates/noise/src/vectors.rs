//! Replays links that another Noise library recorded, byte for byte, through this crate's own handshakes.
//!
//! A file holds two identities and some flows of frames with the ephemeral keys they were made with. Both ends are
//! played: each writes what the recording says it sent, and reads what it says it received. Fixed ephemerals live in
//! this module alone; no [`Link`](crate::Link) can be given one outside this crate's own tests.

mod flow;

use std::collections::BTreeMap;
use std::fmt;

use curve25519_dalek::montgomery::MontgomeryPoint;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::identity::{AgentSecret, StaticKey};

/// Replays every flow of a recording (the shape of `vectors/noise.json`).
pub fn replay(file: &Value) -> Replay {
    let mut replay = Replay::default();
    let initiator = identity(file, "initiator", &mut replay);
    let responder = identity(file, "responder", &mut replay);
    let (Some(initiator), Some(responder)) = (initiator, responder) else {
        return replay;
    };
    match file.get("flows").and_then(Value::as_object) {
        Some(flows) => {
            for (name, value) in flows {
                replay.flows += 1;
                flow::replay(name, value, [&initiator, &responder], &mut replay);
            }
        }
        None => replay.fail("flows", Check::Shape, "no object"),
    }
    replay
}

/// What a replay found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Flows in the file.
    pub flows: usize,
    /// Frames in those flows.
    pub frames: usize,
    /// How often each check held.
    pub passed: BTreeMap<Check, usize>,
    /// Every check that did not.
    pub failed: Vec<Failed>,
}

impl Replay {
    /// Whether there was something to check and all of it held.
    pub fn is_good(&self) -> bool {
        self.frames > 0 && self.failed.is_empty()
    }

    /// Counts one check.
    fn check(&mut self, place: &str, check: Check, held: bool, why: &str) {
        if held {
            *self.passed.entry(check).or_default() += 1;
        } else {
            self.fail(place, check, why);
        }
    }

    fn fail(&mut self, place: &str, check: Check, why: &str) {
        self.failed.push(Failed { place: place.to_owned(), check, why: why.to_owned() });
    }
}

/// One check that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Where in the file, as `flow[frame] header`.
    pub place: String,
    /// What was checked.
    pub check: Check,
    /// What was wrong.
    pub why: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}: {}", self.place, self.check, self.why)
    }
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The file has what a replay needs, in an order that a link allows.
    Shape,
    /// The keys that follow from a seed.
    Identity,
    /// The frame around a Noise message.
    Framing,
    /// The name of the pattern.
    Pattern,
    /// The public ephemeral key.
    Ephemeral,
    /// Our sender makes the recorded bytes.
    Written,
    /// Our receiver reads the recorded bytes.
    Read,
    /// The handshake hash.
    Hash,
    /// The split keys, the first for the initiator as the Noise specification says.
    Split,
    /// The nonce of a transport message.
    Nonce,
}

fn identity(file: &Value, who: &str, replay: &mut Replay) -> Option<AgentSecret> {
    let Some(seed) = file.get(who).and_then(|identity| key(identity, "ed25519_seed")) else {
        replay.fail(who, Check::Shape, "no ed25519_seed of 32 bytes");
        return None;
    };
    let secret = AgentSecret::from_seed(Zeroizing::new(seed));
    let agent = secret.agent_id();
    let mapped = StaticKey::of(&agent).map(|key| *key.as_bytes());
    let made = MontgomeryPoint::mul_base_clamped(*secret.expose_scalar()).to_bytes();
    replay.check(who, Check::Identity, mapped == Ok(made), "the two ways to the static key part");

    let derived = [
        ("ed25519_pub", hex::encode(agent.as_bytes())),
        ("agent_id", agent.to_string()),
        ("x25519_priv", hex::encode(secret.expose_scalar())),
        ("x25519_pub", hex::encode(made)),
    ];
    for (name, ours) in derived {
        if let Some(theirs) = file.get(who).and_then(|identity| identity.get(name)) {
            replay.check(who, Check::Identity, theirs.as_str() == Some(ours.as_str()), name);
        }
    }
    Some(secret)
}

fn bytes(value: &Value, name: &str) -> Option<Vec<u8>> {
    value.get(name).and_then(Value::as_str).and_then(|text| hex::decode(text).ok())
}

fn key(value: &Value, name: &str) -> Option<[u8; 32]> {
    bytes(value, name).and_then(|bytes| bytes.try_into().ok())
}
