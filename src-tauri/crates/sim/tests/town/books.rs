//! What the people of a town know to be true, written down apart from their wallets and without their machines: who
//! signed which entry with whom, which requests stand, who wants to close.

use tallystick_core::{ChitId, TallyId};
use tallystick_sim::{Came, Deed, Seen};

use super::{Who, side};

/// The books of a town.
#[derive(Debug, Default)]
pub(crate) struct Books {
    accounts: Vec<Account>,
}

/// What there is between two people in one tally.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) tally: TallyId,
    /// The lower one first.
    pub(crate) pair: [Who; 2],
    /// Every entry that stands, in no order that both would know.
    entries: Vec<Entry>,
    /// Every entry ever signed, as the two count them.
    signed: [Vec<ChitId>; 2],
    /// Every request ever made.
    wishes: Vec<Wish>,
    /// How the tally was when it last came to rest; nothing if it never did.
    rest: Option<Rest>,
    /// Somebody has acted in it since.
    touched: bool,
    /// Somebody may have wanted to close since it last rested open.
    closing: bool,
    /// It may have been closed at some time.
    ever_closing: bool,
}

/// A signed entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    name: ChitId,
    by: usize,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Pays(i64),
    Sets,
    Closes(bool),
}

/// A request.
#[derive(Clone, Copy, Debug)]
struct Wish {
    name: ChitId,
    by: usize,
    units: i64,
    until: Option<i64>,
    declined: bool,
    unasked: bool,
}

impl Wish {
    fn is_over(&self, now: i64) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Both wallets have looked at their clocks since it ran out.
    fn is_long_over(&self, now: i64) -> bool {
        self.until.is_some_and(|until| until < now)
    }
}

/// How a tally can be at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Open,
    Closing,
    Closed,
}

impl Rest {
    /// The protocol's name.
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closing => "C.open",
            Self::Closed => "close",
        }
    }
}

impl Books {
    /// Two people have agreed.
    pub(crate) fn open(&mut self, one: Who, other: Who, tally: TallyId) {
        self.accounts.push(Account {
            tally,
            pair: [one.min(other), one.max(other)],
            entries: Vec::new(),
            signed: [Vec::new(), Vec::new()],
            wishes: Vec::new(),
            rest: None,
            touched: true,
            closing: false,
            ever_closing: false,
        });
    }

    /// The newest tally of two people.
    pub(crate) fn newest(&mut self, one: Who, other: Who) -> Option<&mut Account> {
        let pair = [one.min(other), one.max(other)];
        self.accounts.iter_mut().rev().find(|account| account.pair == pair)
    }

    /// All tallies.
    pub(crate) fn accounts(&mut self) -> impl Iterator<Item = &mut Account> {
        self.accounts.iter_mut()
    }

    /// Spoils the books: the newest entry was never written down.
    pub(crate) fn forget_newest(&mut self) {
        for account in &mut self.accounts {
            account.entries.pop();
        }
    }

    /// Spoils the books: the newest entry was written down twice.
    pub(crate) fn repeat_newest(&mut self) {
        for account in &mut self.accounts {
            account.entries.extend(account.entries.last().copied());
        }
    }

    /// Whether two people have agreed on this tally.
    pub(crate) fn has(&self, tally: &str) -> bool {
        self.accounts.iter().any(|account| account.tally.to_string() == tally)
    }
}

impl Account {
    /// One of the requests that one of the two made.
    pub(crate) fn asked(&self, by: Who, to: Who, nth: usize) -> Option<ChitId> {
        self.wishes.iter().filter(|wish| wish.by == side(by, to)).nth(nth).map(|wish| wish.name)
    }

    /// One of the entries that one of the two signed, and may have taken back.
    pub(crate) fn entry(&self, by: Who, to: Who, nth: usize) -> Option<ChitId> {
        self.signed[side(by, to)].get(nth).copied()
    }

    /// What one of the two is owed, and if negative owes.
    fn balance(&self, side: usize) -> i64 {
        let paid = self.entries.iter().map(|entry| match entry.what {
            What::Pays(units) if entry.by == side => -units,
            What::Pays(units) => units,
            What::Sets | What::Closes(_) => 0,
        });
        paid.sum()
    }

    fn stands(&self, name: ChitId) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    fn wish(&self, name: ChitId) -> Option<&Wish> {
        self.wishes.iter().find(|wish| wish.name == name)
    }

    /// Whether a wallet that runs must allow this, or must not; nothing if that depends on what has reached it.
    fn must(&self, by: usize, deed: Deed, now: i64) -> Option<bool> {
        let rest = self.rest?;
        if self.touched {
            let plain =
                matches!(deed, Deed::Pay(_) | Deed::Set | Deed::Close(_) | Deed::Ask(..) | Deed::Compare);
            return (plain && !self.closing && rest == Rest::Open).then_some(true);
        }
        let may_pay = |units| match rest {
            Rest::Open => true,
            Rest::Closing => units <= self.balance(by),
            Rest::Closed => false,
        };
        match deed {
            Deed::Pay(units) => Some(may_pay(units)),
            Deed::Set | Deed::Close(_) | Deed::Ask(..) => Some(rest != Rest::Closed),
            Deed::Compare => Some(true),
            // By now it has left, at the latest.
            Deed::Cancel(_) => Some(false),
            Deed::Grant(name) | Deed::Decline(name) | Deed::Unask(name) => {
                let wish = self.wish(name)?;
                let granted = self.stands(name);
                if matches!(deed, Deed::Unask(_)) {
                    return Some(!granted);
                }
                if self.ever_closing || wish.unasked || wish.is_over(now) {
                    return None;
                }
                match deed {
                    Deed::Grant(_) => Some(granted || (!wish.declined && may_pay(wish.units))),
                    _ => Some(!granted),
                }
            }
        }
    }

    /// Writes down what came of a deed.
    ///
    /// # Errors
    /// If that cannot be.
    pub(crate) fn note(&mut self, by: Who, to: Who, deed: Deed, came: &Came, now: i64) -> Result<(), String> {
        let by = side(by, to);
        let done = match came {
            Came::Done(name) => Some(*name),
            Came::Refused(_) | Came::Nowhere => None,
            Came::Died | Came::Asleep => return Ok(()),
        };
        if let Some(must) = self.must(by, deed, now)
            && must != done.is_some()
        {
            let word = if must { "must" } else { "must not" };
            return Err(format!("{deed:?} came to {came:?} and {word} be done"));
        }
        let Some(name) = done else { return Ok(()) };
        self.touched |= deed != Deed::Compare;
        match deed {
            Deed::Pay(units) => self.sign(by, name, What::Pays(units))?,
            Deed::Set => self.sign(by, name, What::Sets)?,
            Deed::Close(close) => {
                self.closing |= close;
                self.ever_closing |= close;
                self.sign(by, name, What::Closes(close))?;
            }
            Deed::Ask(units, life) => {
                let name = name.ok_or("a request without a name")?;
                let until = life.map(|life| now + life);
                self.wishes.push(Wish { name, by, units, until, declined: false, unasked: false });
            }
            // Granting twice is granting once.
            Deed::Grant(name) if self.stands(name) => {}
            Deed::Grant(name) => {
                let units = self.wish(name).ok_or("granted what nobody asked")?.units;
                self.sign(by, Some(name), What::Pays(units))?;
            }
            Deed::Decline(name) => self.change(name, |wish| wish.declined = true),
            Deed::Unask(name) => self.change(name, |wish| wish.unasked = true),
            Deed::Cancel(name) => {
                let at = self.entries.iter().position(|entry| entry.name == name && entry.by == by);
                self.entries.remove(at.ok_or("took back what does not stand")?);
            }
            Deed::Compare => {}
        }
        Ok(())
    }

    fn sign(&mut self, by: usize, name: Option<ChitId>, what: What) -> Result<(), String> {
        let name = name.ok_or("an entry without a name")?;
        self.entries.push(Entry { name, by, what });
        self.signed[by].push(name);
        Ok(())
    }

    fn change(&mut self, name: ChitId, change: impl FnOnce(&mut Wish)) {
        if let Some(wish) = self.wishes.iter_mut().find(|wish| wish.name == name) {
            change(wish);
        }
    }

    /// Holds both copies of a tally that rests against the books.
    ///
    /// # Errors
    /// The first difference.
    pub(crate) fn compare(&mut self, copies: [Option<&Seen>; 2], now: i64) -> Result<(), String> {
        let [Some(one), Some(other)] = copies else { return Err("a copy is missing".to_owned()) };
        let order = |seen: &Seen| -> Vec<String> {
            seen.places.iter().map(|place| format!("{} {}", place.index, place.uuid)).collect()
        };
        if order(one) != order(other) {
            return Err(format!("the chains differ: {:?} and {:?}", order(one), order(other)));
        }
        let rest = self.rest_of(one);
        for (side, seen) in [one, other].into_iter().enumerate() {
            let whose = self.pair[side];
            self.compare_entries(side, seen).map_err(|what| format!("{whose:?}: {what}"))?;
            if seen.glance.phase != rest.name() {
                return Err(format!("{whose:?}: {} and should be {}", seen.glance.phase, rest.name()));
            }
            if seen.glance.agreed != Some(seen.glance.head) || seen.glance.waiting != 0 {
                return Err(format!("{whose:?}: not everything is agreed"));
            }
        }
        for wish in &self.wishes {
            let seen = [&one, &other].map(|seen| {
                let name = wish.name.to_string();
                let asked = seen.asked.iter().find(|asked| asked.uuid == name);
                asked.map_or("unknown", |asked| asked.state.as_str())
            });
            let (asker, payer) = (seen[wish.by], seen[1 - wish.by]);
            if !self.may_stand(wish, asker, payer, now) {
                return Err(format!("{wish:?} is {asker} with the asker and {payer} with the payer"));
            }
        }
        self.rest = Some(rest);
        self.touched = false;
        self.closing = rest != Rest::Open;
        Ok(())
    }

    /// One copy has every entry once, with its right amount and sign, and nothing else.
    fn compare_entries(&self, side: usize, seen: &Seen) -> Result<(), String> {
        for place in &seen.places {
            let entry = self.entries.iter().find(|entry| entry.name.to_string() == place.uuid);
            let entry = entry.ok_or_else(|| format!("nobody signed {}", place.uuid))?;
            let mine = entry.by == side;
            let change = match entry.what {
                What::Pays(units) if mine => -units,
                What::Pays(units) => units,
                What::Sets | What::Closes(_) => 0,
            };
            if place.mine != mine || place.change != change {
                return Err(format!("{entry:?} changes the balance by {}", place.change));
            }
        }
        for entry in &self.entries {
            let name = entry.name.to_string();
            let times = seen.places.iter().filter(|place| place.uuid == name).count();
            if times != 1 {
                return Err(format!("{entry:?} stands there {times} times"));
            }
        }
        let balance = self.balance(side);
        if seen.glance.balance != balance {
            return Err(format!("the balance is {} and should be {balance}", seen.glance.balance));
        }
        Ok(())
    }

    /// How the tally must rest. Only the order of the entries is taken from the chain: two of one person that crossed
    /// may stand either way round, and the later one is what they want.
    fn rest_of(&self, chain: &Seen) -> Rest {
        let mut wants = [false; 2];
        for place in &chain.places {
            let entry = self.entries.iter().find(|entry| entry.name.to_string() == place.uuid);
            if let Some(Entry { by, what: What::Closes(close), .. }) = entry {
                wants[*by] = *close;
            }
        }
        match (wants.contains(&true), self.balance(0)) {
            (false, _) => Rest::Open,
            (true, 0) => Rest::Closed,
            (true, _) => Rest::Closing,
        }
    }

    /// Whether a request may be at rest like this on both sides.
    fn may_stand(&self, wish: &Wish, asker: &str, payer: &str, now: i64) -> bool {
        if self.stands(wish.name) {
            return (asker, payer) == ("granted", "granted");
        }
        let lapsed = wish.is_over(now);
        // What reaches a tally that has closed is refused by the wallet itself.
        let too_late = self.ever_closing;
        let asker_may = match asker {
            "withdrawn" => wish.unasked,
            "refused" => !wish.unasked && (wish.declined || too_late),
            "lapsed" => !wish.unasked && lapsed,
            "waiting" => !wish.unasked && !wish.declined && !wish.is_long_over(now),
            _ => false,
        };
        let payer_may = match payer {
            "refused" => wish.declined || too_late,
            // Declining may cross the taking back.
            "withdrawn" => wish.unasked,
            "lapsed" => lapsed && !wish.declined,
            // What comes when its time is over already is let run out when that wallet next looks.
            "waiting" => !wish.declined,
            // It never got there, and nothing repeats what is over.
            "unknown" => !wish.declined && (wish.unasked || lapsed),
            _ => false,
        };
        asker_may && payer_may
    }
}
