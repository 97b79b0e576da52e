//! Drawing: text → modules → SVG or PNG.

use std::fmt::Write as _;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _};
use qrcode::bits::Bits;
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode, Version};

/// How a code is to be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How much damage the code is to survive.
    pub correction: Correction,
}

/// Who chooses the error level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correction {
    /// M where the code stays small enough for a webcam, else L, or M after all where that costs no size.
    #[default]
    BySize,
    /// This level, for paper and stickers.
    Fixed(Level),
}

/// The part of a code that may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 7 %.
    L,
    /// 15 %.
    M,
    /// 25 %.
    Q,
    /// 30 %.
    H,
}

/// A code, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    dark: Vec<bool>,
    modules: u32,
    version: u32,
    level: Level,
}

/// Why there is no picture of a code.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The person's: more text than the largest code holds at this level.
    #[error("{bytes} bytes of text are more than a code holds")]
    TooLong {
        /// The length given.
        bytes: usize,
    },
    /// The caller's: a code shows some text.
    #[error("there is no text to draw")]
    Empty,
    /// The caller's: fewer pixels than modules, or an absurdly large picture.
    #[error("a picture of this code has {least} to {MAX_PIXELS} pixels a side")]
    BadSize {
        /// The fewest pixels a side.
        least: u32,
    },
    /// Ours: the picture could not be encoded.
    #[error("the picture could not be encoded")]
    Encode(#[source] image::ImageError),
}

/// Draws a text. The same text and options always give the same code.
///
/// # Errors
/// [`DrawError::Empty`] and [`DrawError::TooLong`].
pub fn draw(text: &str, options: &Options) -> Result<Code, DrawError> {
    if text.is_empty() {
        return Err(DrawError::Empty);
    }
    let (code, level) = match options.correction {
        Correction::Fixed(level) => (encode(text, level)?, level),
        Correction::BySize => encode_by_size(text)?,
    };
    let modules = u32::try_from(code.width()).expect("a code has at most 177 modules a side");
    Ok(Code {
        modules,
        version: (modules - 17) / 4,
        level,
        dark: code.into_colors().into_iter().map(|color| color == Color::Dark).collect(),
    })
}

impl Code {
    /// Modules a side, without the quiet zone.
    pub fn modules(&self) -> u32 {
        self.modules
    }

    /// The version, 1 to 40. Webcams read up to about 11 with ease.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The error level in use.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The code as one SVG path in module units, black on white, with its quiet zone. Holds nothing of the text.
    pub fn svg(&self) -> String {
        let side = self.modules + 2 * QUIET_ZONE;
        let mut svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><rect width="{side}" height="{side}" fill="#fff"/><path shape-rendering="crispEdges" fill="#000" d=""##
        );
        for (row, y) in self.rows().zip(QUIET_ZONE..) {
            for (start, len) in runs(row) {
                write!(svg, "M{} {y}h{len}v1h-{len}z", start + QUIET_ZONE)
                    .expect("writing to a string does not fail");
            }
        }
        svg.push_str(r#""/></svg>"#);
        svg
    }

    /// The code as a greyscale PNG of exactly `side` × `side` pixels: whole pixels a module, white around.
    ///
    /// # Errors
    /// [`DrawError::BadSize`] when a module would be smaller than a pixel or the picture absurdly large.
    pub fn png(&self, side: u32) -> Result<Vec<u8>, DrawError> {
        let least = self.modules + 2 * QUIET_ZONE;
        if !(least..=MAX_PIXELS).contains(&side) {
            return Err(DrawError::BadSize { least });
        }
        let scale = side / least;
        let margin = (side - self.modules * scale) / 2;

        let blank = vec![WHITE; index(side)];
        let mut pixels = Vec::with_capacity(blank.len() * blank.len());
        let mut lines = vec![blank.clone(); index(margin)];
        for row in self.rows() {
            let mut line = blank.clone();
            for (start, len) in runs(row) {
                let from = index(margin + start * scale);
                line[from..from + index(len * scale)].fill(BLACK);
            }
            lines.extend(std::iter::repeat_n(line, index(scale)));
        }
        lines.resize(blank.len(), blank);
        lines.iter().for_each(|line| pixels.extend_from_slice(line));

        let mut png = Vec::new();
        PngEncoder::new(&mut png)
            .write_image(&pixels, side, side, ExtendedColorType::L8)
            .map_err(DrawError::Encode)?;
        Ok(png)
    }

    fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks_exact(index(self.modules))
    }
}

/// The runs of dark modules of a row, as start and length.
fn runs(row: &[bool]) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for (x, _) in (0..).zip(row).filter(|(_, dark)| **dark) {
        match runs.last_mut() {
            Some((start, len)) if *start + *len == x => *len += 1,
            _ => runs.push((x, 1)),
        }
    }
    runs
}

fn encode_by_size(text: &str) -> Result<(QrCode, Level), DrawError> {
    let medium = encode(text, Level::M);
    if let Ok(code) = &medium
        && code.width() <= MAX_EASY_MODULES
    {
        return medium.map(|code| (code, Level::M));
    }
    let low = encode(text, Level::L)?;
    match medium {
        Ok(code) if code.width() == low.width() => Ok((code, Level::M)),
        Ok(_) | Err(_) => Ok((low, Level::L)),
    }
}

fn encode(text: &str, level: Level) -> Result<QrCode, DrawError> {
    let too_long = |_: QrError| DrawError::TooLong { bytes: text.len() };
    let correction = match level {
        Level::L => EcLevel::L,
        Level::M => EcLevel::M,
        Level::Q => EcLevel::Q,
        Level::H => EcLevel::H,
    };
    if text.is_ascii() {
        return QrCode::with_error_correction_level(text, correction).map_err(too_long);
    }
    // Two bytes of UTF-8 can look like Shift JIS, and the library would pack them as Kanji, which readers then
    // translate into other letters. So: bytes, announced as UTF-8.
    let mut tried = Err(QrError::DataTooLong);
    for version in 1..=40 {
        tried = in_bytes(text, Version::Normal(version), correction);
        if tried.is_ok() {
            break;
        }
    }
    tried.map_err(too_long)
}

fn in_bytes(text: &str, version: Version, correction: EcLevel) -> Result<QrCode, QrError> {
    let mut bits = Bits::new(version);
    bits.push_eci_designator(ECI_UTF8)?;
    bits.push_byte_data(text.as_bytes())?;
    bits.push_terminator(correction)?;
    QrCode::with_bits(bits, correction)
}

fn index(n: u32) -> usize {
    usize::try_from(n).expect("pictures are bounded far below the address space")
}

/// White modules around a code that the standard asks for.
pub const QUIET_ZONE: u32 = 4;

/// Version 11: what webcams read with ease from a screen (ux.md 3.5).
const MAX_EASY_MODULES: usize = 61;

/// More than any printer needs, and 64 MB in memory.
const MAX_PIXELS: u32 = 8192;

/// The assignment number of UTF-8 among the Extended Channel Interpretations.
const ECI_UTF8: u32 = 26;

const WHITE: u8 = 255;

const BLACK: u8 = 0;
