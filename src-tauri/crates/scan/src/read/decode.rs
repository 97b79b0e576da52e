//! The decoders, fenced in: whatever a picture does to them, they give codes or nothing.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rqrr::PreparedImage;
use rxing::common::{GlobalHistogramBinarizer, HybridBinarizer};
use rxing::multi::MultipleBarcodeReader as _;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BarcodeFormat, Binarizer, BinaryBitmap, DecodeHints, Luma8Source, RXingResult};

use super::{Corner, Found};
use crate::luma::Luma;

/// rxing, a port of the best reader measured. `bilevel` says that the picture is black and white already.
pub fn by_rxing(picture: &Luma, bilevel: bool) -> Vec<Found> {
    let (Ok(width), Ok(height)) = (u32::try_from(picture.width), u32::try_from(picture.height)) else {
        return Vec::new();
    };
    fenced("rxing", || {
        let Ok(source) = Luma8Source::new_with_slice(&picture.pixels, width, height) else {
            return Vec::new();
        };
        if bilevel {
            rxing_over(GlobalHistogramBinarizer::new(source))
        } else {
            rxing_over(HybridBinarizer::new(source))
        }
    })
}

/// rqrr, which reads some codes in perspective that rxing does not.
pub fn by_rqrr(picture: &Luma) -> Vec<Found> {
    fenced("rqrr", || {
        let mut prepared = PreparedImage::prepare_from_greyscale(picture.width, picture.height, |x, y| {
            picture.pixels[y * picture.width + x]
        });
        let grids = prepared.detect_grids();
        grids
            .iter()
            .filter_map(|grid| {
                let (_, text) = grid.decode().ok()?;
                let corners = grid.bounds.map(|p| Corner { x: f64::from(p.x), y: f64::from(p.y) });
                worth_showing(Found { text, corners })
            })
            .collect()
    })
}

fn rxing_over<B: Binarizer>(binarizer: B) -> Vec<Found> {
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some(HashSet::from([BarcodeFormat::QR_CODE])),
        ..DecodeHints::default()
    };
    let results = QrReader.decode_multiple_with_hints(&mut BinaryBitmap::new(binarizer), &hints);
    results.unwrap_or_default().iter().filter_map(found).collect()
}

fn found(result: &RXingResult) -> Option<Found> {
    // The library guesses a character set for its text; the bytes are what was encoded.
    let text = String::from_utf8(result.getRawBytes().to_vec()).ok()?;
    // The library goes row by row; ours go round.
    let [top_left, top_right, bottom_left, bottom_right] = result.getPoints() else { return None };
    let corners = [top_left, top_right, bottom_right, bottom_left]
        .map(|p| Corner { x: f64::from(p.x), y: f64::from(p.y) });
    worth_showing(Found { text, corners })
}

fn worth_showing(found: Found) -> Option<Found> {
    (!found.text.is_empty()).then_some(found)
}

/// Runs a decoder so that its panics end here.
fn fenced(name: &'static str, decoder: impl FnOnce() -> Vec<Found>) -> Vec<Found> {
    catch_unwind(AssertUnwindSafe(decoder)).unwrap_or_else(|_| {
        tracing::warn!(decoder = name, "a decoder panicked over a picture");
        Vec::new()
    })
}
