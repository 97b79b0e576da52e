//! A tally's entries as a person looks for them: by kind, by signer, by words.
//!
//! Nothing here reads more of the history than a narrow index of it, or its packed words; nothing keeps more than a page.

use std::collections::{BTreeSet, VecDeque};

use rusqlite::{OptionalExtension, params};
use tallystick_core::chit::Kind;
use tallystick_core::{TallyId, Units};

use crate::chit::ChitRow;
use crate::error::StoreError;
use crate::rows::{Rows, corrupt, index, signed};
use crate::words::Search;

/// Which entries are looked for; the default lets all through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sieve {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only those we signed, or only those the partner did.
    pub mine: Option<bool>,
    /// Only those whose memo has this in it, whatever the case.
    pub text: Option<String>,
}

/// A page of entries that went through a sieve, newest first, and what all of them add up to.
#[derive(Clone, Debug, PartialEq)]
pub struct Sifted {
    /// The page.
    pub chits: Vec<ChitRow>,
    /// Whether older ones went through as well.
    pub more: bool,
    /// Entries in all.
    pub total: u64,
    /// Entries that go through, on this page or another.
    pub shown: u64,
    /// What the entries held back add up to, seen from our side.
    pub hidden_sum: Units,
}

/// What went through in one kind of one signer's entries.
#[derive(Default)]
struct Found {
    count: u64,
    sum: i64,
    /// Places of the newest ones, at most one more than a page holds.
    places: BTreeSet<i64>,
}

impl Rows<'_> {
    /// Entries before an index that go through a sieve, newest first. Nothing for an unknown tally.
    pub fn sift(
        &self,
        tally: TallyId,
        sieve: &Sieve,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Option<Sifted>, StoreError> {
        let sql = "select head, balance from tally where id = ?1";
        let whole: Option<(i64, i64)> = self
            .conn
            .prepare_cached(sql)?
            .query_row([tally.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((head, balance)) = whole else { return Ok(None) };
        let total = index(head, "tally")?;
        if *sieve == Sieve::default() {
            let page = self.page(tally, before, limit)?;
            let (chits, more) = (page.chits, page.more);
            return Ok(Some(Sifted { chits, more, total, shown: total, hidden_sum: Units::ZERO }));
        }
        let before = before.map_or(i64::MAX, signed);
        let found = match &sieve.text {
            Some(text) => self.found(tally, sieve, text, before, limit)?,
            None => self.counted(tally, sieve, before, limit)?,
        };
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let places = found.places.iter().rev().take(page);
        let chits = places.map(|place| self.at(tally, *place)).collect::<Result<_, _>>()?;
        let hidden = balance.checked_sub(found.sum).and_then(|sum| Units::new(sum).ok());
        Ok(Some(Sifted {
            chits,
            more: found.places.len() > page,
            total,
            shown: found.count,
            hidden_sum: hidden.ok_or(corrupt("tally"))?,
        }))
    }

    /// The newest settings chits of one side, newest first.
    pub fn newest_settings(
        &self,
        tally: TallyId,
        mine: bool,
        limit: u32,
    ) -> Result<Vec<ChitRow>, StoreError> {
        let mut found = Found::default();
        self.places(tally, (Kind::Set, mine), i64::MAX, limit, &mut found)?;
        let newest = found.places.iter().rev().take(usize::try_from(limit).unwrap_or(usize::MAX));
        newest.map(|place| self.at(tally, *place)).collect()
    }

    /// Whether we ever promised this partner anything.
    pub fn ever_paid(&self, tally: TallyId) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from chit where tally = ?1 and kind = 'tran' and mine = 1)";
        Ok(self.conn.prepare_cached(sql)?.query_row([tally.to_string()], |row| row.get(0))?)
    }

    /// Whether we have owed nothing at any place from an index on.
    pub fn was_even_since(&self, tally: TallyId, from: u64) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from chit where tally = ?1 and idx >= ?2 and balance_after >= 0)";
        Ok(self
            .conn
            .prepare_cached(sql)?
            .query_row(params![tally.to_string(), signed(from)], |row| row.get(0))?)
    }

    /// What goes through by kind and signer alone: that is counted already.
    fn counted(&self, tally: TallyId, sieve: &Sieve, before: i64, limit: u32) -> Result<Found, StoreError> {
        let mut found = Found::default();
        for kind in [Kind::Tran, Kind::Set, Kind::Lift] {
            for mine in [true, false] {
                if sieve.kind.is_none_or(|only| only == kind) && sieve.mine.is_none_or(|only| only == mine) {
                    self.count(tally, (kind, mine), before, limit, &mut found)?;
                }
            }
        }
        Ok(found)
    }

    fn count(
        &self,
        tally: TallyId,
        (kind, mine): (Kind, bool),
        before: i64,
        limit: u32,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let sql = "select count, sum from chit_sum where tally = ?1 and kind = ?2 and mine = ?3";
        let kept: Option<(i64, i64)> = self
            .conn
            .prepare_cached(sql)?
            .query_row(params![tally.to_string(), kind.as_str(), mine], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((count, sum)) = kept else { return Ok(()) };
        found.count = found.count.saturating_add(index(count, "chit")?);
        found.sum = found.sum.checked_add(sum).ok_or(corrupt("chit"))?;
        self.places(tally, (kind, mine), before, limit, found)
    }

    fn places(
        &self,
        tally: TallyId,
        (kind, mine): (Kind, bool),
        before: i64,
        limit: u32,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let sql = "select idx from chit where tally = ?1 and kind = ?2 and mine = ?3 and idx < ?4
                   order by idx desc limit ?5";
        let mut statement = self.conn.prepare_cached(sql)?;
        let asked = params![tally.to_string(), kind.as_str(), mine, before, i64::from(limit) + 1];
        for place in statement.query_map(asked, |row| row.get(0))? {
            found.keep(place?, limit);
        }
        Ok(())
    }

    /// What goes through by its words. SQLite itself knows the case of no letter but the English ones.
    fn found(
        &self,
        tally: TallyId,
        sieve: &Sieve,
        text: &str,
        before: i64,
        limit: u32,
    ) -> Result<Found, StoreError> {
        let (mut found, mut newest) = (Found::default(), VecDeque::new());
        let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
        self.search(tally, &Search { text, kind: sieve.kind, mine: sieve.mine }, |brief| {
            found.count = found.count.saturating_add(1);
            found.sum = found.sum.checked_add(brief.change).ok_or(corrupt("chit"))?;
            if signed(brief.index) < before {
                newest.push_back(signed(brief.index));
                if newest.len() > room {
                    newest.pop_front();
                }
            }
            Ok(())
        })?;
        found.places.extend(newest);
        Ok(found)
    }
}

impl Found {
    fn keep(&mut self, place: i64, limit: u32) {
        self.places.insert(place);
        if self.places.len() > usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1) {
            self.places.pop_first();
        }
    }
}
