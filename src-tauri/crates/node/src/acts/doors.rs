//! Looking who is turned away at the door, and forgiving it.

use crate::peer::door::{Ban, Misdeed};
use crate::view::{Doors, Failure, FailureCode, Happening, TurnedAway, TurnedAwayWhy};
use crate::wallet::Wallet;

impl Wallet {
    /// Who is turned away at the door, and how much goes on there.
    pub fn doors(&self) -> Doors {
        let keeper = &self.inner.keeper;
        let (mut banned, sizes) = (keeper.banned(), keeper.sizes());
        banned.sort_by_key(|ban| (std::cmp::Reverse(ban.since), ban.net));
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Doors {
            turned_away_count: count(banned.len()),
            turned_away: banned.iter().take(Doors::SHOWN).map(turned_away).collect(),
            known: count(sizes.places),
            half_open: sizes.half,
            calls: count(sizes.calls),
            refused: sizes.turned_away,
            evicted: sizes.evicted,
            bans: sizes.bans,
            dropped: keeper.dropped(),
        }
    }

    /// Lets an address call again at once, or every one if none is named.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`] for what is not turned away.
    pub fn forgive(&self, address: Option<&str>) -> Result<Doors, Failure> {
        let keeper = &self.inner.keeper;
        let net = match address {
            None => None,
            Some(text) => {
                let net = text.parse().ok().filter(|net| keeper.banned().iter().any(|ban| ban.net == *net));
                Some(net.ok_or(Failure::plain(FailureCode::NotFound))?)
            }
        };
        keeper.forgive(net);
        self.inner.events.tell(Happening::ConnectionChanged);
        Ok(self.doors())
    }
}

fn turned_away(ban: &Ban) -> TurnedAway {
    let why = match ban.why {
        Misdeed::WrongFrame | Misdeed::TooLong => TurnedAwayWhy::Nonsense,
        Misdeed::BadPacket => TurnedAwayWhy::BadKey,
        Misdeed::BadTicket => TurnedAwayWhy::BadTicket,
        Misdeed::Unknown => TurnedAwayWhy::Unknown,
        Misdeed::Slow => TurnedAwayWhy::Silent,
    };
    TurnedAway { address: ban.net.to_string(), why, since: ban.since, until: ban.until, times: ban.bans }
}
