//! What the stages are, in the order in which they are tried.

use std::borrow::Cow;

use tallystick_scan::decode::{by_rqrr, by_rxing};
use tallystick_scan::luma::{Luma, Threshold};
use tallystick_scan::{Corner, Found};

use crate::zxing::{Effort, by_zxing};

/// One way of looking at a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage {
    size: Size,
    blurs: u8,
    sharpened: bool,
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
            picture = Cow::Owned(picture.blurred());
        }
        if self.sharpened {
            picture = Cow::Owned(picture.sharpened());
        }
        if let Some(threshold) = self.threshold {
            picture = Cow::Owned(picture.thresholded(threshold));
        }
        if self.inverted {
            picture = Cow::Owned(picture.into_owned().inverted());
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
    fn of(self, frame: &Luma) -> Cow<'_, Luma> {
        match self {
            Self::Half => Cow::Owned(frame.shrunk(2)),
            Self::Whole => Cow::Borrowed(frame),
            Self::Double => Cow::Owned(frame.doubled()),
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

/// The order: gain a millisecond on webcam-like frames, what was read before discounted (ADR 16). Softening gains more
/// than anything else, in the noise of dark rooms above all; sharpening and undoing the motion gained nothing.
pub(crate) const LATER: [Stage; 8] = [
    Stage { blurs: 1, decoder: ONCE, ..PLAIN },
    Stage { blurs: 1, threshold: NEAR, decoder: ONCE, ..PLAIN },
    Stage { blurs: 1, threshold: SMEARED, decoder: ONCE, ..PLAIN },
    Stage { blurs: 1, threshold: WIDE, decoder: ONCE, ..PLAIN },
    Stage { blurs: 1, threshold: NEAR, inverted: true, decoder: ONCE, ..PLAIN },
    Stage { size: Size::Double, threshold: THOROUGH, decoder: ONCE, max_pixels: MAX_THOROUGH, ..PLAIN },
    Stage { decoder: Decoder::Rqrr, max_pixels: MAX_THOROUGH, ..PLAIN },
    Stage { size: Size::Half, threshold: NEAR, decoder: Decoder::Rxing, ..PLAIN },
];

/// The frame as it is, for the best decoder.
pub(crate) const PLAIN: Stage = Stage {
    size: Size::Whole,
    blurs: 0,
    sharpened: false,
    threshold: None,
    inverted: false,
    decoder: Decoder::Zxing(Effort::Everything),
    max_pixels: usize::MAX,
};

/// For a picture made of many frames: little noise is left in it.
pub(crate) const OVER_MANY: Stage = Stage { decoder: ONCE, ..PLAIN };

/// For such a picture at twice the frame's size: soft, since hands turn as well, and nearly without noise.
pub(crate) const FINE: Stage = Stage { sharpened: true, decoder: ONCE, ..PLAIN };

const ONCE: Decoder = Decoder::Zxing(Effort::Once);

/// For modules of two to six pixels.
const NEAR: Option<Threshold> = Some(Threshold { radius: 15, margin: 3 });

/// For edges that defocus has smeared over several modules.
const SMEARED: Option<Threshold> = Some(Threshold { radius: 8, margin: 3 });

/// For large modules, and for weak contrast.
const WIDE: Option<Threshold> = Some(Threshold { radius: 50, margin: 2 });

/// For what is small and smeared at once, at double size.
const THOROUGH: Option<Threshold> = Some(Threshold { radius: 30, margin: 1 });

/// A full-HD frame: doubled, it takes about 100 ms.
const MAX_THOROUGH: usize = 2_500_000;

/// The smallest code there is, a pixel a module.
const MIN_SIDE: usize = 21;
