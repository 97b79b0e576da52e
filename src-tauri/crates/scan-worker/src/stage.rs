//! What the stages are, in the order in which they are tried.

use tallystick_scan::decode::{by_rqrr, by_rxing};
use tallystick_scan::luma::{Luma, Threshold};
use tallystick_scan::{Corner, Found};

use crate::zxing::{Effort, by_zxing};

/// One way of looking at a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage {
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
    Half,
    Whole,
    Double,
}

#[derive(Clone, Copy, Debug)]
enum Decoder {
    Zxing(Effort),
    Rxing,
    Rqrr,
}

impl Stage {
    pub(crate) fn look(&self, frame: &Luma) -> Vec<Found> {
        if frame.width.min(frame.height) < MIN_SIDE || frame.pixels.len() > self.max_pixels {
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
        let bilevel = self.threshold.is_some();
        let found = match self.decoder {
            Decoder::Zxing(effort) => by_zxing(&picture, bilevel, effort),
            Decoder::Rxing => by_rxing(&picture, bilevel),
            Decoder::Rqrr => by_rqrr(&picture),
        };
        found.into_iter().map(|one| self.size.undo(one)).collect()
    }
}

impl Size {
    fn of(self, frame: &Luma) -> Luma {
        match self {
            Self::Half => frame.shrunk(2),
            Self::Whole => frame.clone(),
            Self::Double => frame.doubled(),
        }
    }

    /// Puts corners back where they are in the frame.
    fn undo(self, found: Found) -> Found {
        let factor = match self {
            Self::Half => 2.0,
            Self::Whole => 1.0,
            Self::Double => 0.5,
        };
        let corners = found.corners.map(|Corner { x, y }| Corner { x: x * factor, y: y * factor });
        Found { corners, ..found }
    }
}

/// The order: the best decoder on the frame as it is, then what is cheap, then what is thorough.
pub(crate) const STAGES: [Stage; 8] = [
    PLAIN,
    Stage { blurs: 1, threshold: FAR, decoder: ONCE, ..PLAIN },
    Stage { size: Size::Half, threshold: NEAR, decoder: ONCE, ..PLAIN },
    Stage { blurs: 1, threshold: FAR, inverted: true, decoder: ONCE, ..PLAIN },
    Stage { size: Size::Double, threshold: FINE, decoder: ONCE, max_pixels: MAX_THOROUGH, ..PLAIN },
    Stage { size: Size::Double, blurs: 1, threshold: WIDE, decoder: ONCE, max_pixels: MAX_THOROUGH, ..PLAIN },
    Stage { decoder: Decoder::Rqrr, max_pixels: MAX_THOROUGH, ..PLAIN },
    Stage { blurs: 1, threshold: FAR, decoder: Decoder::Rxing, max_pixels: MAX_THOROUGH, ..PLAIN },
];

/// The frame as it is, for the best decoder.
const PLAIN: Stage = Stage {
    size: Size::Whole,
    blurs: 0,
    threshold: None,
    inverted: false,
    decoder: Decoder::Zxing(Effort::Everything),
    max_pixels: usize::MAX,
};

const ONCE: Decoder = Decoder::Zxing(Effort::Once);

/// For modules of two to six pixels.
const NEAR: Option<Threshold> = Some(Threshold { radius: 15, margin: 3 });

/// For modules of four to ten pixels, and for weak contrast.
const FAR: Option<Threshold> = Some(Threshold { radius: 25, margin: 3 });

/// For edges that defocus has smeared over several modules, at double size.
const FINE: Option<Threshold> = Some(Threshold { radius: 15, margin: 1 });

/// For everything else at double size.
const WIDE: Option<Threshold> = Some(Threshold { radius: 50, margin: 2 });

/// A full-HD frame: doubled, it takes about 100 ms.
const MAX_THOROUGH: usize = 2_500_000;

/// The smallest code there is, a pixel a module.
const MIN_SIDE: usize = 21;
