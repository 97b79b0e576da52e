//! zxing-cpp, fenced in: the best reader measured, and written in a language without memory safety.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tallystick_scan::luma::Luma;
use tallystick_scan::{Corner, Found};
use zxingcpp::{BarcodeFormat, BarcodeReader, Binarizer, ImageFormat, ImageView};

/// The codes that people know. The library means by `QRCode` also Micro QR, whose smallest ones have so little correction
/// that noise reads as a number of four digits.
const ORDINARY: [BarcodeFormat; 1] = [BarcodeFormat::QRCodeModel2];

/// How much zxing-cpp tries by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effort {
    /// The picture once.
    Once,
    /// What the library does when nothing is said: harder, inverted, and at half sizes too.
    Everything,
}

/// The codes that zxing-cpp finds. `bilevel` says that the picture is black and white already.
pub fn by_zxing(picture: &Luma, bilevel: bool, effort: Effort) -> Vec<Found> {
    let look = || {
        let Ok(view) =
            ImageView::from_slice(&picture.pixels, picture.width, picture.height, ImageFormat::Lum)
        else {
            return Vec::new();
        };
        let everything = effort == Effort::Everything;
        let reader = BarcodeReader::new()
            .formats(ORDINARY)
            .try_harder(true)
            .try_rotate(everything)
            .try_invert(everything)
            .try_downscale(everything)
            .binarizer(if bilevel { Binarizer::FixedThreshold } else { Binarizer::LocalAverage });
        let codes = reader.from(view).unwrap_or_default();
        codes.iter().filter(|code| code.is_valid()).filter_map(found).collect()
    };
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| {
        tracing::warn!(decoder = "zxing", "a decoder panicked over a picture");
        Vec::new()
    })
}

/// Where zxing-cpp sees a code that it cannot read: its corners, as it is turned.
pub(crate) fn unread_by_zxing(picture: &Luma) -> Option<[Corner; 4]> {
    let look = || {
        let format = ImageFormat::Lum;
        let view = ImageView::from_slice(&picture.pixels, picture.width, picture.height, format).ok()?;
        let reader = BarcodeReader::new()
            .formats(ORDINARY)
            .try_rotate(false)
            .try_invert(false)
            .try_downscale(false)
            .return_errors(true);
        let codes = reader.from(view).unwrap_or_default();
        codes.iter().find(|code| !code.is_valid()).map(corners)
    };
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_default()
}

fn found(code: &zxingcpp::Barcode) -> Option<Found> {
    // The library guesses a character set for its text; the bytes are what was encoded.
    let text = String::from_utf8(code.bytes()).ok().filter(|text| !text.is_empty())?;
    Some(Found { text, corners: corners(code) })
}

fn corners(code: &zxingcpp::Barcode) -> [Corner; 4] {
    let at = code.position();
    [at.top_left, at.top_right, at.bottom_right, at.bottom_left]
        .map(|point| Corner { x: point.x.into(), y: point.y.into() })
}
