//! Pointers of searches, and how often may be asked.

use rusqlite::{OptionalExtension, params};
use tallystick_core::Date;
use tallystick_core::lift::Search;
use tallystick_core::lift::bucket::{Bucket, Flow};
use uuid::Uuid;

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};

/// Searches kept at once: they last a minute, and every partner's questions are counted.
const MOST_SEARCHES: i64 = 65_536;

impl Rows<'_> {
    /// What is kept of a search that is not over.
    pub fn search_of(&self, session: Uuid, now: i64) -> Result<Option<Search>, StoreError> {
        let sql = "select search from lift_search where session = ?1 and exp > ?2";
        let asked = params![session.to_string(), now];
        let found: Option<String> =
            self.conn.prepare_cached(sql)?.query_row(asked, |row| row.get(0)).optional()?;
        found.map(|text| serde_json::from_str(&text).map_err(|_| corrupt("search"))).transpose()
    }

    /// Keeps a search. False if there are too many already.
    pub fn put_search(&self, search: &Search) -> Result<bool, StoreError> {
        let count: i64 =
            self.conn.prepare_cached("select count(*) from lift_search")?.query_row([], |row| row.get(0))?;
        if count >= MOST_SEARCHES {
            return Ok(false);
        }
        let text = serde_json::to_string(search).map_err(|_| corrupt("search"))?;
        let sql = "insert into lift_search (session, search, exp) values (?1, ?2, ?3)
                   on conflict (session) do update set search = excluded.search, exp = excluded.exp";
        let kept = params![search.sid.to_string(), text, search.exp.millis()];
        self.conn.prepare_cached(sql)?.execute(kept)?;
        Ok(true)
    }

    /// Takes tokens out of a bucket, if they are there; one that was never used is full.
    pub fn take_tokens(&self, name: &str, tokens: u32, flow: Flow, now: i64) -> Result<bool, StoreError> {
        let sql = "select bucket from lift_bucket where name = ?1";
        let found: Option<String> =
            self.conn.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?;
        let now = Date::from_millis(now);
        let mut bucket = match found {
            Some(text) => serde_json::from_str(&text).map_err(|_| corrupt("bucket"))?,
            None => Bucket::full(flow, now),
        };
        let taken = bucket.take(tokens, flow, now);
        let text = serde_json::to_string(&bucket).map_err(|_| corrupt("bucket"))?;
        let sql = "insert into lift_bucket (name, bucket) values (?1, ?2)
                   on conflict (name) do update set bucket = excluded.bucket";
        self.conn.prepare_cached(sql)?.execute([name, text.as_str()])?;
        Ok(taken)
    }
}
