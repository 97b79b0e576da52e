//! Time that passes otherwise than it should: a computer that slept, a clock that was set, and a clock that differs from
//! everybody else's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tallystick_core::AgentId;
use tallystick_store::StoreError;

use super::link::monotonic;
use crate::view::{ClockDiffers, Happening};
use crate::wallet::{Inner, held};

/// How often the two clocks are looked at.
const BEAT: Duration = Duration::from_secs(5);

/// The wall clock may run ahead of the other by so much between two looks before something happened to it, in ms: the
/// machine was busy, or the time was corrected a little.
const SLACK: i64 = 10_000;

/// A difference that people should know of, in ms: offers and requests end within minutes of each other's clocks.
const CONSIDERABLE: i64 = 5 * 60_000;

/// Partners whose clocks are remembered: more than a person has on line.
const PARTNERS: usize = 64;

/// What the clocks said at the last look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pulse {
    monotonic: u64,
    wall: i64,
}

/// What must have happened between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jump {
    /// The computer slept for so many ms, or its clock was set forward: nobody can tell, and the same is to be done.
    Slept(i64),
    /// The clock was set back by so many ms.
    SetBack(i64),
}

impl Pulse {
    /// What the clocks say to begin with, in ms: one that only runs, and the one on the wall.
    pub(crate) fn new(monotonic: u64, wall: i64) -> Self {
        Self { monotonic, wall }
    }

    /// Looks at both again.
    pub(crate) fn beat(&mut self, monotonic: u64, wall: i64) -> Option<Jump> {
        let passed = i64::try_from(monotonic.saturating_sub(self.monotonic)).unwrap_or(i64::MAX);
        let jumped = wall.saturating_sub(self.wall).saturating_sub(passed);
        *self = Self { monotonic, wall };
        match jumped {
            _ if jumped > SLACK => Some(Jump::Slept(jumped)),
            _ if jumped < -SLACK => Some(Jump::SetBack(-jumped)),
            _ => None,
        }
    }
}

/// By how much partners' clocks are ahead of ours, in ms, as their newest message said when it left.
#[derive(Debug, Default)]
pub(crate) struct Clocks(BTreeMap<AgentId, i64>);

impl Clocks {
    /// A message came that left at `sent` by the partner's clock, and it is `now` by ours. What it took on its way is
    /// part of the difference; letters are stamped as they leave, so that is seconds.
    pub(crate) fn heard(&mut self, partner: AgentId, sent: i64, now: i64) {
        if self.0.len() < PARTNERS || self.0.contains_key(&partner) {
            self.0.insert(partner, sent.saturating_sub(now));
        }
    }

    /// Our own clock was set: what was known is of no use any more.
    fn forget(&mut self) {
        self.0.clear();
    }

    /// Whether our clock is one that a person should look at: most partners' clocks differ from it, the same way. With
    /// only one to compare with nobody knows whose is wrong; it is told all the same.
    pub(crate) fn differs(&self) -> Option<ClockDiffers> {
        let mut ahead: Vec<i64> = self.0.values().copied().collect();
        ahead.sort_unstable();
        // The lower of two in the middle and the upper must agree: of two partners one may be wrong.
        let (low, high) = (ahead.get(ahead.len().checked_sub(1)? / 2)?, ahead.get(ahead.len() / 2)?);
        let nearest = if *low > 0 { *low } else { *high };
        let agreed = low.signum() == high.signum() && nearest.saturating_abs() >= CONSIDERABLE;
        let partners = u32::try_from(ahead.len()).unwrap_or(u32::MAX);
        agreed.then_some(ClockDiffers { behind: nearest, partners })
    }
}

/// Watches the clocks for as long as the wallet is open. After a sleep nothing waits for a pause that began before it.
pub(crate) async fn keep_time(inner: Arc<Inner>) {
    let mut pulse = Pulse::new(monotonic(), inner.now());
    loop {
        tokio::select! {
            () = inner.stop.cancelled() => return,
            () = tokio::time::sleep(BEAT) => {}
        }
        let now = inner.now();
        let Some(jump) = pulse.beat(monotonic(), now) else { continue };
        tracing::info!(?jump, "the clock has jumped");
        held(&inner.clocks).forget();
        if let Err(error) = inner.book.write::<_, StoreError>(move |rows| rows.hurry_all(now)).await {
            tracing::error!(%error, "letters could not be made due");
        }
        inner.post.ring();
        // It may have woken up somewhere else.
        inner.moved.notify_one();
        inner.nearby.changed.notify_one();
        inner.events.tell(Happening::ConnectionChanged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partner(nth: u8) -> AgentId {
        AgentId::from_bytes([nth; 32])
    }

    fn clocks(ahead: &[i64]) -> Clocks {
        let mut clocks = Clocks::default();
        for (nth, ahead) in (0_u8..).zip(ahead) {
            clocks.heard(partner(nth), 1_000_000_000 + ahead, 1_000_000_000);
        }
        clocks
    }

    #[test]
    fn time_that_passes_as_it_should_is_no_jump() {
        let mut pulse = Pulse::new(50, 1_000_000);
        for beat in 1..1_000_u64 {
            let drift = i64::try_from(beat % 7).expect("small") * 1_000;
            let wall = 1_000_000 + i64::try_from(beat).expect("small") * 5_000 + drift;
            assert_eq!(pulse.beat(50 + beat * 5_000, wall), None);
        }
    }

    #[test]
    fn a_sleep_and_a_clock_that_was_set_back_are_noticed_once() {
        let mut pulse = Pulse::new(0, 0);
        assert_eq!(pulse.beat(5_000, 8 * 3_600_000), Some(Jump::Slept(8 * 3_600_000 - 5_000)));
        assert_eq!(pulse.beat(10_000, 8 * 3_600_000 + 5_000), None);
        assert_eq!(pulse.beat(15_000, 0), Some(Jump::SetBack(8 * 3_600_000 + 10_000)));
        assert_eq!(pulse.beat(20_000, 5_000), None);
    }

    #[test]
    fn one_partner_with_a_wrong_clock_does_not_make_ours_wrong() {
        let hour = 3_600_000;
        for fine in [&[][..], &[200], &[hour, 0], &[-hour, hour], &[0, -300, hour], &[hour, -hour, 0, 9]] {
            assert_eq!(clocks(fine).differs(), None, "{fine:?}");
        }
    }

    #[test]
    fn a_clock_that_differs_from_most_is_told_by_how_much() {
        let hour = 3_600_000;
        let told = |ahead: &[i64]| clocks(ahead).differs().map(|told| (told.behind, told.partners));
        assert_eq!(told(&[hour]), Some((hour, 1)));
        assert_eq!(told(&[-hour, -hour - 5]), Some((-hour, 2)));
        assert_eq!(told(&[hour, hour + 9, 0]), Some((hour, 3)));
        assert_eq!(told(&[CONSIDERABLE - 1]), None);
    }

    #[test]
    fn not_more_partners_are_remembered_than_a_person_has() {
        let mut clocks = Clocks::default();
        for nth in 0..u8::MAX {
            clocks.heard(partner(nth), 0, 0);
        }
        assert_eq!(clocks.0.len(), PARTNERS);
        clocks.heard(partner(3), 77, 0);
        assert_eq!(clocks.0[&partner(3)], 77);
    }
}
