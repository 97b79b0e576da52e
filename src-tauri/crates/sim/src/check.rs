//! What must be true of every ledger at every moment.

use std::collections::BTreeMap;

use tallystick_core::chit::ChitObject;
use tallystick_core::tally::TallyObject;
use tallystick_core::{Certificate, ChitId, Digest, Half};
use tallystick_store::sim::{Glance, Place};

use crate::phases;
use crate::wallet::Seen;
use crate::world::{Violation, World};

/// Requests of one partner that may wait at once.
const MOST_WAITING: usize = 64;

/// What is in hand is compared with the file at one step in so many: reading it is what the hand saves.
const HANDS: u64 = 7;

/// Shorthand for what a check says.
type Check = Result<(), String>;

impl World {
    /// Looks a ledger through after something was written to it.
    pub(crate) fn look_through(&mut self, wallet: usize) -> Result<(), Violation> {
        self.check_hand(wallet)?;
        let now_there = self.wallets[wallet].look()?;
        let before = std::mem::take(&mut self.wallets[wallet].seen);
        let checked = self.compare(wallet, &before, &now_there);
        self.wallets[wallet].seen_changes = self.wallets[wallet].ledger.changes();
        self.wallets[wallet].seen = now_there;
        checked.map_err(|what| Violation(format!("in the ledger of {}: {what}", self.name(wallet))))
    }

    /// What the writer keeps in hand is what stands in the file.
    fn check_hand(&self, wallet: usize) -> Result<(), Violation> {
        if !self.counts.steps.is_multiple_of(HANDS) {
            return Ok(());
        }
        for id in self.wallets[wallet].seen.keys() {
            let id = id.parse().map_err(|_| Violation("a tally without a name".to_owned()))?;
            if !self.wallets[wallet].ledger.hand_is_true(id)? {
                return Err(Violation(format!(
                    "{} has in hand what is not in its ledger",
                    self.name(wallet)
                )));
            }
        }
        Ok(())
    }

    fn compare(
        &mut self,
        wallet: usize,
        before: &BTreeMap<String, Seen>,
        after: &BTreeMap<String, Seen>,
    ) -> Check {
        if let Some(lost) = before.keys().find(|id| !after.contains_key(*id)) {
            return Err(format!("the tally {lost} is gone"));
        }
        for (id, seen) in after {
            let earlier = before.get(id);
            if earlier == Some(seen) {
                continue;
            }
            self.check_step(wallet, earlier, seen).map_err(|what| format!("{what} (tally {})", &id[..8]))?;
        }
        Ok(())
    }

    /// One tally before and after one act.
    fn check_step(&mut self, wallet: usize, before: Option<&Seen>, after: &Seen) -> Check {
        let phase = |seen: &Seen| seen.glance.phase.clone();
        let from = before.map(phase);
        let to = phase(after);
        if from.as_ref() != Some(&to) {
            if !phases::may_follow(from.as_deref(), &to) {
                return Err(format!("{} became {to}", from.unwrap_or_else(|| "nothing".to_owned())));
            }
            let (name, id) = (self.name(wallet), after.glance.id[..8].to_owned());
            let became = to.clone();
            self.tell(|| format!("{name}: {id} is {became} now"));
        }
        let object = parse(&after.glance.object)?;
        if before.is_none_or(|before| before.glance.object != after.glance.object) {
            self.check_agreement(wallet, before, after, &object)?;
        }
        self.check_dispute(wallet, after)?;
        self.check_asked(after)?;
        self.check_chain(wallet, before, after, &object)
    }

    /// Between honest wallets nothing ever looks like a contradiction.
    fn check_dispute(&self, wallet: usize, after: &Seen) -> Check {
        let honest = !self.wallets[wallet].hostile
            && self.partner_of(after).is_some_and(|partner| !self.wallets[partner].hostile);
        match &after.glance.dispute {
            Some(dispute) if honest => Err(format!("honest copies are in dispute: {dispute}")),
            _ => Ok(()),
        }
    }

    /// A granted request is an entry, and no flood of requests is kept.
    fn check_asked(&self, after: &Seen) -> Check {
        let mut waiting = 0;
        for asked in &after.asked {
            let paid = after.places.iter().any(|place| place.uuid == asked.uuid);
            if (asked.state == "granted") != paid {
                return Err(format!("the request {} is {} and paid: {paid}", &asked.uuid[..8], asked.state));
            }
            waiting += usize::from(asked.state == "waiting" && !asked.mine);
        }
        if waiting > MOST_WAITING { Err(format!("{waiting} requests wait")) } else { Ok(()) }
    }

    /// The agreement changes only while it is none, and is signed by whom its phase says.
    fn check_agreement(
        &self,
        wallet: usize,
        before: Option<&Seen>,
        after: &Seen,
        object: &TallyObject,
    ) -> Check {
        let mine = half(&after.glance)?;
        let ours = object.cert(mine).map(Certificate::raw);
        if ours != Some(self.wallets[wallet].person.cert.raw()) {
            return Err("our own certificate was changed".to_owned());
        }
        if let Some(before) = before {
            let earlier = parse(&before.glance.object)?;
            if phases::in_force(&before.glance.phase) && !earlier.same_content(object) {
                return Err("a tally in force was changed".to_owned());
            }
            let theirs = |object: &TallyObject| object.cert(mine.other()).map(|cert| cert.key().clone());
            if theirs(&earlier).is_some_and(|key| Some(key) != theirs(object)) {
                return Err("the partner's key was changed".to_owned());
            }
            // What we are still changing was never offered: their own next version takes its place.
            let unseen = matches!(before.glance.phase.as_str(), "offer.draft" | "P.draft");
            if object.revision() < earlier.revision() && !unseen {
                return Err("an older revision took a newer one's place".to_owned());
            }
        }
        for signer in phases::signed_by(&after.glance.phase, mine) {
            object.verify(*signer).map_err(|error| format!("{} and yet: {error}", after.glance.phase))?;
        }
        if phases::one_signature(&after.glance.phase) && phases::signatures(object) > 1 {
            return Err(format!("{} with both signatures", after.glance.phase));
        }
        Ok(())
    }

    /// Every place, hash and sum; and nothing that was there is gone or has moved below what is agreed.
    fn check_chain(
        &mut self,
        wallet: usize,
        before: Option<&Seen>,
        after: &Seen,
        object: &TallyObject,
    ) -> Check {
        let glance = &after.glance;
        let mine = half(glance)?;
        let places = &after.places;
        let none = Vec::new();
        let earlier = before.map_or(&none, |before| &before.places);
        let agreed_before = before.and_then(|before| before.glance.agreed);
        // An acceptance that opened nothing has no chain any more; it never had a chit.
        let dropped =
            before.is_some_and(|before| before.glance.phase == "offer.open") && glance.digest.is_none();
        if glance.agreed < agreed_before && !dropped {
            return Err(format!("agreed shrank from {agreed_before:?} to {:?}", glance.agreed));
        }
        let firm = usize::try_from(agreed_before.unwrap_or(0)).unwrap_or(usize::MAX);
        if earlier.iter().take(firm).ne(places.iter().take(firm)) && !same_places(earlier, places, firm) {
            return Err("an agreed chit has moved or changed".to_owned());
        }
        self.check_kept(earlier, places)?;
        if glance.digest.is_none() {
            return if places.is_empty() && glance.balance == 0 && glance.head == 0 {
                Ok(())
            } else {
                Err("there are chits in a tally that was never in force".to_owned())
            };
        }
        if !phases::has_chain(&glance.phase) {
            return Err(format!("{} with a chain", glance.phase));
        }
        let digest = object.digest();
        if glance.digest.as_deref() != Some(digest.as_bytes().as_slice()) {
            return Err("the digest is another one".to_owned());
        }
        let mut walk = Walk { prior: digest, index: 0, sum: 0, waiting: 0 };
        let mut agreed_hash = digest;
        for (nth, place) in places.iter().enumerate() {
            let known = earlier.get(nth).is_some_and(|earlier| same_place(earlier, place));
            let unmoved = known && walk.prior == prior_of(earlier, nth, digest);
            if unmoved {
                walk.pass(place)?;
            } else {
                let chit = chit(place)?;
                self.check_chit(wallet, glance, object, place, &chit)?;
                walk.take(place, &chit, mine)?;
            }
            if place.mine && Some(walk.index) > glance.agreed {
                walk.waiting += place.change;
            }
            if Some(walk.index) == glance.agreed {
                agreed_hash = walk.prior;
            }
        }
        walk.check_end(glance, agreed_hash)
    }

    /// Whatever stood in the chain still does.
    fn check_kept(&self, before: &[Place], after: &[Place]) -> Check {
        for place in before {
            if self.cancelling.as_ref() == Some(&place.uuid) && place.mine && !place.matched {
                continue;
            }
            if !after.iter().any(|other| other.uuid == place.uuid) {
                return Err(format!("the chit {} is gone", &place.uuid[..8]));
            }
        }
        Ok(())
    }

    /// A chit at a new place: by whom it says, in this tally, and if by an honest person then really.
    fn check_chit(
        &mut self,
        wallet: usize,
        glance: &Glance,
        object: &TallyObject,
        place: &Place,
        chit: &ChitObject,
    ) -> Check {
        let name = &place.uuid[..8];
        if chit.uuid().to_string() != place.uuid || chit.tally().to_string() != glance.id {
            return Err(format!("the chit {name} belongs elsewhere"));
        }
        let signer = object.cert(chit.by()).and_then(|cert| self.whose(cert.chad().agent()));
        let signer = signer.ok_or_else(|| format!("the chit {name} is by nobody"))?;
        if self.wallets[signer].hostile {
            return self.check_stranger(object, place, chit);
        }
        match self.book.signed.get(&chit.uuid()) {
            Some(signed) if signed.text == place.object => Ok(()),
            Some(_) => Err(format!("the chit {name} is not as it was signed")),
            // Its own act is being committed at this moment.
            None if signer == wallet => Ok(()),
            None => Err(format!("{} never signed the chit {name}", self.name(signer))),
        }
    }

    /// A chit of a fraud: only its signature can be asked.
    fn check_stranger(&mut self, object: &TallyObject, place: &Place, chit: &ChitObject) -> Check {
        if self.book.vouched.contains(&place.object) {
            return Ok(());
        }
        let key = object.cert(chit.by()).map(Certificate::key).ok_or("a side without a certificate")?;
        chit.verify(key).map_err(|error| format!("a chit of a fraud stands and yet {error}"))?;
        self.book.vouched.insert(place.object.clone());
        Ok(())
    }
}

/// Where the walk along a chain stands.
struct Walk {
    prior: Digest,
    index: u64,
    sum: i64,
    waiting: i64,
}

impl Walk {
    /// A place that is as it was, on what is as it was.
    fn pass(&mut self, place: &Place) -> Check {
        self.index += 1;
        self.sum += place.change;
        if self.sum != place.balance_after {
            return Err(format!("the running balance at {} is another one", self.index));
        }
        self.prior = hash(&place.hash)?;
        Ok(())
    }

    fn take(&mut self, place: &Place, chit: &ChitObject, mine: Half) -> Check {
        if u64::try_from(place.index) != Ok(self.index + 1) {
            return Err(format!("the place after {} is {}", self.index, place.index));
        }
        if chit.chain_hash(self.index + 1, &self.prior) != hash(&place.hash)? {
            return Err(format!("the chain hash at {} is another one", place.index));
        }
        let units = chit.units().map_or(0, tallystick_core::Units::milli);
        let change = if chit.by() == mine { -units } else { units };
        if place.change != change || place.mine != (chit.by() == mine) {
            return Err(format!("the chit at {} is booked wrongly", place.index));
        }
        self.pass(place)
    }

    fn check_end(&self, glance: &Glance, agreed_hash: Digest) -> Check {
        let same = |hash: &Option<Vec<u8>>, ours: Digest| hash.as_deref() == Some(ours.as_bytes().as_slice());
        if glance.head != self.index || !same(&glance.head_hash, self.prior) {
            return Err(format!("the end is {} and should be {}", glance.head, self.index));
        }
        if glance.agreed.is_some_and(|agreed| agreed > self.index) || !same(&glance.agreed_hash, agreed_hash)
        {
            return Err("what is agreed is not in the chain".to_owned());
        }
        if glance.balance != self.sum {
            return Err(format!("the balance is {} and the sum {}", glance.balance, self.sum));
        }
        if glance.waiting != self.waiting {
            return Err(format!("{} waits and should be {}", glance.waiting, self.waiting));
        }
        Ok(())
    }
}

fn same_place(one: &Place, other: &Place) -> bool {
    one.index == other.index
        && one.hash == other.hash
        && one.object == other.object
        && one.change == other.change
}

fn same_places(before: &[Place], after: &[Place], firm: usize) -> bool {
    before.len() >= firm
        && after.len() >= firm
        && before.iter().zip(after).take(firm).all(|(one, other)| same_place(one, other))
}

fn prior_of(places: &[Place], nth: usize, digest: Digest) -> Digest {
    let before = nth.checked_sub(1).and_then(|nth| places.get(nth));
    before.map_or(Some(digest), |place| hash(&place.hash).ok()).unwrap_or(digest)
}

/// The half a ledger holds.
pub(crate) fn half(glance: &Glance) -> Result<Half, String> {
    match glance.mine.as_str() {
        "stock" => Ok(Half::Stock),
        "foil" => Ok(Half::Foil),
        other => Err(format!("a half called {other}")),
    }
}

/// The agreement as it is written down.
pub(crate) fn parse(text: &str) -> Result<TallyObject, String> {
    let raw = serde_json::from_str(text).map_err(|error| format!("an agreement that is no JSON: {error}"))?;
    TallyObject::parse(raw).map_err(|error| format!("an agreement that is none: {error}"))
}

/// A chit as it is written down.
pub(crate) fn chit(place: &Place) -> Result<ChitObject, String> {
    let raw =
        serde_json::from_str(&place.object).map_err(|error| format!("a chit that is no JSON: {error}"))?;
    ChitObject::parse(raw).map_err(|error| format!("a chit that is none: {error}"))
}

/// A chit's name.
pub(crate) fn name_of(place: &Place) -> Option<ChitId> {
    place.uuid.parse().ok()
}

fn hash(bytes: &[u8]) -> Result<Digest, String> {
    bytes.try_into().map(Digest::from_bytes).map_err(|_| "a hash of another length".to_owned())
}
