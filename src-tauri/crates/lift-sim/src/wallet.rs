//! A wallet as the simulator hosts it: a disk of maps, and steps that are transactions on it.
//!
//! A step is computed from what is on the disk and changes nothing; [`Disk::commit`] applies it as a whole. Whoever
//! drops a step instead has pulled the plug before the commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use tallystick_core::lift::bucket::{Bucket, FROM_PARTNER};
use tallystick_core::lift::mutant::{self, Mutant};
use tallystick_core::lift::{
    Cert, Due, Happening, Keep, Known, Lift, LiftHash, Line, Message, Next, Part, Promise, Purpose, Room,
    Search, Signer, Stance, Subject, Trust, Waive, holds,
};
use tallystick_core::{ChitId, Date, Half, TallyId, Units};
use uuid::Uuid;

use crate::keys::Keys;

/// One side of a tally.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) partner: usize,
    pub(crate) half: Half,
    pub(crate) net: Units,
    pub(crate) mine: Room,
    pub(crate) theirs: Room,
    pub(crate) their_key: tallystick_core::lift::LiftKey,
    /// What was booked, in the order in which it was; a chit that stands here twice was booked twice.
    pub(crate) booked: Vec<(ChitId, i64)>,
    /// What of it the partner's copy of the chain brought: the ledger books that once, whatever a lift says of it later.
    pub(crate) chained: Vec<ChitId>,
    /// How often the partner may still ask us on a search.
    pub(crate) bucket: Bucket,
}

/// A letter that waits for its answer.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) to: usize,
    pub(crate) message: Arc<Message>,
    pub(crate) tries: u32,
}

/// Everything a wallet has on its disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    pub(crate) accounts: BTreeMap<TallyId, Account>,
    pub(crate) lifts: BTreeMap<LiftHash, Arc<Lift>>,
    pub(crate) decided: BTreeMap<LiftHash, Cert>,
    pub(crate) outbox: BTreeMap<Subject, Row>,
    pub(crate) dues: BTreeMap<Uuid, Due>,
    pub(crate) nexts: BTreeMap<Uuid, Next>,
    pub(crate) searches: BTreeMap<Uuid, Search>,
    /// What partners gave up of lifts that are forgotten.
    pub(crate) waived: BTreeMap<ChitId, Waive>,
}

/// A chit in the chain of a tally, and the commit beside it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) promise: Promise,
    pub(crate) cert: Cert,
}

/// What one step would do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    pub(crate) lifts: Vec<Lift>,
    pub(crate) books: Vec<(TallyId, ChitId, i64)>,
    /// The same, as they stand in the chain with what proves them.
    pub(crate) entries: Vec<Arc<Entry>>,
    pub(crate) chained: Option<(TallyId, ChitId)>,
    pub(crate) rows: Vec<(Subject, usize, Arc<Message>)>,
    pub(crate) settled: Vec<Subject>,
    pub(crate) once: Vec<(usize, Arc<Message>)>,
    pub(crate) decided: Option<Cert>,
    pub(crate) search: Option<Search>,
    pub(crate) bucket: Option<(TallyId, Bucket, u32)>,
    pub(crate) told: Vec<Happening>,
    pub(crate) found: Option<(Uuid, Next, Units)>,
}

/// A wallet: its disk, and the keys that its person delegated.
#[derive(Clone, Debug)]
pub(crate) struct Wallet {
    pub(crate) me: usize,
    pub(crate) keys: Arc<Keys>,
    pub(crate) trust: Arc<Trust>,
    pub(crate) referee: bool,
    pub(crate) disk: Disk,
}

impl Disk {
    /// Forgets what may be forgotten, as wallets do from time to time; the world does not.
    pub(crate) fn tidy(&mut self, now: Date) -> Vec<Arc<Lift>> {
        let (gone, kept): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut self.lifts).into_iter().partition(|(_, lift)| lift.record().may_go(now));
        self.lifts = kept;
        for lift in gone.values().filter(|_| !mutant::is(Mutant::WaiveForgotten)) {
            let leg = lift.record().outgoing.as_ref();
            if let Some(waive) = leg.and_then(|leg| lift.record().given_up(leg.tally())) {
                self.waived.insert(waive.lift().chit(waive.tally()), waive.clone());
            }
        }
        gone.into_values().collect()
    }

    /// The transaction. What was in the air of an older letter on the same subject stays in the air.
    pub(crate) fn commit(&mut self, step: &Step) {
        for lift in &step.lifts {
            self.lifts.insert(lift.record().lift(), Arc::new(lift.clone()));
        }
        for (tally, chit, change) in &step.books {
            if let Some(account) = self.accounts.get_mut(tally) {
                let sum = account.net.milli() + change;
                account.net = Units::new(sum).unwrap_or(Units::MAX);
                account.booked.push((*chit, *change));
            }
        }
        if let Some((tally, chit)) = &step.chained
            && let Some(account) = self.accounts.get_mut(tally)
        {
            account.chained.push(*chit);
        }
        for subject in &step.settled {
            self.outbox.remove(subject);
        }
        for (subject, to, message) in &step.rows {
            self.outbox.insert(*subject, Row { to: *to, message: message.clone(), tries: 0 });
        }
        if let Some(cert) = &step.decided {
            self.decided.insert(cert.lift(), cert.clone());
        }
        if let Some(search) = &step.search {
            self.searches.insert(search.sid, search.clone());
        }
        if let Some((tally, bucket, _)) = step.bucket
            && let Some(account) = self.accounts.get_mut(&tally)
        {
            account.bucket = bucket;
        }
    }
}

impl Wallet {
    pub(crate) fn account(
        partner: usize,
        half: Half,
        net: Units,
        key: tallystick_core::lift::LiftKey,
    ) -> Account {
        Account {
            partner,
            half,
            net,
            mine: Room::default(),
            theirs: Room::default(),
            their_key: key,
            booked: Vec::new(),
            chained: Vec::new(),
            bucket: Bucket::full(FROM_PARTNER, Date::from_millis(0)),
        }
    }

    /// What the ledger knows of all tallies.
    pub(crate) fn lines(&self, now: Date) -> Vec<Line> {
        let key = self.keys.key(Purpose::Delegate);
        let line = |(tally, account): (&TallyId, &Account)| {
            let records = self.disk.lifts.values().map(|lift| lift.record());
            let (hin, hout, kept) = holds(records, *tally, (account.mine, account.theirs), now);
            Line {
                tally: *tally,
                half: account.half,
                open: true,
                stance: Stance {
                    net: account.net,
                    hin,
                    hout,
                    mine: account.mine,
                    theirs: account.theirs,
                    clings: false,
                },
                only_debts: false,
                kept,
                my_key: Some(key),
                their_key: Some(account.their_key),
            }
        };
        self.disk.accounts.iter().map(line).collect()
    }

    pub(crate) fn known<'a>(&'a self, lines: &'a [Line], session: Uuid) -> Known<'a> {
        let searched = self.disk.searches.get(&session).and_then(Search::next);
        Known {
            lines,
            signer: self.keys.as_ref(),
            trust: &self.trust,
            next: searched.or_else(|| self.disk.nexts.get(&session).copied()),
            due: self.due(session),
        }
    }

    /// The invoice of a session, unless it was claimed before: whoever claimed once never claims again for the same
    /// invoice, since only the referee's word says that nothing came of it.
    fn due(&self, session: Uuid) -> Option<Due> {
        let taken = self.disk.lifts.values().map(|lift| lift.record()).any(|record| {
            let claimed = record.stage() != tallystick_core::lift::Stage::Waived;
            record.part == Part::Payee && record.core.session() == session && claimed
        });
        self.disk.dues.get(&session).copied().filter(|_| !taken)
    }

    /// Keeps what a step of a lift wants: rows, books, and what is said once.
    pub(crate) fn gather(&self, step: &mut Step, effects: Vec<tallystick_core::lift::Effect>) {
        use tallystick_core::lift::{Change, Effect, To};
        for effect in effects {
            match effect {
                Effect::Save(Change::Lift(record)) => step.lifts.push(Lift::restore(*record)),
                Effect::Save(Change::Book { promise, cert }) => {
                    let (tally, name) = (promise.chit().tally(), promise.chit().uuid());
                    let account = self.disk.accounts.get(&tally);
                    let brought = account.is_some_and(|account| account.chained.contains(&name))
                        || step.chained == Some((tally, name));
                    if !brought {
                        self.book(step, Entry { promise: *promise, cert: *cert });
                    }
                }
                Effect::Send(outgoing) => {
                    let to = match &outgoing.to {
                        To::Partner(tally) => self.disk.accounts.get(tally).map(|account| account.partner),
                        To::Referee(address) => Some(usize::from(address.port)),
                    };
                    let Some(to) = to else { continue };
                    let message = Arc::new(outgoing.message);
                    match outgoing.keep {
                        Keep::UntilAnswered => step.rows.push((outgoing.subject, to, message)),
                        Keep::Once => step.once.push((to, message)),
                    }
                }
                Effect::Settle(subject) => step.settled.push(subject),
                Effect::Tell(happening) => step.told.push(happening),
            }
        }
    }

    /// Enters a chit into the chain of its tally.
    pub(crate) fn book(&self, step: &mut Step, entry: Entry) {
        let chit = entry.promise.chit();
        let half = self.disk.accounts.get(&chit.tally()).map(|account| account.half);
        let change = half.and_then(|half| chit.change_for(half)).unwrap_or(Units::ZERO);
        step.books.push((chit.tally(), chit.uuid(), change.milli()));
        step.entries.push(Arc::new(entry));
    }
}
