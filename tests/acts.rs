//! What two people do in an open tally: asking, answering, setting, closing, taking back, looking back. Two wallets,
//! two profiles, a real link between them, and clocks that can be moved.

#[path = "acts/activity.rs"]
mod activity;
#[path = "acts/closing.rs"]
mod closing;
#[path = "acts/entries.rs"]
mod entries;
#[path = "acts/people.rs"]
mod people;
#[path = "acts/requests.rs"]
mod requests;
#[path = "acts/settings.rs"]
mod settings;
