//! Whose calls are turned away.

use rusqlite::params;

use crate::error::StoreError;
use crate::rows::Rows;

/// A place on the network whose calls are turned away. Instants are ms since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BanRow {
    /// An IPv4 address, or a /56 of IPv6.
    pub place: String,
    /// When it was turned away last.
    pub since: i64,
    /// Until when.
    pub until: i64,
    /// How many bans are not forgiven yet.
    pub bans: u32,
    /// What for, in the node's words.
    pub why: String,
}

impl Rows<'_> {
    /// Every ban, those that last longest first, at most `limit`.
    pub fn bans(&self, limit: u32) -> Result<Vec<BanRow>, StoreError> {
        let sql = "select place, since, until, bans, why from ban order by until desc limit ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([limit], |row| {
            Ok(BanRow {
                place: row.get(0)?,
                since: row.get(1)?,
                until: row.get(2)?,
                bans: row.get(3)?,
                why: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes a ban down, in the place of an earlier one.
    pub fn put_ban(&self, ban: &BanRow) -> Result<(), StoreError> {
        let sql = "insert into ban (place, since, until, bans, why) values (?1, ?2, ?3, ?4, ?5)
                   on conflict (place) do update set since = excluded.since, until = excluded.until,
                       bans = excluded.bans, why = excluded.why";
        let BanRow { place, since, until, bans, why } = ban;
        self.conn.prepare_cached(sql)?.execute(params![place, since, until, bans, why])?;
        Ok(())
    }

    /// Forgets a ban.
    pub fn drop_ban(&self, place: &str) -> Result<(), StoreError> {
        self.conn.prepare_cached("delete from ban where place = ?1")?.execute([place])?;
        Ok(())
    }

    /// Forgets all but the bans that last longest.
    pub fn trim_bans(&self, kept: i64) -> Result<(), StoreError> {
        let sql =
            "delete from ban where place in (select place from ban order by until desc limit -1 offset ?1)";
        self.conn.prepare_cached(sql)?.execute([kept])?;
        Ok(())
    }
}
