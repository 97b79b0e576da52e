//! What people do in a tally that is in force: paying, asking, answering, setting, closing, taking back.

use serde_json::{Value, json};
use tallystick_core::chit::{ChitObject, ComposeChit, Kind};
use tallystick_core::request::{Request, RequestState};
use tallystick_core::tally::Input;
use tallystick_core::{ChitId, Date, Half, TallyId, Units};
use tallystick_node::sim;
use tallystick_node::view::Failure;

use crate::fate::Did;
use crate::world::{Event, Violation, World};

const IN_FORCE: &[&str] = &["open", "C.open"];

impl World {
    pub(crate) fn pays(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, half, _)) = self.any_in(wallet, IN_FORCE)? else { return Ok(false) };
        let units = match self.dice.below(100) {
            0..97 => self.dice.between(1, 20_000),
            _ => self.dice.between(1 << 50, (1 << 53) - 1),
        };
        self.pay(wallet, id, half, units)
    }

    pub(crate) fn pay(
        &mut self,
        wallet: usize,
        id: TallyId,
        half: Half,
        units: i64,
    ) -> Result<bool, Violation> {
        let filler = self.dice.chance(30).then(|| json!({"text": "x".repeat(15_000)}));
        let chit = self.chit(Kind::Tran, id, half, Units::new(units).ok(), filler)?;
        let name = chit.uuid().to_string()[..6].to_owned();
        self.tell_of(wallet, &format!("pays {units} by {name} on {}", &id.to_string()[..8]));
        let chit = self.signed_chit(wallet, &chit);
        self.decide(wallet, id, Input::Sign(chit))
    }

    fn set(&mut self, wallet: usize, id: TallyId, half: Half, values: Value) -> Result<bool, Violation> {
        self.tell_of(wallet, &format!("sets {values} on {}", &id.to_string()[..8]));
        let chit = self.chit(Kind::Set, id, half, None, Some(values))?;
        let chit = self.signed_chit(wallet, &chit);
        self.decide(wallet, id, Input::Sign(chit))
    }

    pub(crate) fn sets(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, half, _)) = self.any_in(wallet, IN_FORCE)? else { return Ok(false) };
        let values = match self.dice.below(3) {
            0 => json!({"target": 3, "bound": self.dice.between(3, 9_000), "reward": 0.04, "clutch": 0.001}),
            1 => json!({"call": Date::from_millis(self.now + 86_400_000).to_string()}),
            // Foolish, but said: it stays in the chain and has no effect.
            _ => json!({"target": 9, "bound": 3, "strange": "ä"}),
        };
        self.set(wallet, id, half, values)
    }

    pub(crate) fn closes(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, half, _)) = self.any_in(wallet, IN_FORCE)? else { return Ok(false) };
        self.set(wallet, id, half, json!({"close": true}))
    }

    pub(crate) fn keeps_open(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, half, _)) = self.any_in(wallet, &["C.open"])? else { return Ok(false) };
        self.set(wallet, id, half, json!({"close": false}))
    }

    /// Whoever is owed gives up the rest, or a part of it.
    pub(crate) fn forgives(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, half, _)) = self.any_in(wallet, &["C.open"])? else { return Ok(false) };
        let owed = self.wallets[wallet].seen.get(&id.to_string()).map_or(0, |seen| seen.glance.balance);
        if owed <= 0 {
            return Ok(false);
        }
        let units = if self.dice.chance(700) { owed } else { self.dice.between(1, owed) };
        self.pay(wallet, id, half, units)
    }

    pub(crate) fn asks(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, half, _)) = self.any_in(wallet, IN_FORCE)? else { return Ok(false) };
        let units = Units::new(self.dice.between(1, 9_000)).ok();
        let chit = self.chit(Kind::Tran, id, half.other(), units, None)?;
        self.ask(wallet, id, None, chit)
    }

    pub(crate) fn ask(
        &mut self,
        wallet: usize,
        id: TallyId,
        before: Option<Request>,
        chit: ChitObject,
    ) -> Result<bool, Violation> {
        let life = if self.dice.chance(300) { 120_000 } else { 3 * 86_400_000 };
        let until = (!self.dice.chance(300)).then(|| self.now + self.dice.between(1_000, life));
        let name = chit.uuid().to_string()[..6].to_owned();
        self.tell_of(wallet, &format!("asks by {name} on {}", &id.to_string()[..8]));
        let done =
            self.decide(wallet, id, Input::Ask { before, chit, until: until.map(Date::from_millis) })?;
        if let Some(until) = until {
            for wallet in 0..self.wallets.len() {
                self.schedule(until - self.now, Event::House { wallet });
            }
        }
        Ok(done)
    }

    /// Asks again with other words, whatever became of it.
    pub(crate) fn asks_again(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, before)) = self.any_request(wallet, true, &[])? else { return Ok(false) };
        if before.state == RequestState::Granted {
            return Ok(false);
        }
        let mut raw = before.chit.raw().clone();
        raw["date"] = json!(Date::from_millis(self.now).to_string());
        raw["units"] = json!(self.dice.between(1, 9_000));
        let chit = ChitObject::parse(raw).map_err(|error| Violation(error.to_string()))?;
        self.ask(wallet, id, Some(before), chit)
    }

    pub(crate) fn grants(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, request)) = self.any_request(wallet, false, &[RequestState::Waiting])? else {
            return Ok(false);
        };
        self.grant(wallet, id, request)
    }

    pub(crate) fn grant(&mut self, wallet: usize, id: TallyId, request: Request) -> Result<bool, Violation> {
        let name = request.id().to_string()[..6].to_owned();
        self.tell_of(wallet, &format!("grants {name} on {}", &id.to_string()[..8]));
        let chit = self.signed_chit(wallet, &request.chit);
        self.decide(wallet, id, Input::Grant { request, chit })
    }

    pub(crate) fn declines(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, request)) = self.any_request(wallet, false, &[RequestState::Waiting])? else {
            return Ok(false);
        };
        let name = request.id().to_string()[..6].to_owned();
        self.tell_of(wallet, &format!("declines {name} on {}", &id.to_string()[..8]));
        self.decide(wallet, id, Input::Decline { request, reason: Some("too much".to_owned()) })
    }

    pub(crate) fn unasks(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, request)) = self.any_request(wallet, true, &[])? else { return Ok(false) };
        let name = request.id().to_string()[..6].to_owned();
        self.tell_of(wallet, &format!("takes the request {name} back on {}", &id.to_string()[..8]));
        self.decide(wallet, id, Input::Unask(request))
    }

    pub(crate) fn compares(&mut self, wallet: usize) -> Result<bool, Violation> {
        let Some((id, ..)) = self.any_in(wallet, &["open", "C.open", "close"])? else { return Ok(false) };
        self.tell_of(wallet, &format!("compares {}", &id.to_string()[..8]));
        self.decide(wallet, id, Input::Compare)
    }

    /// Takes an entry back, as long as nobody else can know of it.
    pub(crate) fn cancels(&mut self, wallet: usize) -> Result<bool, Violation> {
        let mut ours: Vec<(TallyId, ChitId)> = Vec::new();
        for seen in self.wallets[wallet].in_phase(&["open", "C.open", "close"]) {
            for place in seen.places.iter().filter(|place| place.mine && !place.matched) {
                ours.extend(seen.glance.id.parse().ok().zip(place.uuid.parse().ok()));
            }
        }
        let Some((id, chit)) = self.dice.pick(&ours) else { return Ok(false) };
        self.cancel(wallet, id, chit)
    }

    pub(crate) fn cancel(&mut self, wallet: usize, id: TallyId, chit: ChitId) -> Result<bool, Violation> {
        match self.cancel_once(wallet, id, chit)? {
            Did::Done(()) | Did::Died => Ok(true),
            Did::Refused(failure) => self.person_may_hear(wallet, failure),
        }
    }

    /// Takes an entry back, and says what became of that.
    pub(crate) fn cancel_once(
        &mut self,
        wallet: usize,
        id: TallyId,
        chit: ChitId,
    ) -> Result<Did<(), Failure>, Violation> {
        let name = chit.to_string();
        let now = self.now;
        self.cancelling = Some(name.clone());
        let did = self.act(wallet, |rows| sim::take_back(rows, id, chit, now));
        self.cancelling = None;
        match did? {
            Did::Done(()) => {}
            other => return Ok(other),
        }
        self.post_soon(wallet);
        self.tell_of(wallet, &format!("has taken {} back on {}", &name[..6], &id.to_string()[..8]));
        self.book.signed.remove(&chit);
        let elsewhere = self
            .wallets
            .iter()
            .flat_map(|wallet| wallet.seen.values())
            .any(|seen| seen.places.iter().any(|place| place.uuid == name));
        if elsewhere || self.flies(wallet, chit) {
            return Err(Violation(format!("{} took back what had left", self.name(wallet))));
        }
        Ok(Did::Done(()))
    }

    /// One of the requests a wallet makes, or gets.
    pub(crate) fn any_request(
        &mut self,
        wallet: usize,
        mine: bool,
        states: &[RequestState],
    ) -> Result<Option<(TallyId, Request)>, Violation> {
        let rows = self.wallets[wallet].ledger.read(|rows| rows.requests(None))?;
        let mut fitting: Vec<Request> = rows
            .into_iter()
            .filter(|row| row.mine == mine && (states.is_empty() || states.contains(&row.request.state)))
            .map(|row| row.request)
            .collect();
        // The ledger's own order is by time, and two of one instant by name: both follow from the seed.
        if fitting.is_empty() {
            return Ok(None);
        }
        let request = fitting.swap_remove(self.dice.below(fitting.len()));
        Ok(Some((request.chit.tally(), request)))
    }

    pub(crate) fn chit(
        &mut self,
        kind: Kind,
        tally: TallyId,
        by: Half,
        units: Option<Units>,
        reference: Option<Value>,
    ) -> Result<ChitObject, Violation> {
        let parts = ComposeChit {
            uuid: ChitId::new(self.dice.uuid()),
            tally,
            by,
            date: Date::from_millis(self.now),
            units,
            memo: self.dice.chance(300).then(|| "für Brot & Käse ☕".to_owned()),
            reference,
        };
        ChitObject::compose(kind, parts)
            .map_err(|error| Violation(format!("a chit that cannot be made: {error}")))
    }

    pub(crate) fn signed_chit(&self, wallet: usize, chit: &ChitObject) -> ChitObject {
        chit.with_signature(self.wallets[wallet].person.signer.sign(&chit.signing_bytes()))
    }
}
