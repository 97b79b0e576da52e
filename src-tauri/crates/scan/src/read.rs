//! Reading: stages of preparation and decoding, in order of measured gain a millisecond, inside a budget.

use std::time::{Duration, Instant};

use crate::luma::Luma;

pub mod decode;
mod stage;

use stage::STAGES;

/// One code in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it says: a claim by a stranger.
    pub text: String,
    /// Where it is: top left, top right, bottom right and bottom left as the code itself is turned.
    pub corners: [Corner; 4],
}

/// A place in a picture, in pixels from its top left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corner {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// Finds the codes in a grey frame: one byte a pixel, row after row.
///
/// Stages run until one has found something or the budget is spent; the first runs in any case. A stage is not
/// interrupted, so a hostile frame can overrun the budget by the time of one stage, and a caller that faces strangers
/// runs this where it can be killed. Each text is given once. Texts that are not UTF-8 are left out.
///
/// Nothing in a frame makes this panic; a size that does not fit the pixels finds nothing.
pub fn read(luma: &[u8], width: usize, height: usize, budget: Duration) -> Vec<Found> {
    let Some(frame) = Luma::new(luma, width, height) else { return Vec::new() };
    let began = Instant::now();
    for (turn, stage) in STAGES.iter().enumerate() {
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

fn once_each(all: Vec<Found>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::with_capacity(all.len());
    for one in all {
        if !found.iter().any(|other| other.text == one.text) {
            found.push(one);
        }
    }
    found
}
