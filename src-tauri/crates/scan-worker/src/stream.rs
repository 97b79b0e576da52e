//! Reading a live stream: what no single frame gives, several do.
//!
//! Every frame is looked at plainly. Where that gives nothing, what is left of its time goes to the dearer attempts, a
//! few a frame and each in its turn, and to pictures made of the last frames: they are laid over one another where they
//! fit best, and their mean has less noise, their darkest pixels have less glare. What is decoded carries the code's own
//! correction, so a mean of different things reads as nothing.

use std::time::{Duration, Instant};

use tallystick_scan::Found;
use tallystick_scan::luma::Luma;

use crate::fine::{Window, laid_finely};
use crate::hint::Hinter;
use crate::overlay::Overlay;
use crate::read::{BUDGET, once_each};
use crate::stage::{FINE, LATER, OVER_MANY, PLAIN, Stage};
use crate::zxing::unread_by_zxing;

pub use crate::hint::Hint;

/// What one more frame of a stream gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sighting {
    /// The codes that are read now; their corners are in pixels of this frame.
    pub codes: Vec<Found>,
    /// What would help, when nothing is read.
    pub hint: Option<Hint>,
}

/// How much may be done for one frame.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// New attempts begin until this has passed.
    Time(Duration),
    /// So many attempts beside the plain one: the same on any machine.
    Attempts(usize),
}

/// The memory of one live stream. It is small, and forgets what it has not seen for a while.
#[derive(Debug, Default)]
pub struct Stream {
    overlay: Overlay,
    hinter: Hinter,
    /// Where a code was seen last that could not be read, and when.
    spot: Option<(Window, Duration)>,
    /// The attempt that is next.
    next: usize,
}

/// One of the dearer attempts.
#[derive(Clone, Copy, Debug)]
enum Attempt {
    /// On the frame itself.
    Alone(Stage),
    /// On a picture made of the last frames.
    Together(Blend, Stage),
    /// On the last so many frames laid finely over one another where a code was seen.
    Finely(usize, Stage),
}

/// How frames become one.
#[derive(Clone, Copy, Debug)]
enum Blend {
    /// The mean of the last so many.
    Mean(usize),
    /// The darkest of the last so many: glare only ever adds light.
    Darkest(usize),
}

impl Stream {
    /// A stream of which nothing was seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the newest frame: one grey byte a pixel, row after row. `at` is when it was taken, on any clock that
    /// only goes forward. A size that does not fit the pixels sees nothing.
    pub fn see(&mut self, luma: &[u8], width: usize, height: usize, at: Duration) -> Sighting {
        self.see_within(luma, width, height, at, Limit::Time(BUDGET))
    }

    /// As [`Stream::see`], with another limit than [`BUDGET`].
    pub fn see_within(
        &mut self,
        luma: &[u8],
        width: usize,
        height: usize,
        at: Duration,
        limit: Limit,
    ) -> Sighting {
        let began = Instant::now();
        let Some(frame) = Luma::new(luma, width, height) else { return Sighting::default() };
        let mut codes = once_each(PLAIN.look(&frame));
        let mut unread = None;
        if codes.is_empty() {
            self.overlay.add(&frame, at);
            unread = unread_by_zxing(&frame);
            self.follow(unread.and_then(|corners| Window::around(&corners, &frame)), at);
            codes = self.try_harder(&frame, at, began, limit);
        }
        if codes.is_empty() {
            let hint = self.hinter.look(&frame, unread, self.overlay.moved(), at);
            return Sighting { codes, hint };
        }
        // What comes next may be another code: nothing of this one is laid over it.
        self.overlay.clear();
        self.hinter.read();
        self.spot = None;
        Sighting { codes, hint: None }
    }

    /// Keeps where a code was seen last that could not be read.
    fn follow(&mut self, seen: Option<Window>, at: Duration) {
        if let Some(window) = seen {
            self.spot = Some((window, at));
        } else if self.spot.is_some_and(|(_, since)| at.saturating_sub(since) > LOST) {
            self.spot = None;
        }
    }

    /// Whether the scene changed within the last two seconds; where nothing moves, every frame is like the last.
    pub fn stirs(&self, at: Duration) -> bool {
        self.overlay.stirs(at)
    }

    fn try_harder(&mut self, frame: &Luma, at: Duration, began: Instant, limit: Limit) -> Vec<Found> {
        for turn in 0..ATTEMPTS.len() {
            let spent = match limit {
                Limit::Time(budget) => began.elapsed() >= budget,
                Limit::Attempts(most) => turn >= most,
            };
            if spent {
                break;
            }
            let attempt = ATTEMPTS[self.next % ATTEMPTS.len()];
            self.next = (self.next + 1) % ATTEMPTS.len();
            let found = match attempt {
                Attempt::Alone(stage) => stage.look(frame),
                Attempt::Together(blend, stage) => {
                    let picture = match blend {
                        Blend::Mean(frames) => self.overlay.mean(frames),
                        Blend::Darkest(frames) => self.overlay.darkest(frames),
                    };
                    picture.map(|picture| stage.look(&picture)).unwrap_or_default()
                }
                Attempt::Finely(frames, stage) => self.finely(at, frames, stage),
            };
            let found = once_each(found);
            if !found.is_empty() {
                tracing::trace!(?attempt, codes = found.len(), "code read");
                return found;
            }
        }
        Vec::new()
    }

    fn finely(&self, at: Duration, frames: usize, stage: Stage) -> Vec<Found> {
        // Where nothing moves, nobody holds a code into the middle.
        let middle = || self.overlay.middle().filter(|_| self.stirs(at));
        let Some(window) = self.spot.map(|(window, _)| window).or_else(middle) else { return Vec::new() };
        let Some(picture) = laid_finely(&self.overlay.parts(frames, window)) else { return Vec::new() };
        let mut found = stage.look(&picture);
        for corner in found.iter_mut().flat_map(|found| &mut found.corners) {
            *corner = window.place(*corner);
        }
        found
    }
}

/// A code that was not seen for so long is elsewhere.
const LOST: Duration = Duration::from_millis(700);

/// The dearer attempts in their turn: the cheap and those over many frames often, the slow ones seldom.
const ATTEMPTS: [Attempt; 17] = [
    Attempt::Together(Blend::Mean(4), OVER_MANY),
    Attempt::Finely(4, FINE),
    Attempt::Alone(LATER[0]),
    Attempt::Alone(LATER[1]),
    Attempt::Together(Blend::Mean(12), OVER_MANY),
    Attempt::Alone(LATER[2]),
    Attempt::Together(Blend::Darkest(8), PLAIN),
    Attempt::Finely(8, FINE),
    Attempt::Alone(LATER[3]),
    Attempt::Together(Blend::Mean(8), LATER[1]),
    Attempt::Alone(LATER[4]),
    Attempt::Together(Blend::Darkest(12), LATER[1]),
    Attempt::Finely(12, FINE),
    Attempt::Together(Blend::Mean(8), LATER[2]),
    Attempt::Alone(LATER[5]),
    Attempt::Together(Blend::Mean(6), LATER[5]),
    Attempt::Alone(LATER[7]),
];
