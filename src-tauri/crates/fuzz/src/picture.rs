//! **A picture file from a stranger.** Whatever its bytes: what reaches the decoders fits its size and is no larger than
//! allowed, and nothing does of a file that is refused; an SVG is never drawn; and no text is found but the one that is
//! in the pictures the fuzzer begins with.

use std::cell::Cell;
use std::time::Duration;

use tallystick_scan::{ImageError, ImageLimits, read_image_by};

use crate::fence;

/// What the pictures in the corpus say.
const TEXT: &str = "tallystick";

const LIMITS: ImageLimits = ImageLimits { bytes: 60_000, pixels: 100_000, budget: Duration::from_secs(1) };

pub(crate) fn run(bytes: &[u8]) {
    fence::leave_to_the_decoders();
    let looked = Cell::new(0_usize);
    let look = |pixels: &[u8], width: usize, height: usize, budget: Duration| {
        looked.set(looked.get() + 1);
        assert_eq!(width.checked_mul(height), Some(pixels.len()), "a size that does not fit");
        assert!(u64::try_from(pixels.len()).unwrap() <= LIMITS.pixels, "more pixels than allowed");
        tallystick_scan_worker::read(pixels, width, height, budget)
    };

    let found = read_image_by(bytes, &LIMITS, look);

    assert_eq!(
        looked.get(),
        usize::from(found.is_ok()),
        "a refused picture was looked at, or an accepted one not"
    );
    if bytes.len() > LIMITS.bytes {
        assert!(matches!(found, Err(ImageError::TooLarge)));
    }
    if bytes.starts_with(b"<svg") {
        assert!(matches!(found, Err(ImageError::Svg | ImageError::TooLarge)));
    }
    for code in found.unwrap_or_default() {
        assert_eq!(code.text, TEXT, "a text that nobody drew");
    }
}
