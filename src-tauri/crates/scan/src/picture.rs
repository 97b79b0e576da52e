//! Reading files: pictures that people drop, paste or choose.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use crate::luma::Luma;
use crate::read::{Corner, Found, read};

/// How much a picture may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageLimits {
    /// The largest file, in bytes.
    pub bytes: usize,
    /// The largest picture, in pixels; checked before any is decoded.
    pub pixels: u64,
    /// The time for looking, after decoding.
    pub budget: Duration,
}

impl Default for ImageLimits {
    /// 16 MiB, 50 megapixels (a large phone photo), 5 seconds.
    fn default() -> Self {
        Self { bytes: 16 << 20, pixels: 50_000_000, budget: Duration::from_secs(5) }
    }
}

/// Why a file could not be looked at. A picture without a code is no error.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Not a picture of a kind we read (PNG, JPEG, WebP, GIF, BMP), or a broken one.
    #[error("the picture cannot be read")]
    Unreadable(#[source] Option<image::ImageError>),
    /// More bytes or pixels than allowed.
    #[error("the picture is too large")]
    TooLarge,
    /// An SVG: it can carry scripts and links, so it is never rendered.
    #[error("the picture is an SVG, which is not read")]
    Svg,
}

/// Finds the codes in a picture file, whose kind is told by its content.
///
/// Of an animation the first frame is read. What is transparent counts as white. Files come from strangers: as with
/// [`read`], a caller that minds a stalled stage runs this where it can be killed.
///
/// # Errors
/// [`ImageError`]; a picture without a code gives an empty list.
pub fn read_image(bytes: &[u8], limits: &ImageLimits) -> Result<Vec<Found>, ImageError> {
    read_image_by(bytes, limits, read)
}

/// As [`read_image`], with another reader of grey frames than [`read`]: pixels, width, height and budget to codes.
///
/// # Errors
/// As [`read_image`].
pub fn read_image_by(
    bytes: &[u8],
    limits: &ImageLimits,
    reader: impl Fn(&[u8], usize, usize, Duration) -> Vec<Found>,
) -> Result<Vec<Found>, ImageError> {
    if bytes.len() > limits.bytes {
        return Err(ImageError::TooLarge);
    }
    let format = match image::guess_format(bytes) {
        Ok(format) if KINDS.contains(&format) => format,
        Ok(_) | Err(_) if is_svg(bytes) => return Err(ImageError::Svg),
        Ok(_) => return Err(ImageError::Unreadable(None)),
        Err(error) => return Err(ImageError::Unreadable(Some(error))),
    };
    let decoded = catch_unwind(AssertUnwindSafe(|| decode(bytes, format, limits)));
    let frame = decoded.unwrap_or(Err(ImageError::Unreadable(None)))?;

    let factor = shrink_factor(frame.pixels.len());
    if factor == 1 {
        return Ok(reader(&frame.pixels, frame.width, frame.height, limits.budget));
    }
    let small = frame.shrunk(factor);
    let found = reader(&small.pixels, small.width, small.height, limits.budget);
    Ok(found.into_iter().map(|one| enlarged(one, factor)).collect())
}

/// Decodes a picture to grey, its size checked first.
fn decode(bytes: &[u8], format: ImageFormat, limits: &ImageLimits) -> Result<Luma, ImageError> {
    let (width, height) = reader(bytes, format).into_dimensions().map_err(blame)?;
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(ImageError::TooLarge);
    }
    let picture = reader(bytes, format).decode().map_err(blame)?;
    let pixels = grey(picture);
    let (width, height) = (usize::try_from(width), usize::try_from(height));
    match (width, height) {
        (Ok(width), Ok(height)) if width * height == pixels.len() => Ok(Luma { pixels, width, height }),
        _ => Err(ImageError::Unreadable(None)),
    }
}

fn reader(bytes: &[u8], format: ImageFormat) -> ImageReader<Cursor<&[u8]>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut memory = Limits::default();
    memory.max_alloc = Some(MAX_DECODER_MEMORY);
    reader.limits(memory);
    reader
}

fn blame(error: image::ImageError) -> ImageError {
    match error {
        image::ImageError::Limits(_) => ImageError::TooLarge,
        other => ImageError::Unreadable(Some(other)),
    }
}

/// Grey pixels, laid over white where they are transparent.
fn grey(picture: DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_luma8().into_raw();
    }
    let over_white = |pixel: &image::LumaA<u8>| {
        let [grey, alpha] = pixel.0.map(u16::from);
        let mixed = (grey * alpha + 255 * (255 - alpha)) / 255;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    picture.into_luma_alpha8().pixels().map(over_white).collect()
}

/// Whether this is the text of an SVG, as far as its beginning tells.
fn is_svg(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(SVG_START)];
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('<') && text.contains("<svg")
}

/// By how much a picture is shrunk before it is looked at.
fn shrink_factor(pixels: usize) -> usize {
    (1..).find(|factor| pixels / (factor * factor) <= MAX_READ).unwrap_or(1)
}

fn enlarged(found: Found, factor: usize) -> Found {
    let factor = f64::from(u32::try_from(factor).unwrap_or(1));
    let corners = found.corners.map(|Corner { x, y }| Corner { x: x * factor, y: y * factor });
    Found { corners, ..found }
}

/// The kinds that are read.
const KINDS: [ImageFormat; 5] =
    [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp];

/// 50 megapixels of 16-bit RGBA, and as much again for the decoder itself.
const MAX_DECODER_MEMORY: u64 = 800 << 20;

/// What is looked at in full: a 4K screenshot, whose modules can be two pixels wide. Photos have pixels to spare.
const MAX_READ: usize = 9_000_000;

/// An SVG names itself early, after a declaration and perhaps a comment.
const SVG_START: usize = 4096;
