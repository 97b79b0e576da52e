//! When a worker has stopped answering, and what is done about it: a rule as a value, without clock or process.

use std::time::Duration;

use super::wire::{News, Trouble};

/// What happens to whoever keeps a worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The worker said something.
    Heard(News),
    /// Its pipe ended or broke: it is gone.
    Gone,
    /// Nothing; but time has passed.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// End the worker there is, if it still runs, and start another.
    Replace,
    /// End the worker: it is all over.
    End,
    /// The window hears this.
    Tell(News),
    /// The window hears that the camera has stopped answering and is being started again.
    TellHealing,
}

/// Watches one worker and its successors.
#[derive(Debug)]
pub struct Watch {
    started: Duration,
    heard: Option<Duration>,
    falls: Vec<Duration>,
    over: bool,
}

impl Watch {
    /// Watches a worker that was started now.
    pub fn new(now: Duration) -> Self {
        Self { started: now, heard: None, falls: Vec::new(), over: false }
    }

    /// Takes one input at one instant, on any clock that only goes forward, and says what must follow.
    pub fn handle(&mut self, input: Input, now: Duration) -> Vec<Effect> {
        if self.over {
            return Vec::new();
        }
        match input {
            Input::Heard(News::Trouble(trouble)) => self.give_up(trouble),
            Input::Heard(news) => {
                self.heard = Some(now);
                if news == News::Alive { Vec::new() } else { vec![Effect::Tell(news)] }
            }
            Input::Gone => self.fallen(now),
            Input::Tick if now >= self.deadline() => self.fallen(now),
            Input::Tick => Vec::new(),
        }
    }

    /// When a tick is due.
    pub fn deadline(&self) -> Duration {
        self.heard.map_or(self.started + STARTING, |heard| heard + SILENCE)
    }

    fn fallen(&mut self, now: Duration) -> Vec<Effect> {
        self.falls.retain(|fall| now.saturating_sub(*fall) < MEMORY);
        self.falls.push(now);
        if self.falls.len() > MOST_FALLS {
            return self.give_up(Trouble::StoppedAnswering);
        }
        self.started = now;
        self.heard = None;
        vec![Effect::TellHealing, Effect::Replace]
    }

    fn give_up(&mut self, trouble: Trouble) -> Vec<Effect> {
        self.over = true;
        vec![Effect::End, Effect::Tell(News::Trouble(trouble))]
    }
}

/// A worker that runs speaks five times a second; silent for so long, it is stuck. With the start of the next one there
/// is a picture again within two seconds.
const SILENCE: Duration = Duration::from_millis(1_000);

/// The first word may take longer: a program is loaded, on a busy machine from a slow disk.
const STARTING: Duration = Duration::from_secs(4);

/// More falls than this within [`MEMORY`], and it is the camera or its driver, which starting again does not mend.
const MOST_FALLS: usize = 3;

const MEMORY: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn healing() -> Vec<Effect> {
        vec![Effect::TellHealing, Effect::Replace]
    }

    #[test]
    fn a_worker_that_says_it_is_there_is_left_alone() {
        let mut watch = Watch::new(Duration::ZERO);

        for tick in 0..100 {
            assert_eq!(watch.handle(Input::Heard(News::Alive), at(tick * 200)), []);
            assert_eq!(watch.handle(Input::Tick, at(tick * 200 + 199)), []);
        }
    }

    #[test]
    fn a_worker_that_falls_silent_is_told_and_replaced_within_two_seconds() {
        let mut watch = Watch::new(Duration::ZERO);
        watch.handle(Input::Heard(News::Alive), at(300));

        assert!(watch.deadline() <= at(300) + SECOND);
        assert_eq!(watch.handle(Input::Tick, watch.deadline()), healing());
    }

    #[test]
    fn a_worker_that_ends_is_replaced_at_once() {
        let mut watch = Watch::new(Duration::ZERO);
        watch.handle(Input::Heard(News::Alive), at(300));

        assert_eq!(watch.handle(Input::Gone, at(301)), healing());
    }

    #[test]
    fn the_successor_is_given_time_to_start() {
        let mut watch = Watch::new(Duration::ZERO);
        watch.handle(Input::Gone, at(5_000));

        assert_eq!(watch.handle(Input::Tick, at(6_500)), []);
        assert_eq!(watch.handle(Input::Tick, at(9_000)), healing());
    }

    #[test]
    fn what_falls_again_and_again_is_given_up() {
        let mut watch = Watch::new(Duration::ZERO);
        for fall in 1..=3 {
            assert_eq!(watch.handle(Input::Gone, SECOND * fall), healing());
        }

        let last = watch.handle(Input::Gone, SECOND * 4);

        assert_eq!(last, [Effect::End, Effect::Tell(News::Trouble(Trouble::StoppedAnswering))]);
        assert_eq!(watch.handle(Input::Gone, SECOND * 5), []);
    }

    #[test]
    fn falls_long_ago_are_forgotten() {
        let mut watch = Watch::new(Duration::ZERO);

        for fall in 1..=20 {
            assert_eq!(watch.handle(Input::Gone, SECOND * 10 * fall), healing());
        }
    }

    #[test]
    fn trouble_is_passed_on_and_is_the_end() {
        let mut watch = Watch::new(Duration::ZERO);
        let busy = News::Trouble(Trouble::Busy);

        assert_eq!(watch.handle(Input::Heard(busy.clone()), at(9)), [Effect::End, Effect::Tell(busy)]);
        assert_eq!(watch.handle(Input::Gone, at(10)), []);
    }
}
