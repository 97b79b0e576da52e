//! Codes on the pages of a PDF: invitations and bills come as such.
//!
//! Pages are drawn by a library without unsafe code, and nothing in them is run: it knows no scripts and follows no links.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use tallystick_scan::luma::Luma;
use tallystick_scan::{Found, ImageError, ImageLimits};

use crate::read::read;

/// Whoever sends a book does not send a code.
const MOST_PAGES: usize = 8;

/// Pixels along the longer side of a page: 250 to the inch on an A4 sheet.
const LONG_SIDE: f32 = 2_900.0;

/// Finds the codes on the first page of a PDF that has any, among the first eight.
///
/// # Errors
/// [`ImageError::TooLarge`]; [`ImageError::Unreadable`] where it is broken or asks for a password. A file without a
/// code gives an empty list.
pub fn read_pdf(bytes: Vec<u8>, limits: &ImageLimits) -> Result<Vec<Found>, ImageError> {
    if bytes.len() > limits.bytes {
        return Err(ImageError::TooLarge);
    }
    let look = || {
        let pdf = Pdf::new(bytes).map_err(|_| ImageError::Unreadable(None))?;
        let cache = RenderCache::new();
        let pages = pdf.pages().iter().take(MOST_PAGES).filter_map(|page| drawn(page, &cache));
        let codes = pages.map(|page| read(&page.pixels, page.width, page.height, limits.budget));
        Ok(codes.into_iter().find(|found| !found.is_empty()).unwrap_or_default())
    };
    catch_unwind(AssertUnwindSafe(look)).unwrap_or(Err(ImageError::Unreadable(None)))
}

/// A page in grey on white; nothing where it has no size.
fn drawn<'a>(page: &'a Page<'a>, cache: &RenderCache<'a>) -> Option<Luma> {
    let (width, height) = page.render_dimensions();
    let long = width.max(height);
    if !(long.is_finite() && width.min(height) >= 1.0) {
        return None;
    }
    let scale = LONG_SIDE / long;
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let drawn = render(page, cache, &InterpreterSettings::default(), &RenderSettings::default(), &settings);
    // The weights of red, green and blue in what eyes call bright (ITU-R BT.601), in 1/256.
    let grey = drawn.data().iter().map(|pixel| {
        let bright = 77 * u32::from(pixel.r) + 150 * u32::from(pixel.g) + 29 * u32::from(pixel.b);
        u8::try_from(bright >> 8).unwrap_or(u8::MAX)
    });
    Luma::new(&grey.collect::<Vec<u8>>(), drawn.width().into(), drawn.height().into())
}
