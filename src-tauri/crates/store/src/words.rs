//! The words of a long history, packed so that a search reads little.
//!
//! The memos of agreed chits stand in rows of [`PART`] chits, written once as agreement passes and never changed: a
//! search decrypts a fiftieth of what the chits themselves take. Only the newest chits are read one by one.

use rusqlite::params;
use tallystick_core::TallyId;
use tallystick_core::chit::Kind;

use crate::error::StoreError;
use crate::rows::{Rows, corrupt, index, signed};

/// Chits in a part.
pub(crate) const PART: u64 = 512;

/// Bytes of a chit in `brief`: what it is, what it changes, where its words end.
const BRIEF: usize = 1 + 8 + 4;

/// A chit as a search sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Brief {
    pub(crate) index: u64,
    pub(crate) kind: Kind,
    pub(crate) mine: bool,
    pub(crate) change: i64,
}

/// A part while it is being filled.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    words: String,
    brief: Vec<u8>,
}

impl Part {
    /// Adds the next chit.
    pub(crate) fn push(&mut self, kind: Kind, mine: bool, change: i64, memo: &str) {
        fold(memo, &mut self.words);
        self.brief.push(u8::from(mine) | (code(kind) << 1));
        self.brief.extend_from_slice(&change.to_le_bytes());
        // A thousand characters each: far below what fits.
        self.brief.extend_from_slice(&u32::try_from(self.words.len()).unwrap_or(u32::MAX).to_le_bytes());
    }

    /// Whether there is room for no more.
    pub(crate) fn is_full(&self) -> bool {
        u64::try_from(self.brief.len() / BRIEF).is_ok_and(|count| count == PART)
    }
}

/// The chits before an index that have some text in their memo, whatever the case; the newest of the agreed part first
/// or last, as it comes.
pub(crate) struct Search<'s> {
    pub(crate) text: &'s str,
    pub(crate) kind: Option<Kind>,
    pub(crate) mine: Option<bool>,
}

impl Rows<'_> {
    /// Hands every chit that is found to `found`, oldest first.
    pub(crate) fn search(
        &self,
        tally: TallyId,
        search: &Search<'_>,
        mut found: impl FnMut(Brief) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let needle = search.text.to_lowercase();
        let mut take = |brief: Brief| match search.wants(brief) {
            true => found(brief),
            false => Ok(()),
        };
        let (tally, mut next) = (tally.to_string(), 0);
        let sql = "select part, words, brief from chit_words where tally = ?1 order by part";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([&tally])?;
        while let Some(row) = rows.next()? {
            let part = index(row.get(0)?, "part of the words")?;
            if part != next {
                return Err(corrupt("part of the words"));
            }
            let (words, brief) = (row.get_ref(1)?.as_str(), row.get_ref(2)?.as_blob());
            let (Ok(words), Ok(brief)) = (words, brief) else { return Err(corrupt("part of the words")) };
            look(words, brief, &needle, part * PART + 1, &mut take)?;
            next += 1;
        }
        let sql = "select idx, kind, mine, change, memo from chit where tally = ?1 and idx > ?2 order by idx";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params![tally, signed(next * PART)])?;
        let mut folded = String::new();
        while let Some(row) = rows.next()? {
            folded.clear();
            fold(row.get_ref(4)?.as_str_or_null().ok().flatten().unwrap_or_default(), &mut folded);
            if folded.contains(&needle) {
                let kind = kind(row.get_ref(1)?.as_str().unwrap_or_default()).ok_or(corrupt("chit"))?;
                let index = index(row.get(0)?, "chit")?;
                take(Brief { index, kind, mine: row.get(2)?, change: row.get(3)? })?;
            }
        }
        Ok(())
    }

    /// Packs the words of agreed chits, as far as whole parts of them are agreed.
    pub(crate) fn pack_words(&self, tally: TallyId, agreed: u64) -> Result<(), StoreError> {
        if agreed < PART {
            return Ok(());
        }
        let id = tally.to_string();
        let sql = "select coalesce(max(part) + 1, 0) from chit_words where tally = ?1";
        let packed: i64 = self.conn.prepare_cached(sql)?.query_row([&id], |row| row.get(0))?;
        for part in index(packed, "part of the words")?..agreed / PART {
            let (words, first) = (self.words_of(tally, part)?, part * PART + 1);
            if !words.is_full() {
                return Err(StoreError::Corrupt { what: "chain" }).inspect_err(|_| {
                    tracing::warn!(%tally, first, "a chit of the agreed part is missing");
                });
            }
            let sql = "insert into chit_words (tally, part, words, brief) values (?1, ?2, ?3, ?4)";
            self.conn.prepare_cached(sql)?.execute(params![id, signed(part), words.words, words.brief])?;
        }
        Ok(())
    }

    fn words_of(&self, tally: TallyId, part: u64) -> Result<Part, StoreError> {
        let sql = "select kind, mine, change, memo from chit where tally = ?1 and idx between ?2 and ?3 order by idx";
        let mut statement = self.conn.prepare_cached(sql)?;
        let (first, last) = (part * PART + 1, (part + 1) * PART);
        let mut rows = statement.query(params![tally.to_string(), signed(first), signed(last)])?;
        let mut words = Part::default();
        while let Some(row) = rows.next()? {
            let kind = kind(row.get_ref(0)?.as_str().unwrap_or_default()).ok_or(corrupt("chit"))?;
            let memo = row.get_ref(3)?.as_str_or_null().ok().flatten().unwrap_or_default();
            words.push(kind, row.get(1)?, row.get(2)?, memo);
        }
        Ok(words)
    }

    /// Parts that are on disk, and whether one of them says what these chits do.
    pub(crate) fn words_are(&self, tally: TallyId, part: u64, words: &Part) -> Result<bool, StoreError> {
        let sql = "select words = ?3 and brief = ?4 from chit_words where tally = ?1 and part = ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params![tally.to_string(), signed(part), words.words, words.brief])?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?.unwrap_or(false))
    }

    /// How many parts are on disk.
    pub(crate) fn parts(&self, tally: TallyId) -> Result<i64, StoreError> {
        let sql = "select count(*) from chit_words where tally = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([tally.to_string()], |row| row.get(0))?)
    }
}

impl Search<'_> {
    fn wants(&self, brief: Brief) -> bool {
        self.kind.is_none_or(|only| only == brief.kind) && self.mine.is_none_or(|only| only == brief.mine)
    }
}

/// Looks through one part.
fn look(
    words: &str,
    brief: &[u8],
    needle: &str,
    first: u64,
    take: &mut impl FnMut(Brief) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut chits = (first..).zip(brief.chunks_exact(BRIEF));
    // Where the search goes on: past the words of whatever was found.
    let mut from = 0;
    let mut chit = chits.next();
    while let Some(at) = words.get(from..).and_then(|rest| rest.find(needle)).map(|at| from + at) {
        let (index, found, end) = loop {
            let (index, bytes) = chit.ok_or(corrupt("part of the words"))?;
            let (found, end) = read(index, bytes)?;
            // Without words to look for, every chit is found, also one without any.
            if at < end || (needle.is_empty() && at == end) {
                break (index, found, end);
            }
            chit = chits.next();
        };
        if at + needle.len() > end {
            // Begins in one memo and ends in the next: nobody wrote that.
            from = at + words.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            continue;
        }
        debug_assert_eq!(index, found.index);
        take(found)?;
        from = end;
        chit = chits.next();
        if chit.is_none() {
            break;
        }
    }
    Ok(())
}

fn read(index: u64, bytes: &[u8]) -> Result<(Brief, usize), StoreError> {
    let bad = || corrupt("part of the words");
    let (&flags, rest) = bytes.split_first().ok_or_else(bad)?;
    let (change, end) = rest.split_first_chunk::<8>().ok_or_else(bad)?;
    let end = u32::from_le_bytes(end.try_into().map_err(|_| bad())?);
    let kind = [Kind::Tran, Kind::Set, Kind::Lift].into_iter().find(|kind| code(*kind) == flags >> 1);
    let brief = Brief {
        index,
        kind: kind.ok_or_else(bad)?,
        mine: flags & 1 == 1,
        change: i64::from_le_bytes(*change),
    };
    Ok((brief, usize::try_from(end).map_err(|_| bad())?))
}

const fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Tran => 0,
        Kind::Set => 1,
        Kind::Lift => 2,
    }
}

/// The kind of this name.
pub(crate) fn kind(word: &str) -> Option<Kind> {
    [Kind::Tran, Kind::Set, Kind::Lift].into_iter().find(|kind| kind.as_str() == word)
}

/// Adds a memo in small letters, as every script has them.
fn fold(memo: &str, out: &mut String) {
    if memo.is_ascii() {
        let from = out.len();
        out.push_str(memo);
        if let Some(added) = out.get_mut(from..) {
            added.make_ascii_lowercase();
        }
    } else {
        out.push_str(&memo.to_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(memos: &[&str], needle: &str) -> Vec<u64> {
        let mut part = Part::default();
        for memo in memos {
            part.push(Kind::Tran, true, 5, memo);
        }
        let mut seen = Vec::new();
        let mut take = |brief: Brief| {
            seen.push(brief.index);
            Ok(())
        };
        look(&part.words, &part.brief, needle, 1, &mut take).expect("a part");
        seen
    }

    #[test]
    fn words_are_found_within_a_memo_and_not_across_two() {
        let memos = ["", "bike", "tube", "", "Öl", "ÖL für", "bikebike", "", "ke t"];
        assert_eq!(found(&memos, "bike"), [2, 7]);
        assert_eq!(found(&memos, "ke"), [2, 7, 9]);
        assert_eq!(found(&memos, "et"), Vec::<u64>::new());
        assert_eq!(found(&memos, "öl"), [5, 6]);
        assert_eq!(found(&memos, "e"), [2, 3, 7, 9]);
        assert_eq!(found(&memos, "ke t"), [9]);
        // Nobody wrote this, though it stands there: the search must go on within what looked like it.
        assert_eq!(found(&["aab", "b", "abb"], "abb"), [3]);
        assert_eq!(found(&["xaa", "ab"], "aab"), Vec::<u64>::new());
        assert_eq!(found(&["aa", "aab"], "aab"), [2]);
        assert_eq!(found(&["a", "b", ""], "abc"), Vec::<u64>::new());
    }

    #[test]
    fn no_words_find_every_chit() {
        assert_eq!(found(&["", "a", "", "ö", ""], ""), [1, 2, 3, 4, 5]);
        assert_eq!(found(&["", ""], ""), [1, 2]);
    }
}
