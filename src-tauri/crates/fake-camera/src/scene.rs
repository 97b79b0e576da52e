//! What stands before a camera: a room, and a code held into it.

use image::imageops::{FilterType, blur, overlay, resize};
use image::{GrayImage, Luma};
use tallystick_scan::{Options, draw};

/// A grey picture of what a camera sees.
#[derive(Clone, Debug)]
pub struct Scene(pub(crate) GrayImage);

impl Scene {
    /// A room with nobody in it: lighter at one side, a table at the bottom, and a little noise.
    #[must_use]
    pub fn room(width: u32, height: u32) -> Self {
        let mut noise = 0x2545_f491_u32;
        Self(GrayImage::from_fn(width, height, |x, y| {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let light = 96 + x * 40 / width - if y > height * 7 / 10 { 40 } else { 0 } + (noise & 7);
            Luma([u8::try_from(light).unwrap_or(u8::MAX)])
        }))
    }

    /// Nothing but this picture.
    #[must_use]
    pub fn of(picture: GrayImage) -> Self {
        Self(picture)
    }

    /// A phone that shows a code, so large in the picture's height, its middle at these shares of width and height.
    ///
    /// # Panics
    /// For a text that does not fit into a code.
    #[must_use]
    pub fn with_code(self, text: &str, share: f64, x: f64, y: f64) -> Self {
        self.hold(text, (share, x, y), false)
    }

    /// The same, with a quarter of the code turned into its opposite: it is seen that there is one, and nobody can read it.
    ///
    /// # Panics
    /// For a text that does not fit into a code.
    #[must_use]
    pub fn with_spoilt_code(self, text: &str, share: f64, x: f64, y: f64) -> Self {
        self.hold(text, (share, x, y), true)
    }

    #[expect(
        clippy::expect_used,
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "a test's picture"
    )]
    fn hold(mut self, text: &str, (share, x, y): (f64, f64, f64), spoilt: bool) -> Self {
        let code = draw(text, &Options::default()).expect("the text fits into a code");
        let png = code.png(1_024).expect("a picture of it");
        let mut drawn = image::load_from_memory(&png).expect("a PNG").to_luma8();
        if spoilt {
            let (from, to) = (drawn.width() / 4, drawn.width() * 3 / 4);
            let middle = from..to;
            let pixels = drawn.enumerate_pixels_mut();
            for (_, _, pixel) in pixels.filter(|(x, y, _)| middle.contains(x) && middle.contains(y)) {
                pixel.0[0] = u8::MAX - pixel.0[0];
            }
        }
        let (width, height) = self.0.dimensions();
        let side = (f64::from(height) * share) as u32;
        let drawn = resize(&drawn, side, side, FilterType::CatmullRom);
        let phone = GrayImage::from_pixel(side + side / 8, side + side / 2, Luma([30]));
        let left = (f64::from(width) * x) as i64 - i64::from(side) / 2;
        let top = (f64::from(height) * y) as i64 - i64::from(side) / 2;
        overlay(&mut self.0, &phone, left - i64::from(side) / 16, top - i64::from(side) / 4);
        overlay(&mut self.0, &drawn, left, top);
        self
    }

    /// Its grey pixels, row after row, with its width and height.
    #[must_use]
    pub fn into_pixels(self) -> (Vec<u8>, usize, usize) {
        let side = |pixels: u32| usize::try_from(pixels).unwrap_or_default();
        let (width, height) = (side(self.0.width()), side(self.0.height()));
        (self.0.into_raw(), width, height)
    }

    /// Out of focus by so many pixels.
    #[must_use]
    pub fn blurred(self, sigma: f32) -> Self {
        Self(blur(&self.0, sigma))
    }

    /// With so much of its light, in hundredths.
    #[must_use]
    pub fn dimmed(mut self, percent: u32) -> Self {
        for pixel in self.0.pixels_mut() {
            let light = u32::from(pixel.0[0]) * percent / 100;
            pixel.0[0] = u8::try_from(light).unwrap_or(u8::MAX);
        }
        self
    }
}
