//! What is remembered of one caller's place. All of it is told in milliseconds: a call costs some of the credit that
//! time brings, a misdeed makes a debt that time pays.

use crate::config::Room;

/// What somebody did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Misdeed {
    /// Bytes that are none of our frames, or a frame out of turn.
    WrongFrame,
    /// A frame longer than any.
    TooLong,
    /// A packet that does not authenticate.
    BadPacket,
    /// A ticket that is not good.
    BadTicket,
    /// A caller we share nothing with.
    Unknown,
    /// Nothing in time. What a bad network looks like, too.
    Slow,
}

impl Misdeed {
    /// Every one of them.
    pub(crate) const ALL: [Self; 6] =
        [Self::WrongFrame, Self::TooLong, Self::BadPacket, Self::BadTicket, Self::Unknown, Self::Slow];

    /// What it weighs: so many seconds of good behaviour, in ms.
    ///
    /// A wallet that knocks with a ticket taken back, or calls one that has forgotten it, pauses for 1, 2, 4, 8… seconds
    /// between its tries; these weights and [`BEARABLE`] let it go on for ever.
    const fn weight(self) -> i64 {
        match self {
            Self::WrongFrame | Self::TooLong | Self::BadPacket => 40_000,
            Self::BadTicket | Self::Unknown => 20_000,
            Self::Slow => 10_000,
        }
    }

    /// The word for it on disk.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::WrongFrame => "wrong frame",
            Self::TooLong => "too long",
            Self::BadPacket => "bad packet",
            Self::BadTicket => "bad ticket",
            Self::Unknown => "unknown",
            Self::Slow => "slow",
        }
    }
}

/// What is remembered of one caller's place. Instants are ms since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// When the two below were last brought up to date.
    seen: i64,
    /// What calls are paid from, in ms; never below zero.
    credit: i64,
    /// What misdeeds have made and time has not paid, in ms; never below zero.
    debt: i64,
    /// Turned away until then.
    pub(crate) until: i64,
    /// Since when, the last time.
    pub(crate) since: i64,
    /// Bans that are not forgiven yet.
    pub(crate) bans: u32,
    /// What brought about the last of them.
    pub(crate) why: Misdeed,
    /// Forgiving goes on from here.
    forgiven_at: i64,
    /// When somebody was last let in through the narrow lane.
    lane_at: i64,
    /// When a partner last proved a key from here; 0 for never.
    home_at: i64,
    /// Calls held by it that are not open yet.
    pub(crate) half: u32,
    /// Calls held by it in all.
    pub(crate) calls: u32,
}

/// Why a call from here is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwelcome {
    /// Banned, and the narrow lane was used a moment ago.
    Banned,
    /// Calling too often.
    Often,
}

impl Record {
    /// Nothing is known.
    pub(crate) fn new(room: &Room, now: i64) -> Self {
        Self {
            seen: now,
            credit: most(room),
            debt: 0,
            until: 0,
            since: 0,
            bans: 0,
            why: Misdeed::Slow,
            forgiven_at: now,
            lane_at: i64::MIN,
            home_at: 0,
            half: 0,
            calls: 0,
        }
    }

    /// Lets time do its work. A clock that was set back pays nothing and prolongs no ban beyond the longest.
    pub(crate) fn age(&mut self, room: &Room, now: i64) {
        let passed = now.saturating_sub(self.seen).max(0);
        self.seen = now;
        self.credit = self.credit.saturating_add(passed).min(most(room));
        self.debt = self.debt.saturating_sub(passed).max(0);
        self.until = self.until.min(now.saturating_add(LONGEST));
        self.lane_at = self.lane_at.min(now);
        self.forgiven_at = self.forgiven_at.min(now);
        if now < self.until {
            self.forgiven_at = self.until;
        }
        while self.bans > 0 && now.saturating_sub(self.forgiven_at) >= FORGIVEN_AFTER {
            self.bans -= 1;
            self.forgiven_at += FORGIVEN_AFTER;
        }
    }

    /// Whether one more call is taken; it is paid for then. Only of a record that has aged.
    pub(crate) fn call(&mut self, room: &Room, now: i64) -> Result<(), Unwelcome> {
        if self.is_banned(now) {
            let home = self.home_at != 0 && now.saturating_sub(self.home_at) < HOME_FOR;
            let lane = if home { HOME_LANE } else { LANE };
            if now.saturating_sub(self.lane_at) < lane {
                return Err(Unwelcome::Banned);
            }
            self.lane_at = now;
            return Ok(());
        }
        let price = i64::from(room.call_every);
        if self.credit < price {
            return Err(Unwelcome::Often);
        }
        self.credit -= price;
        Ok(())
    }

    /// Notes a misdeed. True if a ban begins, or a longer one. Only of a record that has aged.
    pub(crate) fn strike(&mut self, what: Misdeed, room: &Room, now: i64) -> bool {
        self.debt = self.debt.saturating_add(what.weight());
        if self.debt <= BEARABLE || !room.bans {
            self.debt = self.debt.min(BEARABLE);
            return false;
        }
        self.debt = 0;
        self.bans = self.bans.saturating_add(1).min(MOST_BANS);
        let length = FIRST.saturating_mul(1 << (self.bans - 1)).min(LONGEST);
        self.until = self.until.max(now.saturating_add(length));
        self.since = now;
        self.why = what;
        self.forgiven_at = self.until;
        true
    }

    /// A partner has proven a key from here: whatever was held against this place is forgotten, but not how often. True
    /// if it was banned.
    pub(crate) fn prove(&mut self, room: &Room, now: i64) -> bool {
        let banned = self.is_banned(now);
        self.home_at = now;
        self.debt = 0;
        self.until = 0;
        self.forgiven_at = now;
        self.credit = self.credit.saturating_add(i64::from(room.call_every)).min(most(room));
        banned
    }

    /// The person forgives it.
    pub(crate) fn forgive(&mut self) {
        (self.debt, self.until, self.bans) = (0, 0, 0);
    }

    /// Puts back what an earlier run had written down.
    pub(crate) fn remember(&mut self, bans: u32, (since, until): (i64, i64), why: Misdeed, now: i64) {
        self.bans = bans.min(MOST_BANS);
        (self.since, self.until, self.why) = (since, until.min(now.saturating_add(LONGEST)), why);
        self.forgiven_at = self.until;
    }

    /// Whether calls from here are turned away.
    pub(crate) fn is_banned(&self, now: i64) -> bool {
        now < self.until
    }

    /// The order in which records are given up when there are too many: those in use never, then whoever did worst
    /// last, then whoever was here last.
    pub(crate) fn worth(&self) -> Worth {
        let bad_until = self.until.max(if self.debt > 0 { self.seen.saturating_add(self.debt) } else { 0 });
        Worth { in_use: self.calls > 0, bans: self.bans, bad_until, seen: self.seen }
    }

    #[cfg(test)]
    pub(crate) fn purse(&self) -> (i64, i64) {
        (self.credit, self.debt)
    }
}

/// How much a record is worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Worth {
    in_use: bool,
    bans: u32,
    bad_until: i64,
    seen: i64,
}

impl Worth {
    /// Calls hang on it.
    pub(crate) const fn is_in_use(&self) -> bool {
        self.in_use
    }
}

/// The most credit: so many calls one after the other.
fn most(room: &Room) -> i64 {
    i64::from(room.call_every).saturating_mul(i64::from(room.calls_at_once))
}

/// The most debt that is borne, in ms: five broken packets, or ten callers whom we do not know, within moments.
pub(crate) const BEARABLE: i64 = 199_999;

/// The first ban, in ms.
const FIRST: i64 = 60_000;

/// The longest ban, in ms.
pub(crate) const LONGEST: i64 = 24 * 3_600_000;

/// More than this many make a ban no longer.
const MOST_BANS: u32 = 12;

/// One ban is forgiven for so long without another, in ms.
const FORGIVEN_AFTER: i64 = 24 * 3_600_000;

/// One call in so many ms is taken from a banned place all the same: a partner may live behind the same router.
const LANE: i64 = 60_000;

/// The same where a partner is known to live.
const HOME_LANE: i64 = 3_000;

/// For how long a place counts as a partner's home after they called from there, in ms.
const HOME_FOR: i64 = 30 * 24 * 3_600_000;
