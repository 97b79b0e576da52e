//! How much value a tally can still take either way (lifts.md 2).
//!
//! Holds are asymmetric: what may still come in stands against what I may still take, what may still go out against
//! what I may still give. Counting them in one sum would promise the same room twice.

use serde::{Deserialize, Serialize};

use crate::settings::{Trading, WHOLE};
use crate::units::Units;

/// How much of the partner's credit one side likes, and takes at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Room {
    /// Liked: up to here value moves at no charge.
    pub target: Units,
    /// Taken at most; below the target it counts as the target.
    pub bound: Units,
}

impl Room {
    /// The most that is ever taken.
    pub fn most(&self) -> Units {
        self.target.max(self.bound)
    }
}

impl From<Trading> for Room {
    fn from(trading: Trading) -> Self {
        Self { target: trading.target, bound: trading.bound }
    }
}

/// One side's view of a tally, as far as capacity depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stance {
    /// Sum of good chits; positive when the partner owes me.
    pub net: Units,
    /// Unresolved legs where I would gain.
    pub hin: Units,
    /// Unresolved legs where I would give.
    pub hout: Units,
    /// What I signed.
    pub mine: Room,
    /// What my partner signed.
    pub theirs: Room,
    /// I charge to let go of what I like to hold. Free of charge is then only what I hold above it.
    pub clings: bool,
}

/// What may still move one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// At no charge.
    pub free: Units,
    /// At all.
    pub total: Units,
}

impl Stance {
    /// What the partner may still give me. The receiver's own check, this one, is the authority.
    pub fn gain(&self) -> Capacity {
        let there = self.net.milli() + self.hin.milli();
        Capacity { free: above(self.mine.target, there), total: above(self.mine.most(), there) }
    }

    /// Of what the partner may still give me free of charge, what only pays down what I owe.
    pub fn repays(&self) -> Units {
        let owed = clamp((-(self.net.milli() + self.hin.milli())).max(0));
        self.gain().free.min(owed)
    }

    /// Of what I may still give free of charge, what only pays down what the partner owes me.
    pub fn redeems(&self) -> Units {
        let owed = clamp((self.net.milli() - self.hout.milli()).max(0));
        self.give().free.min(owed)
    }

    /// What I may still give the partner, as far as I know the partner's settings.
    pub fn give(&self) -> Capacity {
        let there = self.hout.milli() - self.net.milli();
        let (free, total) = (above(self.theirs.target, there), above(self.theirs.most(), there));
        let spare = clamp((-there - self.mine.target.milli()).max(0));
        Capacity { free: if self.clings { free.min(spare) } else { free }, total }
    }
}

impl Capacity {
    /// What a path can move that goes through both: it is as narrow as its narrowest place.
    #[must_use]
    pub fn along(self, next: Self) -> Self {
        Self { free: self.free.min(next.free), total: self.total.min(next.total) }
    }
}

/// What still counts of holds of which some are stale: an owner may stop counting stale ones up to a fifth of the bound.
///
/// A later commit is still booked, so the bound may be passed by that fifth and no more.
pub fn counted(fresh: Units, stale: Units, bound: Units) -> Units {
    let pardoned = bound.milli() / STALE_SHARE;
    let left = (stale.milli() - pardoned).max(0);
    clamp(fresh.milli() + left)
}

/// The charge of a path: `m' = m + c·(1−m)`, in millionths, rounded up so that nobody is told too little.
///
/// Nothing in v1 is routed where it costs anything; charges are shown.
pub fn compose_charge(so_far: i32, next: i32) -> i32 {
    let (whole, m, c) = (i64::from(WHOLE), i64::from(so_far), i64::from(next));
    let exact = m * whole + c * (whole - m);
    let rounded = exact.div_euclid(whole) + i64::from(exact.rem_euclid(whole) > 0);
    i32::try_from(rounded).unwrap_or(i32::MAX)
}

/// The room between what is there and a limit; all of them are below 2^54, so the difference fits.
fn above(limit: Units, there: i64) -> Units {
    clamp((limit.milli() - there).max(0))
}

fn clamp(milli: i64) -> Units {
    Units::new(milli).unwrap_or(Units::MAX)
}

/// One part in so many of a bound may be pardoned.
const STALE_SHARE: i64 = 5;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn units(milli: i64) -> Units {
        Units::new(milli).unwrap()
    }

    fn room(target: i64, bound: i64) -> Room {
        Room { target: units(target), bound: units(bound) }
    }

    fn at(net: i64) -> Stance {
        Stance { net: units(net), mine: room(3, 7), theirs: room(3, 7), ..Stance::default() }
    }

    #[test]
    fn the_vectors_of_the_design_hold() {
        for (net, free, total) in [(-2, 5, 9), (-10, 13, 17), (12, 0, 0), (-12, 15, 19), (6, 0, 1), (8, 0, 0)]
        {
            assert_eq!(at(net).gain(), Capacity { free: units(free), total: units(total) }, "net {net}");
        }
    }

    #[test]
    fn what_is_going_out_makes_no_room_to_come_in() {
        let stance = Stance { net: units(8), hout: units(6), mine: room(0, 10), ..Stance::default() };

        assert_eq!(stance.gain().total, units(2));
    }

    #[test]
    fn the_partners_settings_limit_what_i_give_and_mine_what_i_take() {
        let stance = Stance { mine: room(5, 9), theirs: room(2, 4), ..Stance::default() };

        assert_eq!(stance.gain(), Capacity { free: units(5), total: units(9) });
        assert_eq!(stance.give(), Capacity { free: units(2), total: units(4) });
    }

    #[test]
    fn whoever_charges_to_let_go_gives_freely_only_what_they_like_less() {
        let stance = Stance { net: units(10), mine: room(6, 6), theirs: room(0, 0), ..Stance::default() };
        assert_eq!(stance.give().free, units(10));

        let clings = Stance { clings: true, ..stance };
        assert_eq!(clings.give(), Capacity { free: units(4), total: units(10) });
        assert_eq!(Stance { hout: units(3), ..clings }.give().free, units(1));
        assert_eq!(Stance { net: units(5), ..clings }.give().free, units(0));
        assert_eq!(Stance { net: units(-5), theirs: room(9, 9), ..clings }.give().free, units(0));
    }

    #[test]
    fn whoever_charges_to_let_go_can_still_be_paid_back_and_pay_back() {
        let owes = Stance { net: units(-10), mine: room(0, 0), clings: true, ..Stance::default() };

        assert_eq!(owes.gain().free, units(10));
    }

    #[test]
    fn a_path_is_as_narrow_as_its_narrowest_place() {
        let wide = Capacity { free: units(5), total: units(9) };
        let narrow = Capacity { free: units(7), total: units(8) };

        assert_eq!(wide.along(narrow), Capacity { free: units(5), total: units(8) });
    }

    #[test]
    fn charges_add_up_on_what_is_left() {
        assert_eq!(compose_charge(0, 50_000), 50_000);
        assert_eq!(compose_charge(500_000, 500_000), 750_000);
        assert_eq!(compose_charge(1, 1), 2, "rounded up");
        assert_eq!(compose_charge(0, 0), 0);
    }

    #[test]
    fn a_fifth_of_the_bound_is_pardoned_when_stale() {
        assert_eq!(counted(units(3), units(4), units(10)), units(5));
        assert_eq!(counted(units(3), units(1), units(10)), units(3));
    }

    #[test]
    fn what_is_liked_besides_is_no_debt() {
        let likes = |net| Stance { mine: room(20, 20), theirs: room(20, 20), ..at(net) };

        let nothing = likes(0);
        assert_eq!((nothing.gain().free, nothing.give().free), (units(20), units(20)));
        assert_eq!((nothing.repays(), nothing.redeems()), (Units::ZERO, Units::ZERO));
        assert_eq!((likes(-10).repays(), likes(-10).redeems()), (units(10), Units::ZERO));
        assert_eq!((likes(10).repays(), likes(10).redeems()), (Units::ZERO, units(10)));
        // What is on its way already is not paid twice.
        assert_eq!(Stance { hin: units(4), ..likes(-10) }.repays(), units(6));
        assert_eq!(Stance { hout: units(4), ..likes(10) }.redeems(), units(6));
        // And what is held on to is not let go.
        let clings = Stance { mine: room(6, 6), clings: true, ..likes(10) };
        assert_eq!(clings.redeems(), units(4));
    }

    fn arb_stance() -> impl Strategy<Value = Stance> {
        let (amount, limit) = (-1_000_i64..1_000, 0_i64..500);
        (amount, 0_i64..300, 0_i64..300, limit.clone(), limit.clone(), limit.clone(), limit).prop_map(
            |(net, hin, hout, t, b, pt, pb)| Stance {
                net: units(net),
                hin: units(hin),
                hout: units(hout),
                mine: room(t, b),
                theirs: room(pt, pb),
                clings: false,
            },
        )
    }

    proptest! {
        #[test]
        fn free_is_part_of_total_and_nothing_is_below_zero(stance in arb_stance()) {
            for capacity in [stance.gain(), stance.give()] {
                prop_assert!(capacity.free <= capacity.total && !capacity.free.is_negative());
            }
        }

        #[test]
        fn what_fits_never_passes_a_bound(stance in arb_stance(), share in 0_i64..=100) {
            let take = stance.gain().total.milli() * share / 100;
            let worst = stance.net.milli() + stance.hin.milli() + take;
            prop_assert!(take == 0 || worst <= stance.mine.most().milli());
        }

        #[test]
        fn a_debt_can_always_be_cancelled(owed in 1_i64..1_000, t in 0_i64..9) {
            let stance = Stance { net: units(-owed), mine: room(t, t), ..Stance::default() };
            prop_assert!(stance.gain().free >= units(owed));
        }

        #[test]
        fn paying_down_never_raises_a_balance(stance in arb_stance(), clings in any::<bool>()) {
            let stance = Stance { clings, ..stance };
            let (net, repays, redeems) = (stance.net.milli(), stance.repays(), stance.redeems());
            prop_assert!(repays <= stance.gain().free && redeems <= stance.give().free);
            prop_assert!(repays.milli() == 0 || net + repays.milli() <= 0);
            prop_assert!(redeems.milli() == 0 || net - redeems.milli() >= 0);
        }

        #[test]
        fn both_sides_see_the_same_room(stance in arb_stance()) {
            let other = Stance {
                net: stance.net.checked_neg().unwrap(),
                hin: stance.hout,
                hout: stance.hin,
                mine: stance.theirs,
                theirs: stance.mine, clings: false,
            };
            prop_assert_eq!(stance.give(), other.gain());
        }

        #[test]
        fn the_largest_amounts_do_not_overflow(sign in any::<bool>()) {
            let net = if sign { Units::MAX } else { Units::MAX.checked_neg().unwrap() };
            let all = Room { target: Units::MAX, bound: Units::MAX };
            let stance = Stance { net, hin: Units::MAX, hout: Units::MAX, mine: all, theirs: all, clings: true };
            prop_assert!(stance.gain().total <= Units::MAX && stance.give().total <= Units::MAX);
        }
    }
}
