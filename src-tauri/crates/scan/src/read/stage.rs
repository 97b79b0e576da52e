//! What the stages are. Their order was measured on webcam-like frames; `tests/frames.rs` prints the outcome.

use super::decode::{by_rqrr, by_rxing};
use super::{Corner, Found};
use crate::luma::{Luma, Threshold};

/// One way of looking at a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage {
    size: Size,
    blurs: u8,
    threshold: Option<Threshold>,
    inverted: bool,
    decoder: Decoder,
    /// Frames with more pixels skip this stage, because it would take too long.
    max_pixels: usize,
}

#[derive(Clone, Copy, Debug)]
enum Size {
    Quarter,
    Half,
    Whole,
    Double,
}

#[derive(Clone, Copy, Debug)]
enum Decoder {
    Rxing,
    Rqrr,
}

impl Stage {
    pub(super) fn look(&self, frame: &Luma) -> Vec<Found> {
        let small = frame.width.min(frame.height) < self.size.least_side();
        if small || frame.pixels.len() > self.max_pixels {
            return Vec::new();
        }
        let mut picture = self.size.of(frame);
        for _ in 0..self.blurs {
            picture = picture.blurred();
        }
        if let Some(threshold) = self.threshold {
            picture = picture.thresholded(threshold);
        }
        if self.inverted {
            picture = picture.inverted();
        }
        let found = match self.decoder {
            Decoder::Rxing => by_rxing(&picture, self.threshold.is_some()),
            Decoder::Rqrr => by_rqrr(&picture),
        };
        found.into_iter().map(|one| self.size.undo(one)).collect()
    }
}

impl Size {
    fn of(self, frame: &Luma) -> Luma {
        match self {
            Self::Quarter => frame.shrunk(4),
            Self::Half => frame.shrunk(2),
            Self::Whole => frame.clone(),
            Self::Double => frame.doubled(),
        }
    }

    /// Puts corners back where they are in the frame.
    fn undo(self, found: Found) -> Found {
        let factor = match self {
            Self::Quarter => 4.0,
            Self::Half => 2.0,
            Self::Whole => 1.0,
            Self::Double => 0.5,
        };
        let corners = found.corners.map(|Corner { x, y }| Corner { x: x * factor, y: y * factor });
        Found { corners, ..found }
    }

    /// Below this a code at this size would have under one pixel a module, or the frame is no camera's.
    fn least_side(self) -> usize {
        match self {
            Self::Quarter => 1000,
            Self::Half => 80,
            Self::Whole | Self::Double => 21,
        }
    }
}

/// The order: gain a millisecond on 1280×720 frames, what was read before discounted.
pub(super) const STAGES: [Stage; 10] = [
    Stage { size: Size::Half, threshold: NEAR, ..PLAIN },
    Stage { blurs: 1, threshold: FAR, ..PLAIN },
    PLAIN,
    Stage { blurs: 1, threshold: FAR, inverted: true, ..PLAIN },
    Stage { threshold: NEAR, ..PLAIN },
    Stage { size: Size::Quarter, threshold: NEAR, ..PLAIN },
    Stage { decoder: Decoder::Rqrr, max_pixels: MAX_RQRR, ..PLAIN },
    Stage { size: Size::Double, threshold: FINE, max_pixels: MAX_DOUBLED, ..PLAIN },
    Stage { size: Size::Double, max_pixels: MAX_DOUBLED, ..PLAIN },
    Stage {
        size: Size::Double,
        blurs: 1,
        threshold: WIDE,
        decoder: Decoder::Rqrr,
        max_pixels: MAX_RQRR,
        ..PLAIN
    },
];

/// The frame as it is, for the best decoder.
const PLAIN: Stage = Stage {
    size: Size::Whole,
    blurs: 0,
    threshold: None,
    inverted: false,
    decoder: Decoder::Rxing,
    max_pixels: usize::MAX,
};

/// For modules of two to six pixels.
const NEAR: Option<Threshold> = Some(Threshold { radius: 15, margin: 3 });

/// For modules of four to ten pixels, and for weak contrast.
const FAR: Option<Threshold> = Some(Threshold { radius: 25, margin: 3 });

/// For edges that defocus has smeared over several modules, at double size.
const FINE: Option<Threshold> = Some(Threshold { radius: 15, margin: 1 });

/// For everything else at double size.
const WIDE: Option<Threshold> = Some(Threshold { radius: 50, margin: 2 });

/// A full-HD frame doubled takes about 100 ms.
const MAX_DOUBLED: usize = 2_500_000;

/// rqrr copies the picture for every pair of corners it tries, so its pictures are kept small.
const MAX_RQRR: usize = 2_500_000;
