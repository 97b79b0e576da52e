//! Reading one frame inside a budget.

use std::time::{Duration, Instant};

use tallystick_scan::Found;
use tallystick_scan::luma::Luma;

use crate::stage::{LATER, PLAIN};

/// What a frame of a live stream may take: with the stage that is under way when it ends, under 80 ms (ADR 16).
pub const BUDGET: Duration = Duration::from_millis(35);

/// Finds the codes in a grey frame: one byte a pixel, row after row.
///
/// Stages run until one has found something or the budget is spent; the first runs in any case, and none is
/// interrupted. Each text is given once. Texts that are not UTF-8 are left out. A size that does not fit the pixels
/// finds nothing; what a picture does to a decoder written in Rust ends at its fence, and what it does to the one in
/// C++ ends with the process, which is why this runs in one of its own.
pub fn read(luma: &[u8], width: usize, height: usize, budget: Duration) -> Vec<Found> {
    let Some(frame) = Luma::new(luma, width, height) else { return Vec::new() };
    let began = Instant::now();
    for (turn, stage) in std::iter::once(&PLAIN).chain(&LATER).enumerate() {
        if turn > 0 && began.elapsed() >= budget {
            break;
        }
        let found = once_each(stage.look(&frame));
        if !found.is_empty() {
            tracing::trace!(turn, codes = found.len(), "code read");
            return found;
        }
    }
    Vec::new()
}

/// For a fuzzer: the first two bytes say how wide the frame is that the others fill, and all stages look at it.
pub fn fuzz(bytes: &[u8]) {
    let [low, high, pixels @ ..] = bytes else { return };
    let width = usize::from(u16::from_le_bytes([*low, *high]) % MAX_FUZZED_WIDTH) + 1;
    let height = pixels.len() / width;
    let _ = read(&pixels[..width * height], width, height, Duration::MAX);
}

pub(crate) fn once_each(all: Vec<Found>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::with_capacity(all.len());
    for one in all {
        if !found.iter().any(|other| other.text == one.text) {
            found.push(one);
        }
    }
    found
}

/// Wide enough for every path, small enough that a fuzzer's inputs have rows.
const MAX_FUZZED_WIDTH: u16 = 512;
