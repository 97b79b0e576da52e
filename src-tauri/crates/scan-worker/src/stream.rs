//! Reading a live stream: frames after one another of the same scene.

use std::time::Duration;

use tallystick_scan::Found;

use crate::read::{BUDGET, read};

/// What one more frame of a stream gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sighting {
    /// The codes that are read now; their corners are in pixels of this frame.
    pub codes: Vec<Found>,
    /// What would help, when nothing is read.
    pub hint: Option<Hint>,
}

/// What whoever holds the code can do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hint {
    /// The code is too small in the picture.
    Closer,
    /// The code does not fit into the picture.
    Farther,
    /// There is too little light.
    TooDark,
    /// Something shines on the code.
    Glare,
    /// The code moves too fast.
    HoldStill,
}

/// The memory of one live stream. It is small, and forgets what it has not seen for a while.
#[derive(Debug, Default)]
pub struct Stream {}

impl Stream {
    /// A stream of which nothing was seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the newest frame: one grey byte a pixel, row after row. `at` is when it was taken, on any clock that
    /// only goes forward. A size that does not fit the pixels sees nothing.
    pub fn see(&mut self, luma: &[u8], width: usize, height: usize, at: Duration) -> Sighting {
        let _ = at;
        Sighting { codes: read(luma, width, height, BUDGET), hint: None }
    }
}
