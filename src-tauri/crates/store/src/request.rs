//! Requests to be paid, both ways (protocol.md 8).

use rusqlite::{OptionalExtension, Row, params};
use tallystick_core::chit::ChitObject;
use tallystick_core::request::{Request, RequestState};
use tallystick_core::{ChitId, Date, Half, TallyId};

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};

/// A request as the ledger holds it. Instants are ms since the Unix epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestRow {
    /// The request.
    pub request: Request,
    /// We ask.
    pub mine: bool,
    /// When it came into this ledger.
    pub made_at: i64,
    /// When it last changed.
    pub changed_at: i64,
}

/// Requests shown at once.
const MOST_SHOWN: u32 = 1_000;

type Raw = (bool, String, String, Option<i64>, Option<String>, u32, i64, i64);

const SELECT: &str = "select mine, state, object, until, reason, times, made_at, changed_at from request";

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
    ))
}

fn request(
    (mine, state, object, until, reason, times, made_at, changed_at): Raw,
) -> Result<RequestRow, StoreError> {
    const WHAT: &str = "request";
    let object = serde_json::from_str(&object).map_err(|_| corrupt(WHAT))?;
    let chit = ChitObject::parse(object).map_err(|_| corrupt(WHAT))?;
    let state: RequestState = state.parse().map_err(|_| corrupt(WHAT))?;
    // The payer pledges, so whoever asks holds the other half.
    let asked_by = chit.by().other();
    let until = until.map(Date::from_millis);
    Ok(RequestRow {
        request: Request { chit, asked_by, state, until, reason, times },
        mine,
        made_at,
        changed_at,
    })
}

/// Those that can be read: a list is not lost for one damaged line of it.
fn readable(raws: Vec<Raw>) -> Vec<RequestRow> {
    let read = raws.into_iter().map(request);
    read.filter_map(|row| row.inspect_err(|error| tracing::error!(%error, "a request is left out")).ok())
        .collect()
}

impl Rows<'_> {
    /// One request by its name.
    pub fn request(&self, tally: TallyId, id: ChitId) -> Result<Option<RequestRow>, StoreError> {
        let sql = format!("{SELECT} where tally = ?1 and uuid = ?2");
        let mut statement = self.conn.prepare_cached(&sql)?;
        statement.query_row([tally.to_string(), id.to_string()], raw).optional()?.map(request).transpose()
    }

    /// Requests of one tally, or of all, the one that changed last first, no more than a person reads.
    pub fn requests(&self, tally: Option<TallyId>) -> Result<Vec<RequestRow>, StoreError> {
        let sql = format!("{SELECT} where ?1 is null or tally = ?1 order by changed_at desc, uuid limit ?2");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let tally = tally.map(|tally| tally.to_string());
        let raws: Vec<Raw> =
            statement.query_map(params![tally, MOST_SHOWN], raw)?.collect::<Result<_, _>>()?;
        Ok(readable(raws))
    }

    /// Requests that wait for an answer, the one that was asked first first.
    pub fn requests_unanswered(&self) -> Result<Vec<RequestRow>, StoreError> {
        let sql = format!("{SELECT} where state = 'waiting' order by changed_at, uuid limit ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let raws: Vec<Raw> = statement.query_map([MOST_SHOWN], raw)?.collect::<Result<_, _>>()?;
        Ok(readable(raws))
    }

    /// How many requests of the partner's wait for us.
    pub fn requests_waiting(&self, tally: TallyId) -> Result<usize, StoreError> {
        self.requests_open(tally, false)
    }

    /// How many requests of ours wait for the partner.
    pub fn requests_asked(&self, tally: TallyId) -> Result<usize, StoreError> {
        self.requests_open(tally, true)
    }

    fn requests_open(&self, tally: TallyId, mine: bool) -> Result<usize, StoreError> {
        let sql = "select count(*) from request where tally = ?1 and mine = ?2 and state = 'waiting'";
        let asked = params![tally.to_string(), mine];
        let count: i64 = self.conn.prepare_cached(sql)?.query_row(asked, |row| row.get(0))?;
        usize::try_from(count).map_err(|_| corrupt("request"))
    }

    /// Waiting requests whose time is over at this instant.
    pub fn requests_over(&self, now: i64) -> Result<Vec<RequestRow>, StoreError> {
        let sql = format!("{SELECT} where state = 'waiting' and until <= ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let raws: Vec<Raw> = statement.query_map([now], raw)?.collect::<Result<_, _>>()?;
        Ok(readable(raws))
    }

    /// Writes a request as it stands now.
    pub fn put_request(&self, mine: Half, request: &Request, now: i64) -> Result<(), StoreError> {
        let sql = "insert into request (tally, uuid, mine, state, object, until, reason, times, made_at, changed_at)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
                   on conflict (tally, uuid) do update set state = excluded.state, object = excluded.object,
                       until = excluded.until, reason = excluded.reason, times = excluded.times,
                       changed_at = excluded.changed_at";
        self.conn.prepare_cached(sql)?.execute(params![
            request.chit.tally().to_string(),
            request.id().to_string(),
            request.asked_by == mine,
            request.state.as_str(),
            request.chit.raw().to_string(),
            request.until.map(Date::millis),
            request.reason,
            request.times,
            now,
        ])?;
        Ok(())
    }
}
