//! Messages that must leave, at least once, after the transaction that made them (protocol.md 12).

use std::mem;
use std::rc::Rc;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params};
use tallystick_core::effect::Subject;
use tallystick_core::mutant::{self, Mutant};
use tallystick_core::{AgentId, TallyId};

use crate::desk::Loose;
use crate::error::StoreError;
use crate::rows::{Rows, agent, corrupt};

/// How a letter leaves, and when it is done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By a link that the ticket inside opens; done when the other wallet accepts the link.
    Ticket,
    /// Again and again until its answer settles it.
    UntilAnswered,
    /// A handful of times: nothing answers it.
    Few,
    /// Once, on an open link.
    Once,
}

/// How often a letter that nothing answers is sent: once a pause has passed, each way it could be lost is spent.
const FEW: u32 = 5;

impl How {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::UntilAnswered => "until answered",
            Self::Few => "few",
            Self::Once => "once",
        }
    }
}

/// A message to be queued.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLetter {
    /// To whom.
    pub partner: AgentId,
    /// What it is about; a newer one about the same takes its place.
    pub key: String,
    /// The tally it concerns.
    pub tally: Option<TallyId>,
    /// How it leaves.
    pub how: How,
    /// The message, JSON text.
    pub message: String,
}

/// A message that waits. Instants are ms since the Unix epoch.
#[derive(Clone, PartialEq)]
pub struct Letter {
    /// Its place in the queue; letters to one partner leave in this order.
    pub row: i64,
    /// To whom.
    pub partner: AgentId,
    /// What it is about.
    pub key: String,
    /// How it leaves.
    pub how: How,
    /// The message, JSON text.
    pub message: String,
    /// How often it was sent.
    pub tries: u32,
    /// When it is due.
    pub next_at: i64,
    /// It may have left this wallet, or be about to.
    pub left: bool,
    /// The tally it concerns.
    pub tally: Option<TallyId>,
}

impl From<Loose> for Letter {
    fn from(Loose { row, letter, at }: Loose) -> Self {
        let NewLetter { partner, key, tally, how, message } = letter;
        Self { row, partner, key, how, message, tries: 0, next_at: at, left: true, tally }
    }
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The message of a ticket holds its token, and every message is private.
        f.debug_struct("Letter").field("row", &self.row).field("how", &self.how).finish_non_exhaustive()
    }
}

type Raw = (i64, String, String, String, String, u32, i64, bool, Option<String>);

fn raw(row: &Row<'_>) -> Result<Raw, rusqlite::Error> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
        row.get(8)?,
    ))
}

fn letter((row, partner, key, how, message, tries, next_at, left, tally): Raw) -> Result<Letter, StoreError> {
    let how = [How::Ticket, How::UntilAnswered, How::Few, How::Once]
        .into_iter()
        .find(|known| known.as_str() == how)
        .ok_or(corrupt("letter"))?;
    let partner = agent(&partner, "letter")?;
    let tally = tally.map(|text| text.parse().map_err(|_| corrupt("letter"))).transpose()?;
    Ok(Letter { row, partner, key, how, message, tries, next_at, left, tally })
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select row, partner, key, how, message, tries, next_at, left, tally from outbox ", $rest)
    };
}

impl Rows<'_> {
    /// Queues a message, due at once. An older one about the same is replaced; if it says the very same, it stays with
    /// its pauses, so that two wallets that cannot agree do not repeat themselves at the speed of the network.
    ///
    /// One that leaves only once comes into the outbox at the end of the act, unless [`Rows::take_loose`] takes it out
    /// before: most leave at once, by the link their question came by, and never touch the disk.
    pub fn queue(&self, letter: &NewLetter, now: i64) -> Result<(), StoreError> {
        let sql = "select message = ?2 and partner = ?3 and how = ?4 from outbox where key = ?1";
        let asked = params![letter.key, letter.message, letter.partner.to_string(), letter.how.as_str()];
        match self.conn.prepare_cached(sql)?.query_row(asked, |row| row.get(0)).optional()? {
            Some(true) => return Ok(()),
            Some(false) => self.settle(&letter.key)?,
            None => self.forget_loose(&letter.key),
        }
        let row = self.fresh_row()?;
        match (self.desk, row) {
            (Some(desk), Some(row)) if letter.how == How::Once => {
                desk.mail(|mail| mail.loose.push(Rc::new(Loose { row, letter: letter.clone(), at: now })));
            }
            (desk, row) => {
                self.insert_letter(row, letter, now)?;
                if let Some(desk) = desk {
                    desk.mail(|mail| mail.posted.push(self.conn.last_insert_rowid()));
                }
            }
        }
        Ok(())
    }

    /// A row that no letter has had while this program runs.
    fn fresh_row(&self) -> Result<Option<i64>, StoreError> {
        let Some(desk) = self.desk else { return Ok(None) };
        if let Some(row) = desk.next_row() {
            return Ok(Some(row));
        }
        let sql = "select coalesce(max(row), 0) from outbox";
        desk.count_rows_from(self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?);
        Ok(desk.next_row())
    }

    fn insert_letter(&self, row: Option<i64>, letter: &NewLetter, now: i64) -> Result<(), rusqlite::Error> {
        let sql = "insert into outbox (row, partner, key, tally, how, message, next_at, queued_at)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
        self.conn.prepare_cached(sql)?.execute(params![
            row,
            letter.partner.to_string(),
            letter.key,
            letter.tally.map(|tally| tally.to_string()),
            letter.how.as_str(),
            letter.message,
            now,
        ])?;
        Ok(())
    }

    fn forget_loose(&self, key: &str) {
        if let Some(desk) = self.desk {
            desk.mail(|mail| mail.loose.retain(|loose| loose.letter.key != key));
        }
    }

    /// Takes out letters of this act that leave only once and never came into the outbox, for these partners.
    ///
    /// Whoever takes them must let them leave after the commit: nothing else remembers them.
    pub fn take_loose(&self, partner: impl Fn(AgentId) -> bool) -> Vec<Letter> {
        let Some(desk) = self.desk else { return Vec::new() };
        let taken: Vec<_> = desk.mail(|mail| {
            let (taken, kept) = mail.loose.drain(..).partition(|loose| partner(loose.letter.partner));
            mail.loose = kept;
            taken
        });
        taken.into_iter().map(|loose| Letter::from(Rc::unwrap_or_clone(loose))).collect()
    }

    /// Puts what is left of them into the outbox.
    pub(crate) fn keep_loose(&self) -> Result<(), rusqlite::Error> {
        let Some(desk) = self.desk else { return Ok(()) };
        for loose in desk.mail(|mail| mem::take(&mut mail.loose)) {
            self.insert_letter(Some(loose.row), &loose.letter, loose.at)?;
            desk.mail(|mail| mail.posted.push(loose.row));
        }
        Ok(())
    }

    /// The letters that this act has queued and neither settled nor undone, in order. Asked again, only newer ones.
    pub fn take_posted(&self) -> Result<Vec<Letter>, StoreError> {
        self.keep_loose()?;
        let mut posted =
            self.desk.map(|desk| desk.mail(|mail| mem::take(&mut mail.posted))).unwrap_or_default();
        posted.sort_unstable();
        let mut letters = Vec::new();
        for row in posted {
            let mut statement = self.conn.prepare_cached(select!("where row = ?1"))?;
            letters.extend(statement.query_row([row], raw).optional()?.map(letter).transpose()?);
        }
        Ok(letters)
    }

    /// Removes whatever waits under this key.
    pub fn settle(&self, key: &str) -> Result<(), StoreError> {
        self.forget_loose(key);
        self.conn.prepare_cached("delete from outbox where key = ?1")?.execute([key])?;
        Ok(())
    }

    /// The letter under this key.
    pub fn letter(&self, key: &str) -> Result<Option<Letter>, StoreError> {
        let mut statement = self.conn.prepare_cached(select!("where key = ?1"))?;
        statement.query_row([key], raw).optional()?.map(letter).transpose()
    }

    /// Partners to whom letters are due at this instant.
    pub fn partners_due(&self, now: i64) -> Result<Vec<AgentId>, StoreError> {
        let mut statement =
            // A stranger who asked us as a referee is answered on their own link, and never called.
            self.conn.prepare_cached(
                "select distinct partner from outbox where next_at <= ?1 and key not like 'l1-judged:%'",
            )?;
        let found: Vec<String> = statement.query_map([now], |row| row.get(0))?.collect::<Result<_, _>>()?;
        found.iter().map(|text| agent(text, "letter")).collect()
    }

    /// The letter to open a link with: of those due to a partner, the oldest that is no ticket, or else the oldest.
    ///
    /// A partner that shares a tally with us takes a call; a ticket alone must open its own link.
    pub fn opener(&self, partner: AgentId, now: i64) -> Result<Option<Letter>, StoreError> {
        let sql = select!(
            "where next_at <= ?1 and partner = ?2 and key not like 'l1-judged:%' order by how = 'ticket', row limit 1"
        );
        let mut statement = self.conn.prepare_cached(sql)?;
        let asked = params![now, partner.to_string()];
        statement.query_row(asked, raw).optional()?.map(letter).transpose()
    }

    /// Whether a letter still waits for its answer.
    pub fn still_waits(&self, row: i64) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from outbox where row = ?1)";
        Ok(self.conn.prepare_cached(sql)?.query_row([row], |row| row.get(0))?)
    }

    /// Letters to one partner due at this instant, in order, at most `limit`.
    pub fn due_to(&self, partner: AgentId, now: i64, limit: u32) -> Result<Vec<Letter>, StoreError> {
        self.keep_loose()?;
        let sql = select!("where next_at <= ?1 and partner = ?2 order by row limit ?3");
        let mut statement = self.conn.prepare_cached(sql)?;
        let asked = params![now, partner.to_string(), limit];
        let raws: Vec<Raw> = statement.query_map(asked, raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(letter).collect()
    }

    /// When the next letter is due that is not due yet.
    pub fn next_due(&self, now: i64) -> Result<Option<i64>, StoreError> {
        let sql = "select min(next_at) from outbox where next_at > ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([now], |row| row.get(0))?)
    }

    /// How many letters wait that a person waits for: those about whereabouts are between programs.
    pub fn waiting_letters(&self) -> Result<u32, StoreError> {
        let sql = "select count(*) from outbox where key not like 'places:%' and key not like 'noted:%'
                   and key not like 'l1-probe:%' and key not like 'l1-match:%' and key not like 'l1-end:%' and key not like 'l1-judged:%'";
        Ok(self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Since when letters wait for one partner that a person waits for, in ms since the Unix epoch.
    pub fn waits_for(&self, partner: AgentId) -> Result<Option<i64>, StoreError> {
        let sql = "select min(queued_at) from outbox
                   where partner = ?1 and key not like 'places:%' and key not like 'noted:%'";
        Ok(self.conn.prepare_cached(sql)?.query_row([partner.to_string()], |row| row.get(0))?)
    }

    /// When the letter that waits longest was queued, in ms since the Unix epoch.
    pub fn oldest_letter(&self) -> Result<Option<i64>, StoreError> {
        let sql = "select min(queued_at) from outbox";
        Ok(self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Size of the ledger's file in bytes, without its log.
    pub fn size(&self) -> Result<u64, StoreError> {
        // The cipher answers for the size of a page itself, and in text.
        let ask = |what| self.conn.pragma_query_value(None, what, |row| row.get::<_, Value>(0));
        let number = |value| match value {
            Value::Integer(number) => u64::try_from(number).ok(),
            Value::Text(text) => text.parse().ok(),
            Value::Null | Value::Real(_) | Value::Blob(_) => None,
        };
        let (pages, each) = (number(ask("page_count")?), number(ask("page_size")?));
        Ok(pages.zip(each).map_or(0, |(pages, each)| pages.saturating_mul(each)))
    }

    /// Notes one try of a letter and when the next is due. One that leaves only once, or a handful of times, is gone
    /// when it was `sent` as often.
    pub fn tried(&self, row: i64, sent: bool, next_at: i64) -> Result<(), StoreError> {
        if sent && mutant::is(Mutant::ForgetSentLetters) {
            self.conn.prepare_cached("delete from outbox where row = ?1")?.execute([row])?;
        }
        if sent {
            let sql =
                "delete from outbox where row = ?1 and (how = 'once' or (how = 'few' and tries + 1 >= ?2))";
            self.conn.prepare_cached(sql)?.execute(params![row, FEW])?;
        }
        let sql = "update outbox set tries = tries + 1, next_at = ?2 where row = ?1";
        self.conn.prepare_cached(sql)?.execute(params![row, next_at])?;
        Ok(())
    }

    /// These letters are on their way from here on: what they tell of cannot be taken back.
    ///
    /// Must be durable before their first byte leaves.
    pub fn depart<'l>(
        &self,
        letters: impl IntoIterator<Item = &'l Letter>,
        now: i64,
    ) -> Result<(), StoreError> {
        for letter in letters {
            self.conn
                .prepare_cached("update outbox set left = 1 where row = ?1 and left = 0")?
                .execute([letter.row])?;
            if mutant::is(Mutant::ForgetWhatLeft) {
                continue;
            }
            match (letter.key.parse(), letter.tally) {
                (Ok(Subject::Chit(tally, chit)), _) => {
                    let sql =
                        "update chit set left_at = ?3 where tally = ?1 and uuid = ?2 and left_at is null";
                    let named = params![tally.to_string(), chit.to_string(), now];
                    self.conn.prepare_cached(sql)?.execute(named)?;
                }
                // These tell of no chit of ours.
                (Ok(Subject::Ack(_) | Subject::Nak(_) | Subject::Ask(_)), _) | (_, None) => {}
                (_, Some(tally)) => {
                    let sql =
                        "update chit set left_at = ?2 where tally = ?1 and left_at is null and mine = 1";
                    self.conn.prepare_cached(sql)?.execute(params![tally.to_string(), now])?;
                }
            }
        }
        Ok(())
    }

    /// Takes back questions about ways that a partner was never sent; gives their messages.
    pub fn take_unasked(&self, partner: AgentId) -> Result<Vec<String>, StoreError> {
        let sql =
            "delete from outbox where partner = ?1 and key like 'l1-probe:%' and left = 0 returning message";
        let mut statement = self.conn.prepare_cached(sql)?;
        Ok(statement.query_map([partner.to_string()], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Puts off letters that could not be sent because nobody answered the door, without counting a try.
    pub fn put_off(&self, partner: AgentId, until: i64) -> Result<(), StoreError> {
        let sql = "update outbox set next_at = ?2 where partner = ?1 and next_at < ?2";
        self.conn.prepare_cached(sql)?.execute(params![partner.to_string(), until])?;
        Ok(())
    }

    /// Makes everything for one partner due: a link to them has opened.
    pub fn hurry(&self, partner: AgentId, now: i64) -> Result<(), StoreError> {
        let sql = "update outbox set next_at = ?2 where partner = ?1 and next_at > ?2";
        self.conn.prepare_cached(sql)?.execute(params![partner.to_string(), now])?;
        Ok(())
    }

    /// Makes everything due: this run of the program has only begun.
    pub fn hurry_all(&self, now: i64) -> Result<(), StoreError> {
        self.conn.prepare_cached("update outbox set next_at = ?1 where next_at > ?1")?.execute([now])?;
        Ok(())
    }
}
