//! A walk along a stored chain: read in one thread, hashed and checked in all others there are.
//!
//! Every link is checked against the stored hash before it, so stretches of a chain can be checked apart: if each of them
//! fits its beginning, the whole fits.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rusqlite::{Row, params};
use tallystick_core::chit::{ChitObject, Kind, Plain};
use tallystick_core::lift::{LiftKey, proof};
use tallystick_core::{Digest, Half, TallyId, Units, UserKey};

use crate::error::StoreError;
use crate::rows::{Rows, signed};
use crate::words::{self, PART, Part};

/// Chits in a stretch.
const STRETCH: usize = 512;

/// What is packed to be searched is not what the chits say.
pub(crate) const WORDS_DIFFER: &str = "the words that are searched are others";

/// More was packed than is agreed.
pub(crate) const WORDS_OF_NOTHING: &str = "there are words to search that belong to nothing";

/// What every chit of a tally is checked against.
pub(crate) struct About<'t> {
    pub(crate) id: TallyId,
    pub(crate) mine: Half,
    /// Whose key the stock's signatures need, and the foil's.
    pub(crate) keys: [Option<&'t UserKey>; 2],
    /// Every key that the stock ever delegated for lifts, and the foil.
    pub(crate) lift_keys: &'t [Vec<LiftKey>; 2],
    /// The tally's digest.
    pub(crate) digest: Digest,
    pub(crate) agreed: u64,
    pub(crate) head: u64,
    /// Whether signatures and copied columns are looked at as well, and not the chain alone.
    pub(crate) all: bool,
}

/// Where a walk came to.
pub(crate) struct Walked {
    /// What is wrong, in the order of the chain.
    pub(crate) wrong: Vec<(u64, &'static str)>,
    /// Chits looked at.
    pub(crate) chits: u64,
    /// Chain hash at the agreed index, as it is written down.
    pub(crate) agreed_hash: Option<Digest>,
    /// Chain hash of the last chit.
    pub(crate) head_hash: Option<Digest>,
    /// Balance after the last.
    pub(crate) balance: i64,
}

/// What stands before a link.
#[derive(Clone, Copy)]
struct Place {
    index: u64,
    hash: Option<Digest>,
    balance: i64,
}

/// One row, its texts in the stretch it belongs to.
struct Link {
    index: Option<u64>,
    object: std::ops::Range<usize>,
    uuid: std::ops::Range<usize>,
    memo: Option<std::ops::Range<usize>>,
    hash: Option<Digest>,
    kind: Option<Kind>,
    mine: bool,
    change: i64,
    balance_after: i64,
    date: i64,
    matched: bool,
}

/// Links that follow each other.
struct Stretch {
    before: Place,
    links: Vec<Link>,
    text: String,
}

impl Rows<'_> {
    /// Walks along the whole chain of a tally.
    pub(crate) fn walk(&self, about: &About<'_>) -> Result<Walked, StoreError> {
        let workers = thread::available_parallelism().map_or(1, usize::from).min(1 + stretches(about.head));
        let (hand, given) = sync_channel::<Stretch>(2 * workers);
        let given = Mutex::new(given);
        thread::scope(|scope| {
            let working: Vec<_> = (0..workers).map(|_| scope.spawn(|| work(about, &given))).collect();
            let read = self.hand_out(about, hand);
            let mut walked = read?;
            for worker in working {
                let found = worker.join().map_err(|_| StoreError::Panicked)?;
                walked.wrong.extend(found);
            }
            walked.wrong.sort_unstable();
            Ok(walked)
        })
    }

    /// Reads the chits and hands them out; what takes a look at more than one of them is done here.
    fn hand_out(&self, about: &About<'_>, hand: SyncSender<Stretch>) -> Result<Walked, StoreError> {
        let sql = "select idx, object, hash, kind, mine, change, balance_after, matched_at is not null, uuid, memo, date
                   from chit where tally = ?1 order by idx";
        let start = Place { index: 0, hash: Some(about.digest), balance: 0 };
        let mut walked = Walked {
            wrong: Vec::new(),
            chits: 0,
            agreed_hash: (about.agreed == 0).then_some(about.digest),
            head_hash: start.hash,
            balance: 0,
        };
        let (mut part, mut parts) = (Part::default(), 0);
        let mut stretch = Stretch { before: start, links: Vec::new(), text: String::new() };
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params![about.id.to_string()])?;
        while let Some(row) = rows.next()? {
            let link = stretch.take(row)?;
            let place = link.place();
            walked.chits += 1;
            walked.head_hash = link.hash;
            walked.balance = link.balance_after;
            if place.index == about.agreed {
                walked.agreed_hash = link.hash;
            }
            if about.all && place.index <= about.agreed {
                let memo = link.memo.clone().and_then(|memo| stretch.text.get(memo)).unwrap_or_default();
                part.push(link.kind.unwrap_or(Kind::Tran), link.mine, link.change, memo);
                if part.is_full() {
                    if !self.words_are(about.id, parts, &part)? {
                        walked.wrong.push((parts * PART + 1, WORDS_DIFFER));
                    }
                    (part, parts) = (Part::default(), parts + 1);
                }
            }
            stretch.links.push(link);
            if stretch.links.len() == STRETCH {
                let next = Stretch { before: place, links: Vec::with_capacity(STRETCH), text: String::new() };
                // Nobody listens only if a worker is gone, which is told when it is waited for.
                drop(hand.send(std::mem::replace(&mut stretch, next)));
            }
        }
        drop(hand.send(stretch));
        if about.all && self.parts(about.id)? != signed(parts) {
            walked.wrong.push((0, WORDS_OF_NOTHING));
        }
        Ok(walked)
    }
}

fn stretches(head: u64) -> usize {
    usize::try_from(head).map_or(usize::MAX, |head| head / STRETCH)
}

impl Stretch {
    fn take(&mut self, row: &Row<'_>) -> Result<Link, StoreError> {
        let text = &mut self.text;
        let mut keep = |column: usize| -> Result<Option<std::ops::Range<usize>>, StoreError> {
            let from = text.len();
            let Some(words) = row.get_ref(column)?.as_str_or_null().ok().flatten() else { return Ok(None) };
            text.push_str(words);
            Ok(Some(from..text.len()))
        };
        Ok(Link {
            object: keep(1)?.unwrap_or_default(),
            uuid: keep(8)?.unwrap_or_default(),
            memo: keep(9)?,
            index: u64::try_from(row.get::<_, i64>(0)?).ok(),
            hash: row
                .get_ref(2)?
                .as_blob()
                .ok()
                .and_then(|hash| hash.try_into().ok())
                .map(Digest::from_bytes),
            kind: row.get_ref(3)?.as_str().ok().and_then(words::kind),
            mine: row.get(4)?,
            change: row.get(5)?,
            balance_after: row.get(6)?,
            matched: row.get(7)?,
            date: row.get(10)?,
        })
    }
}

impl Link {
    fn place(&self) -> Place {
        Place { index: self.index.unwrap_or(0), hash: self.hash, balance: self.balance_after }
    }
}

fn work(about: &About<'_>, given: &Mutex<Receiver<Stretch>>) -> Vec<(u64, &'static str)> {
    let (mut wrong, mut room, tally) = (Vec::new(), Vec::new(), about.id.to_string());
    loop {
        let next = given.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(stretch) = next else { return wrong };
        let mut before = stretch.before;
        for link in &stretch.links {
            let index = link.index.unwrap_or(0);
            let mut check = Check { about, tally: &tally, index, wrong: &mut wrong };
            check.place(&before, link);
            check.chit(&before, link, &stretch.text, &mut room);
            before = link.place();
        }
    }
}

/// One link being checked.
struct Check<'a> {
    about: &'a About<'a>,
    tally: &'a str,
    index: u64,
    wrong: &'a mut Vec<(u64, &'static str)>,
}

impl Check<'_> {
    fn found(&mut self, wrong: bool, what: &'static str) {
        if wrong {
            self.wrong.push((self.index, what));
        }
    }

    fn place(&mut self, before: &Place, link: &Link) {
        self.found(link.index != Some(before.index + 1), "a place in the chain is skipped");
        self.found(
            link.matched != (self.index <= self.about.agreed),
            "the chit's mark of agreement is wrong",
        );
        match before.balance.checked_add(link.change) {
            Some(balance) => self.found(balance != link.balance_after, "the running balance is another one"),
            None => self.found(true, "the sum does not fit"),
        }
    }

    fn chit(&mut self, before: &Place, link: &Link, text: &str, room: &mut Vec<u8>) {
        let get = |range: &std::ops::Range<usize>| text.get(range.clone()).unwrap_or_default();
        let (object, uuid) = (get(&link.object), get(&link.uuid));
        let memo = link.memo.as_ref().map(get);
        let Some(chit) = Read::of(object) else { return self.found(true, "a chit cannot be read") };
        let about = self.about;
        let hash = before.hash.map(|prior| chit.chain_hash(self.index, &prior, room));
        self.found(hash.is_none() || hash != link.hash, "the chain hash is another one");
        let (by, change) = (chit.by(), chit.change_for(about.mine).map(Units::milli));
        self.found(link.mine != (by == about.mine), "the chit is booked to the wrong side");
        self.found(change != Some(link.change), "the chit is booked with another amount");
        if !about.all {
            return;
        }
        let [stock, foil] = about.keys;
        let [of_stock, of_foil] = about.lift_keys;
        let (key, delegated) = if by == Half::Stock { (stock, of_stock) } else { (foil, of_foil) };
        let signed = match chit.lifted() {
            Some(lift) => delegated.iter().any(|key| proof::check(lift, key).is_ok()),
            None => key.is_some_and(|key| chit.verify(key)),
        };
        self.found(!signed, "the chit's signature does not check");
        self.found(!chit.is_of(self.tally), "the chit belongs to another tally");
        self.found(!chit.says(uuid, link.kind, memo, link.date), "what the chit says was copied wrongly");
    }
}

/// A chit's text, read in the cheapest way it can be.
enum Read<'a> {
    Plain(Plain<'a>),
    Whole(ChitObject),
}

impl<'a> Read<'a> {
    fn of(text: &'a str) -> Option<Self> {
        Plain::read(text).map(Self::Plain).or_else(|| {
            let value = serde_json::from_str(text).ok()?;
            ChitObject::parse(value).ok().map(Self::Whole)
        })
    }

    fn by(&self) -> Half {
        match self {
            Self::Plain(chit) => chit.by(),
            Self::Whole(chit) => chit.by(),
        }
    }

    fn change_for(&self, mine: Half) -> Option<Units> {
        match self {
            Self::Plain(chit) => chit.change_for(mine),
            Self::Whole(chit) => chit.change_for(mine),
        }
    }

    fn chain_hash(&self, index: u64, prior: &Digest, room: &mut Vec<u8>) -> Digest {
        match self {
            Self::Plain(chit) => chit.chain_hash(index, prior, room),
            Self::Whole(chit) => chit.chain_hash(index, prior),
        }
    }

    /// The chit of a lift: signed by a delegated key, and good by what stands beside it.
    fn lifted(&self) -> Option<&ChitObject> {
        match self {
            Self::Whole(chit) if chit.kind() == Kind::Lift => Some(chit),
            Self::Plain(_) | Self::Whole(_) => None,
        }
    }

    fn verify(&self, key: &UserKey) -> bool {
        match self {
            Self::Plain(chit) => chit.verify(key).is_ok(),
            Self::Whole(chit) => chit.verify(key).is_ok(),
        }
    }

    fn is_of(&self, tally: &str) -> bool {
        match self {
            Self::Plain(chit) => chit.tally() == tally,
            Self::Whole(chit) => chit.tally().to_string() == tally,
        }
    }

    fn says(&self, uuid: &str, kind: Option<Kind>, memo: Option<&str>, date: i64) -> bool {
        let (says, of_kind, written, made) = match self {
            Self::Plain(chit) => {
                (chit.uuid() == uuid, Kind::Tran, chit.memo(), chit.date().map(|date| date.millis()))
            }
            Self::Whole(chit) => {
                (chit.uuid().to_string() == uuid, chit.kind(), chit.memo(), Some(chit.date().millis()))
            }
        };
        says && kind == Some(of_kind) && written == memo && made == Some(date)
    }
}
