//! Where agents may be found. Apart from tallies: addresses change, agreements do not.

use rusqlite::{Row, params};
use tallystick_core::AgentId;

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};

/// Places remembered of one agent: those of a home, an office and a telephone, in both families, with some past ones.
pub const MOST_PLACES: usize = 16;

/// Places of one agent that were only claimed: whoever replays old calls crowds out no more than these.
const MOST_CLAIMED: usize = 2;

/// How a place came to be known, the most trustworthy first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Our person typed it.
    Typed,
    /// The agent itself told it, in a signed list.
    Told,
    /// Who called from there, or was called there, held the agent's key.
    Proven,
    /// Seen on the local network, by a tag that only partners can read.
    Lan,
    /// It stood in the agent's ticket.
    Ticket,
    /// It stood in the agent's certificate.
    Card,
    /// A call claimed it before its caller had proven anything.
    Claimed,
}

/// One place where an agent may be found. Instants are ms since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Host name or address; IPv6 without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How it came to be known.
    pub source: Source,
    /// Its rank in the list it came with.
    pub nth: u32,
    /// When it was last learned.
    pub learned_at: i64,
    /// When it was last shown to be theirs.
    pub good_at: Option<i64>,
    /// When they were last not found there.
    pub bad_at: Option<i64>,
}

impl Source {
    const ALL: [Self; 7] =
        [Self::Typed, Self::Told, Self::Proven, Self::Lan, Self::Ticket, Self::Card, Self::Claimed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::Told => "told",
            Self::Proven => "proven",
            Self::Lan => "lan",
            Self::Ticket => "ticket",
            Self::Card => "card",
            Self::Claimed => "claimed",
        }
    }
}

type Raw = (String, u16, String, u32, i64, Option<i64>, Option<i64>);

fn raw(row: &Row<'_>) -> Result<Raw, rusqlite::Error> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
}

fn place((host, port, source, nth, learned_at, good_at, bad_at): Raw) -> Result<Place, StoreError> {
    let source = Source::ALL.into_iter().find(|known| known.as_str() == source).ok_or(corrupt("place"))?;
    Ok(Place { host, port, source, nth, learned_at, good_at, bad_at })
}

impl Rows<'_> {
    /// Where an agent may be found, in no particular order; at most [`MOST_PLACES`].
    pub fn whereabouts(&self, agent: AgentId) -> Result<Vec<Place>, StoreError> {
        let sql = "select host, port, source, nth, learned_at, good_at, bad_at from place
                   where agent = ?1 order by host, port";
        let mut statement = self.conn.prepare_cached(sql)?;
        let raws: Vec<Raw> = statement.query_map([agent.to_string()], raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(place).collect()
    }

    /// Learns places of an agent, in the order of their list. A place that is known from a better source stays as it is.
    ///
    /// What the agent itself tells replaces what it told before, but for places where it was found.
    pub fn learn(
        &self,
        agent: AgentId,
        places: &[(String, u16)],
        source: Source,
        now: i64,
    ) -> Result<(), StoreError> {
        if source == Source::Told {
            let sql = "delete from place where agent = ?1 and source = 'told' and good_at is null";
            self.conn.prepare_cached(sql)?.execute([agent.to_string()])?;
            // Where it was found once it may be again, but it does not say so any more.
            let sql = "update place set source = 'proven' where agent = ?1 and source = 'told'";
            self.conn.prepare_cached(sql)?.execute([agent.to_string()])?;
        }
        let known = self.whereabouts(agent)?;
        for (nth, (host, port)) in (0_u32..).zip(places) {
            let before = known.iter().find(|place| place.host == *host && place.port == *port);
            if before.is_some_and(|place| place.source < source) {
                if source == Source::Lan {
                    let sql = "update place set learned_at = ?4 where agent = ?1 and host = ?2 and port = ?3";
                    self.conn.prepare_cached(sql)?.execute(params![agent.to_string(), host, port, now])?;
                }
                continue;
            }
            let sql = "insert into place (agent, host, port, source, nth, learned_at) values (?1, ?2, ?3, ?4, ?5, ?6)
                       on conflict (agent, host, port) do update
                       set source = excluded.source, nth = excluded.nth, learned_at = excluded.learned_at";
            let learned = params![agent.to_string(), host, port, source.as_str(), nth, now];
            self.conn.prepare_cached(sql)?.execute(learned)?;
        }
        if source == Source::Proven {
            self.forget_claims(agent)?;
        }
        self.forget_places(agent)
    }

    /// Remembers that an agent was found here; what was only claimed before is forgotten.
    pub fn found_at(&self, agent: AgentId, host: &str, port: u16, now: i64) -> Result<(), StoreError> {
        let sql = "insert into place (agent, host, port, source, nth, learned_at, good_at)
                   values (?1, ?2, ?3, 'proven', 0, ?4, ?4)
                   on conflict (agent, host, port) do update set good_at = excluded.good_at,
                       source = iif(source in ('typed', 'told', 'lan'), source, 'proven')";
        self.conn.prepare_cached(sql)?.execute(params![agent.to_string(), host, port, now])?;
        self.forget_claims(agent)?;
        self.forget_places(agent)
    }

    fn forget_claims(&self, agent: AgentId) -> Result<(), StoreError> {
        let sql = "delete from place where agent = ?1 and source = 'claimed'";
        self.conn.prepare_cached(sql)?.execute([agent.to_string()])?;
        Ok(())
    }

    /// Remembers that an agent was not found here.
    pub fn missed_at(&self, agent: AgentId, host: &str, port: u16, now: i64) -> Result<(), StoreError> {
        let sql = "update place set bad_at = ?4 where agent = ?1 and host = ?2 and port = ?3";
        self.conn.prepare_cached(sql)?.execute(params![agent.to_string(), host, port, now])?;
        Ok(())
    }

    /// Forgets what is beyond the bounds: the longest unconfirmed of the least trustworthy first.
    fn forget_places(&self, agent: AgentId) -> Result<(), StoreError> {
        let mut places = self.whereabouts(agent)?;
        let last = |place: &Place| place.good_at.unwrap_or(0).max(place.learned_at);
        places.sort_by_key(|place| {
            (place.good_at.is_none(), place.source, std::cmp::Reverse(last(place)), place.nth)
        });
        let (mut claimed, mut kept) = (0, 0);
        for place in places {
            let fits = kept < MOST_PLACES && (place.source != Source::Claimed || claimed < MOST_CLAIMED);
            if fits {
                kept += 1;
                claimed += usize::from(place.source == Source::Claimed);
                continue;
            }
            let sql = "delete from place where agent = ?1 and host = ?2 and port = ?3";
            self.conn.prepare_cached(sql)?.execute(params![agent.to_string(), place.host, place.port])?;
        }
        Ok(())
    }
}
