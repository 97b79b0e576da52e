//! Links without encryption: the frames of protocol.md 2 with their payloads as plain JSON.
//!
//! The deployed reference implementation speaks like this because of a mistake of its own. A wallet built with this
//! feature can be tried against it, on one computer; nothing that is released can be built with it, and whoever uses it
//! must keep to loopback addresses.

use std::sync::atomic::{AtomicBool, Ordering};

use tallystick_core::AgentId;

use crate::identity::StaticKey;

#[cfg(not(debug_assertions))]
compile_error!("`plain-link` is for tests on one computer and has no place in a release build");

static SPOKEN: AtomicBool = AtomicBool::new(false);

/// From here on every link of this process speaks plain.
pub fn speak() {
    SPOKEN.store(true, Ordering::SeqCst);
}

/// Whether links speak plain.
pub fn is_spoken() -> bool {
    SPOKEN.load(Ordering::SeqCst)
}

/// Who a first message says it is from: believed here, since nothing proves anything on a plain link.
pub(crate) fn sender(message: &[u8]) -> Option<StaticKey> {
    let message: serde_json::Value = serde_json::from_slice(message).ok()?;
    let agent: AgentId = message["from"]["agent"].as_str()?.parse().ok()?;
    StaticKey::of(&agent).ok()
}
