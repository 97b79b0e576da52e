//! What would help, judged by frames after one another, and said only when it holds for a while.

use std::time::Duration;

use tallystick_scan::Corner;
use tallystick_scan::luma::Luma;

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

/// A hint is said after it held for this long, and stays for as long.
const HOLDS: Duration = Duration::from_millis(600);

/// What was seen, and what is said of it.
#[derive(Debug, Default)]
pub(crate) struct Hinter {
    /// What the last frames ask for, and since when.
    wanted: Option<(Option<Hint>, Duration)>,
    said: Option<(Hint, Duration)>,
}

impl Hinter {
    /// Takes in a frame in which a code was read.
    pub(crate) fn read(&mut self) {
        *self = Self::default();
    }

    /// Takes in a frame in which none was: the corners of one that is there all the same, and how far the scene has
    /// moved.
    pub(crate) fn look(
        &mut self,
        frame: &Luma,
        unread: Option<[Corner; 4]>,
        moved: Option<f64>,
        at: Duration,
    ) -> Option<Hint> {
        let now = unread.and_then(|corners| wanted(frame, corners, moved));
        let since = match self.wanted {
            Some((before, since)) if before == now => since,
            _ => at,
        };
        self.wanted = Some((now, since));
        let held = at.saturating_sub(since) >= HOLDS;
        match (now, self.said) {
            (Some(hint), _) if held => self.said = Some((hint, at)),
            (None, Some((_, last))) if at.saturating_sub(last) >= HOLDS => self.said = None,
            _ => {}
        }
        self.said.map(|(hint, _)| hint)
    }
}

/// What this frame alone asks for.
fn wanted(frame: &Luma, corners: [Corner; 4], moved: Option<f64>) -> Option<Hint> {
    let (xs, ys) = (corners.map(|corner| corner.x), corners.map(|corner| corner.y));
    let (left, right) = (least(&xs), -least(&xs.map(|x| -x)));
    let (top, bottom) = (least(&ys), -least(&ys.map(|y| -y)));
    let (wide, high) = (real(frame.width), real(frame.height));
    let edge = 0.01 * wide;
    if left < edge || top < edge || right > wide - edge || bottom > high - edge {
        return Some(Hint::Farther);
    }
    if moved.is_some_and(|moved| moved > FAST) {
        return Some(Hint::HoldStill);
    }
    if washed_out(frame, (left, top, right, bottom)) > GLARING {
        return Some(Hint::Glare);
    }
    None
}

/// A part of the picture's width that a code may move in a frame.
const FAST: f64 = 0.02;

/// A part of the code without any dark in it.
const GLARING: f64 = 0.06;

/// The part of a box in which blocks hold nothing but the brightest light.
fn washed_out(frame: &Luma, (left, top, right, bottom): (f64, f64, f64, f64)) -> f64 {
    let side = ((right - left) / 10.0).max(4.0);
    let (mut blocks, mut bright) = (0.0, 0.0);
    for row in 1..9 {
        for column in 1..9 {
            let (x, y) = (left + side * f64::from(column), top + (bottom - top) / 10.0 * f64::from(row));
            blocks += 1.0;
            if darkest(frame, x, y, side) > WASHED {
                bright += 1.0;
            }
        }
    }
    bright / blocks
}

/// No module stays darker than this where a lamp shines on it.
const WASHED: u8 = 225;

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped into the picture"
)]
fn darkest(frame: &Luma, x: f64, y: f64, side: f64) -> u8 {
    let inside = |at: f64, most: usize| at.clamp(0.0, real(most)) as usize;
    let (from, to) = (inside(x, frame.width), inside(x + side, frame.width));
    let rows = inside(y, frame.height)..inside(y + side, frame.height);
    rows.flat_map(|row| frame.pixels[row * frame.width + from..row * frame.width + to].iter())
        .copied()
        .min()
        .unwrap_or(0)
}

fn least(all: &[f64]) -> f64 {
    all.iter().copied().fold(f64::INFINITY, f64::min)
}

fn real(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}
