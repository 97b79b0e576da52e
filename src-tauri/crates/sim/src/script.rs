//! What a script can have happen: deeds of people and blows of fate, one by one instead of by chance.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tallystick_core::chit::Kind;
use tallystick_core::request::Request;
use tallystick_core::tally::Input;
use tallystick_core::{ChitId, Date, TallyId, Units};
use tallystick_node::view::FailureCode;

use crate::fate::Did;
use crate::wallet::Seen;
use crate::world::{Event, Violation, World};

/// How long a ticket is good for that is shown when two meet, in ms.
const TICKET_LIFE: i64 = 900_000;

/// Something a person decides about a tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Pays so many thousandths.
    Pay(i64),
    /// Asks for so many thousandths, perhaps only for so many ms.
    Ask(i64, Option<i64>),
    /// Signs what the partner asks for by this name.
    Grant(ChitId),
    /// Declines what the partner asks for by this name.
    Decline(ChitId),
    /// Takes the own request of this name back.
    Unask(ChitId),
    /// Takes the own entry of this name back.
    Cancel(ChitId),
    /// Sets what has no bearing on closing.
    Set,
    /// Wants the tally closed, or no more.
    Close(bool),
    /// Compares both copies.
    Compare,
}

/// What came of a deed.
#[derive(Clone, Debug, PartialEq)]
pub enum Came {
    /// It is in the wallet's ledger, under this name if it has one of its own.
    Done(Option<ChitId>),
    /// The wallet refused it, and left everything as it was.
    Refused(FailureCode),
    /// The process was killed in the middle of it.
    Died,
    /// The wallet does not run.
    Asleep,
    /// The wallet does not show what the deed is about.
    Nowhere,
}

/// What becomes of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Lost,
    Doubled,
}

/// What is in store.
#[derive(Debug, Default)]
pub(crate) struct Fates {
    /// Wallets that are killed in the middle of their next act.
    doomed: BTreeSet<usize>,
    /// Packets yet to leave that are lost; and after those, packets that arrive twice.
    lost: u32,
    doubled: u32,
}

/// A wallet is called by its place in the run, from 0; what takes one panics if nobody has that place.
impl World {
    /// In the calm, one invites the other, offers, and is accepted. What the acceptance brings about is left to the
    /// time that follows. Gives nothing if they did not get that far.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn introduce(&mut self, one: usize, other: usize) -> Result<Option<TallyId>, Violation> {
        self.settle()?;
        let Some(code) = self.invite(one, TICKET_LIFE, 1, None)? else { return Ok(None) };
        self.use_code(other, &code)?;
        self.settle()?;
        let Some((half, object)) = self.agreement(one, code.tally) else { return Ok(None) };
        self.offer(one, code.tally, half, &object)?;
        self.settle()?;
        let Some((half, object)) = self.agreement(other, code.tally) else { return Ok(None) };
        let accepted = self.accept(other, code.tally, half, &object)?;
        self.stir();
        Ok(accepted.then_some(code.tally))
    }

    /// The person of a wallet decides something.
    ///
    /// # Errors
    /// The first promise that was broken, such as a refusal that no person should hear.
    pub fn perform(&mut self, wallet: usize, tally: TallyId, deed: Deed) -> Result<Came, Violation> {
        if !self.wallets[wallet].awake {
            return Ok(Came::Asleep);
        }
        let Some((half, _)) = self.agreement(wallet, tally) else { return Ok(Came::Nowhere) };
        self.idle_steps = 0;
        self.tell_of(wallet, &format!("wants: {deed:?} on {}", &tally.to_string()[..8]));
        let (name, input) = match deed {
            Deed::Pay(units) => {
                let chit = self.chit(Kind::Tran, tally, half, Units::new(units).ok(), None)?;
                (Some(chit.uuid()), Input::Sign(self.signed_chit(wallet, &chit)))
            }
            Deed::Set | Deed::Close(_) => {
                let values = match deed {
                    Deed::Close(close) => json!({ "close": close }),
                    _ => json!({"target": 3, "bound": 9}),
                };
                let chit = self.chit(Kind::Set, tally, half, None, Some(values))?;
                (Some(chit.uuid()), Input::Sign(self.signed_chit(wallet, &chit)))
            }
            Deed::Ask(units, life) => {
                let chit = self.chit(Kind::Tran, tally, half.other(), Units::new(units).ok(), None)?;
                let until = life.map(|life| self.now + life);
                if let Some(life) = life {
                    for wallet in 0..self.wallets.len() {
                        self.schedule(life, Event::House { wallet });
                    }
                }
                let until = until.map(Date::from_millis);
                (Some(chit.uuid()), Input::Ask { before: None, chit, until })
            }
            Deed::Grant(name) => {
                let Some(request) = self.request(wallet, name, false)? else { return Ok(Came::Nowhere) };
                let chit = self.signed_chit(wallet, &request.chit);
                (Some(name), Input::Grant { request, chit })
            }
            Deed::Decline(name) => {
                let Some(request) = self.request(wallet, name, false)? else { return Ok(Came::Nowhere) };
                (None, Input::Decline { request, reason: None })
            }
            Deed::Unask(name) => {
                let Some(request) = self.request(wallet, name, true)? else { return Ok(Came::Nowhere) };
                (None, Input::Unask(request))
            }
            Deed::Cancel(name) => {
                let seen = self.wallets[wallet].seen.get(&tally.to_string());
                let text = name.to_string();
                if !seen.is_some_and(|seen| seen.places.iter().any(|place| place.uuid == text)) {
                    return Ok(Came::Nowhere);
                }
                let did = self.cancel_once(wallet, tally, name)?;
                return self.came(wallet, None, did);
            }
            Deed::Compare => (None, Input::Compare),
        };
        let did = self.decide_once(wallet, tally, input, false)?;
        self.came(wallet, name, did)
    }

    fn came(
        &mut self,
        wallet: usize,
        name: Option<ChitId>,
        did: Did<(), tallystick_node::view::Failure>,
    ) -> Result<Came, Violation> {
        match did {
            Did::Done(()) => Ok(Came::Done(name)),
            Did::Died => Ok(Came::Died),
            Did::Refused(failure) => {
                let code = failure.code.clone();
                self.person_may_hear(wallet, failure)?;
                Ok(Came::Refused(code))
            }
        }
    }

    fn request(&self, wallet: usize, name: ChitId, mine: bool) -> Result<Option<Request>, Violation> {
        let rows = self.wallets[wallet].ledger.read(|rows| rows.requests(None))?;
        let found = rows.into_iter().find(|row| row.mine == mine && row.request.id() == name);
        Ok(found.map(|row| row.request))
    }

    /// The calm is over: from now on packets can be lost and wallets killed.
    pub fn stir(&mut self) {
        self.quiet = false;
    }

    /// Cuts the way from one wallet to another, or opens it.
    pub fn set_way(&mut self, from: usize, to: usize, open: bool) {
        self.turn_way(from, to, open);
    }

    /// Kills a wallet's process, which is started again after a while.
    ///
    /// # Errors
    /// If its ledger is not what was committed.
    pub fn crash(&mut self, wallet: usize) -> Result<(), Violation> {
        if self.wallets[wallet].awake {
            self.tell_of(wallet, "is killed");
            self.kill(wallet)?;
        }
        Ok(())
    }

    /// A wallet's process will be killed in the middle of its next act, whatever that is.
    pub fn doom(&mut self, wallet: usize) {
        self.fates.doomed.insert(wallet);
    }

    /// Starts a wallet's process at once.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn start(&mut self, wallet: usize) -> Result<(), Violation> {
        self.wake(wallet)
    }

    /// The next packets that leave any wallet are lost.
    pub fn lose_next(&mut self, packets: u32) {
        self.fates.lost = packets;
    }

    /// The next packets that leave any wallet, once no more are to be lost, arrive twice.
    pub fn double_next(&mut self, packets: u32) {
        self.fates.doubled = packets;
    }

    /// The time in the run, ms since the Unix epoch.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The tallies in a wallet's ledger, by name.
    pub fn copies(&self, wallet: usize) -> &BTreeMap<String, Seen> {
        &self.wallets[wallet].seen
    }

    pub(crate) fn is_doomed(&mut self, wallet: usize) -> bool {
        !self.quiet && self.fates.doomed.remove(&wallet)
    }

    pub(crate) fn fate_of_packet(&mut self) -> Option<Fate> {
        if self.quiet {
            return None;
        }
        let (left, fate) = match &mut self.fates {
            Fates { lost, .. } if *lost > 0 => (lost, Fate::Lost),
            Fates { doubled, .. } if *doubled > 0 => (doubled, Fate::Doubled),
            _ => return None,
        };
        *left -= 1;
        Some(fate)
    }
}
