//! Codes that are cut, changed, stale or not ours: each says what is wrong with it, and none makes a wallet speak.

#[path = "bad_codes/others.rs"]
mod others;
#[path = "bad_codes/scene.rs"]
mod scene;
#[path = "bad_codes/tickets.rs"]
mod tickets;
