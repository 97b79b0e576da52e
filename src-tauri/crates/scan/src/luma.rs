//! Grey pictures and what the stages of reading do to them.

/// A grey picture whose size is known to fit its pixels.
#[derive(Clone, Debug)]
pub struct Luma {
    /// One byte a pixel, row after row.
    pub pixels: Vec<u8>,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// A threshold that follows the light: a pixel is black when it is darker than the mean around it.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    /// How far around.
    pub radius: usize,
    /// How much darker.
    pub margin: u32,
}

impl Luma {
    /// Copies a frame; `None` when the size does not fit the pixels or is nothing to look at.
    pub fn new(pixels: &[u8], width: usize, height: usize) -> Option<Self> {
        let fits = width.checked_mul(height) == Some(pixels.len());
        let sensible = (MIN_SIDE..=MAX_SIDE).contains(&width) && (MIN_SIDE..=MAX_SIDE).contains(&height);
        (fits && sensible).then(|| Self { pixels: pixels.to_vec(), width, height })
    }

    /// Every `factor` × `factor` pixels as one, their mean.
    pub fn shrunk(&self, factor: usize) -> Self {
        let (width, height) = (self.width / factor, self.height / factor);
        let area = factor * factor;
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0_usize; width];
        for rows in self.pixels.chunks_exact(self.width * factor).take(height) {
            sums.fill(0);
            for row in rows.chunks_exact(self.width) {
                for (sum, few) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                    *sum += few.iter().map(|p| usize::from(*p)).sum::<usize>();
                }
            }
            pixels.extend(sums.iter().map(|sum| byte((sum + area / 2) / area)));
        }
        Self { pixels, width, height }
    }

    /// Twice as wide and high, pixels between pixels taken from both sides.
    pub fn doubled(&self) -> Self {
        let (width, height) = (2 * self.width, 2 * self.height);
        let mut pixels = Vec::with_capacity(width * height);
        let wide: Vec<Vec<u16>> = self.pixels.chunks_exact(self.width).map(widened).collect();
        for y in 0..height {
            let (near, far) = neighbours(y, self.height);
            let rows = wide[near].iter().zip(&wide[far]);
            pixels.extend(rows.map(|(a, b)| byte(usize::from((3 * a + b + 8) / 16))));
        }
        Self { pixels, width, height }
    }

    /// Softened by one pixel (1-2-1 both ways): takes away the noise of sensors and of JPEG.
    pub fn blurred(&self) -> Self {
        let mut pixels = self.pixels.clone();
        let w = self.width;
        for y in 1..self.height - 1 {
            let above = &self.pixels[(y - 1) * w..y * w];
            let here = &self.pixels[y * w..(y + 1) * w];
            let below = &self.pixels[(y + 1) * w..(y + 2) * w];
            let column = |x: usize| u16::from(above[x]) + 2 * u16::from(here[x]) + u16::from(below[x]);
            let (mut left, mut mid) = (column(0), column(1));
            for x in 1..w - 1 {
                let right = column(x + 1);
                pixels[y * w + x] = byte(usize::from((left + 2 * mid + right + 8) / 16));
                (left, mid) = (mid, right);
            }
        }
        Self { pixels, width: w, height: self.height }
    }

    /// Edges made steeper: from each pixel is taken, twice over, by how much its surroundings differ from it. Undoes the
    /// softness of a lens and of frames laid over one another, and doubles what noise there is.
    pub fn sharpened(&self) -> Self {
        let mut soft = self.blurred();
        for _ in 1..SURROUNDINGS {
            soft = soft.blurred();
        }
        let steeper = |(pixel, soft): (&u8, &u8)| {
            let sharp = 3 * i32::from(*pixel) - 2 * i32::from(*soft);
            u8::try_from(sharp.clamp(0, 255)).unwrap_or(u8::MAX)
        };
        Self { pixels: self.pixels.iter().zip(&soft.pixels).map(steeper).collect(), ..*self }
    }

    /// Black and white by a threshold that follows the light.
    pub fn thresholded(&self, threshold: Threshold) -> Self {
        let Threshold { radius, margin } = threshold;
        let (w, h) = (self.width, self.height);
        let row = |y: usize| &self.pixels[y * w..(y + 1) * w];
        let mut pixels = Vec::with_capacity(w * h);
        // Sums of the columns around the row, moved down one row at a time.
        let mut columns = vec![0_u32; w];
        for y in 0..radius.min(h) {
            columns.iter_mut().zip(row(y)).for_each(|(sum, p)| *sum += u32::from(*p));
        }
        let mut tall = radius.min(h);
        for y in 0..h {
            if y + radius < h {
                columns.iter_mut().zip(row(y + radius)).for_each(|(sum, p)| *sum += u32::from(*p));
                tall += 1;
            }
            if y > radius {
                columns.iter_mut().zip(row(y - radius - 1)).for_each(|(sum, p)| *sum -= u32::from(*p));
                tall -= 1;
            }
            let mut total: u32 = columns.iter().take(radius).sum();
            let mut broad = radius.min(w);
            for (x, pixel) in row(y).iter().enumerate() {
                if let Some(enters) = columns.get(x + radius) {
                    total += enters;
                    broad += 1;
                }
                if x > radius {
                    total -= columns[x - radius - 1];
                    broad -= 1;
                }
                let area = u32::try_from(tall * broad).unwrap_or(u32::MAX);
                let dark = (u32::from(*pixel) + margin) * area < total;
                pixels.push(if dark { 0 } else { 255 });
            }
        }
        Self { pixels, width: w, height: h }
    }

    /// Black for white.
    pub fn inverted(mut self) -> Self {
        self.pixels.iter_mut().for_each(|pixel| *pixel = !*pixel);
        self
    }
}

/// So many times softened by one pixel, a picture shows what surrounds each pixel at about two pixels.
const SURROUNDINGS: usize = 6;

/// A row at twice its width, in quarters.
fn widened(row: &[u8]) -> Vec<u16> {
    (0..2 * row.len())
        .map(|x| {
            let (near, far) = neighbours(x, row.len());
            3 * u16::from(row[near]) + u16::from(row[far])
        })
        .collect()
}

/// The nearer and the farther of the two old places between which a doubled place lies.
fn neighbours(doubled: usize, len: usize) -> (usize, usize) {
    let near = doubled / 2;
    let far = if doubled.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(len - 1) };
    (near, far)
}

fn byte(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

/// Less than the smallest code at one pixel a module.
const MIN_SIDE: usize = 21;

/// Keeps every sum of pixels in the arithmetic used here, and every coordinate in a decoder's.
const MAX_SIDE: usize = 32_767;

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize) -> Luma {
        let pixels: Vec<u8> = (0..width * height).map(|i| byte(i * 7 % 256)).collect();
        Luma::new(&pixels, width, height).unwrap()
    }

    #[test]
    fn sizes_that_do_not_fit_are_no_pictures() {
        assert!(Luma::new(&[0; 900], 30, 30).is_some());
        for (width, height) in [(30, 31), (0, 0), (900, 1), (usize::MAX, 2), (1 << 63, 2)] {
            assert!(Luma::new(&[0; 900], width, height).is_none(), "{width}x{height}");
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_however_treated() {
        let flat = Luma::new(&[90; 33 * 41], 33, 41).unwrap();

        for treated in [flat.shrunk(2), flat.shrunk(4), flat.doubled(), flat.blurred(), flat.sharpened()] {
            assert_eq!(treated.pixels.len(), treated.width * treated.height);
            assert!(treated.pixels.iter().all(|p| *p == 90));
        }
        let threshold = Threshold { radius: 5, margin: 3 };
        assert!(flat.thresholded(threshold).pixels.iter().all(|p| *p == 255));
    }

    #[test]
    fn the_moving_threshold_equals_the_mean_taken_anew() {
        for (width, height, radius) in [(40, 30, 4), (25, 50, 24), (22, 22, 60)] {
            let picture = ramp(width, height);
            let quick = picture.thresholded(Threshold { radius, margin: 3 });
            for y in 0..height {
                for x in 0..width {
                    let rows = y.saturating_sub(radius)..(y + radius + 1).min(height);
                    let around: Vec<u32> = rows
                        .flat_map(|row| {
                            let from = row * width + x.saturating_sub(radius);
                            let to = row * width + (x + radius + 1).min(width);
                            picture.pixels[from..to].iter().map(|p| u32::from(*p))
                        })
                        .collect();
                    let area = u32::try_from(around.len()).unwrap();
                    let here = u32::from(picture.pixels[y * width + x]);
                    let dark = (here + 3) * area < around.iter().sum();
                    assert_eq!(quick.pixels[y * width + x] == 0, dark, "{x},{y} radius {radius}");
                }
            }
        }
    }

    #[test]
    fn halving_what_was_doubled_gives_nearly_the_same() {
        let smooth: Vec<u8> = (0..40 * 40).map(|i| byte(i % 40 * 3 + i / 40 * 3)).collect();
        let picture = Luma::new(&smooth, 40, 40).unwrap();

        let back = picture.doubled().shrunk(2);

        assert!(back.pixels.iter().zip(&picture.pixels).all(|(a, b)| a.abs_diff(*b) <= 2));
    }
}
