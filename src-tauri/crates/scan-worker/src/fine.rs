//! Frames of one code laid over one another at twice their size.
//!
//! A hand never stands still, so each frame samples a small code elsewhere: laid half pixels apart, several show what
//! lies between the pixels of one.

use tallystick_scan::Corner;
use tallystick_scan::luma::Luma;

/// A part of a frame, in its pixels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Window {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Window {
    /// What a code takes up, with room around it; nothing when that is too small for a code or too large to be dear.
    pub(crate) fn around(corners: &[Corner; 4], frame: &Luma) -> Option<Self> {
        let (left, right) = span(corners.map(|corner| corner.x));
        let (top, bottom) = span(corners.map(|corner| corner.y));
        let side = (right - left).max(bottom - top);
        if !(LEAST..=MOST).contains(&side) {
            return None;
        }
        let room = side / 4.0 + 8.0;
        let (left, width) = within(left - room, right + room, frame.width);
        let (top, height) = within(top - room, bottom + room, frame.height);
        Some(Self { left, top, width, height })
    }

    /// Where a corner in a picture of this part, at twice its size, is in the frame.
    pub(crate) fn place(&self, Corner { x, y }: Corner) -> Corner {
        Corner { x: x / 2.0 + real(self.left), y: y / 2.0 + real(self.top) }
    }
}

/// The smallest code, a pixel a module, and the largest whose modules could be too small, in pixels.
const LEAST: f64 = 21.0;
const MOST: f64 = 480.0;

fn span(all: [f64; 4]) -> (f64, f64) {
    all.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), one| (low.min(one), high.max(one)))
}

/// Where a stretch begins, and how long it is, in so many pixels.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped into the picture"
)]
fn within(from: f64, to: f64, most: usize) -> (usize, usize) {
    let end = real(most);
    let (from, to) = (from.clamp(0.0, end) as usize, to.clamp(0.0, end) as usize);
    (from, to - from)
}

fn real(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

/// How much smaller the pictures are in which a step is looked for first.
const ROUGH: usize = 4;

/// How far a code may have moved, in pixels of those pictures; and how far a step may then still be off, in whole pixels
/// and in half ones.
const REACH: [isize; 3] = [8, 3, 2];

/// Every so many-th pixel of a row is compared.
const SPARSE: usize = 5;

/// The mean of parts of frames that show the same, at twice their size; the first says where the others belong.
/// Nothing when there are fewer than two, or when they are of several sizes.
pub(crate) fn laid_finely(parts: &[Luma]) -> Option<Luma> {
    let (first, others) = parts.split_first().filter(|(_, others)| !others.is_empty())?;
    if others.iter().any(|part| (part.width, part.height) != (first.width, first.height)) {
        return None;
    }
    let (base, rough) = (first.doubled(), first.shrunk(ROUGH));
    let mut sums: Vec<u16> = base.pixels.iter().map(|pixel| u16::from(*pixel)).collect();
    let mut shown = vec![1_u16; sums.len()];
    // A hand goes on as it went: the older a frame, the farther it may be, from where the one after it was.
    let mut last = (0, 0);
    for part in others {
        last = best(&rough, &part.shrunk(ROUGH), last, REACH[0], 1)?;
        let whole = scaled(last, ROUGH);
        let whole = best(first, part, whole, REACH[1], SPARSE)?;
        let part = part.doubled();
        let (dx, dy) = best(&base, &part, scaled(whole, 2), REACH[2], SPARSE)?;
        rows(&part, dx, dy, |at, row| {
            for ((sum, times), pixel) in sums[at..].iter_mut().zip(&mut shown[at..]).zip(row) {
                *sum += u16::from(*pixel);
                *times += 1;
            }
        });
    }
    let mean = sums
        .iter()
        .zip(&shown)
        .map(|(sum, times)| u8::try_from((sum + times / 2) / times).unwrap_or(u8::MAX));
    Luma::new(&mean.collect::<Vec<u8>>(), base.width, base.height)
}

fn scaled((dx, dy): (isize, isize), factor: usize) -> (isize, isize) {
    let factor = isize::try_from(factor).unwrap_or(1);
    (dx * factor, dy * factor)
}

/// The step, within reach of a guess, at which a picture fits best on another of its size; `sparse` takes only every so
/// many-th pixel.
fn best(
    base: &Luma,
    other: &Luma,
    guess: (isize, isize),
    reach: isize,
    sparse: usize,
) -> Option<(isize, isize)> {
    let steps = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (guess.0 + x, guess.1 + y)));
    // Nearer is better where the difference is the same.
    steps.min_by_key(|(x, y)| (difference(base, other, *x, *y, sparse), x.abs() + y.abs()))
}

/// The mean difference, in 1/256.
fn difference(base: &Luma, other: &Luma, dx: isize, dy: isize, sparse: usize) -> u64 {
    let (mut sum, mut count, mut row_number) = (0_u64, 0_u64, 0_usize);
    rows(other, dx, dy, |at, row| {
        row_number += 1;
        // All rows, each begun elsewhere: with a step that modules happen to have, edges would hide in between.
        let skip = row_number * 2 % sparse;
        let there = base.pixels[at..].iter().skip(skip).step_by(sparse);
        let pairs = there.zip(row.iter().skip(skip).step_by(sparse));
        let (of_row, taken) =
            pairs.fold((0_u32, 0_u32), |(sum, n), (a, b)| (sum + u32::from(a.abs_diff(*b)), n + 1));
        sum += u64::from(of_row);
        count += u64::from(taken);
    });
    (sum * 256).checked_div(count).unwrap_or(u64::MAX)
}

/// Each row of a picture that is laid `dx`, `dy` further on another of its size, with the index in the other at which
/// it begins.
fn rows(picture: &Luma, dx: isize, dy: isize, mut take: impl FnMut(usize, &[u8])) {
    let (width, height) = (picture.width, picture.height);
    let (right, down) = (dx.unsigned_abs().min(width), dy.unsigned_abs().min(height));
    let across = width - right;
    let (from_x, to_x) = if dx < 0 { (right, 0) } else { (0, right) };
    let (from_y, to_y) = if dy < 0 { (down, 0) } else { (0, down) };
    for row in 0..height - down {
        let from = (from_y + row) * width + from_x;
        take((to_y + row) * width + to_x, &picture.pixels[from..from + across]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Squares of three pixels, black or white as it comes, as a sensor sees them whose first pixel lies `x`, `y` half pixels further.
    fn squares(x: usize, y: usize) -> Luma {
        let chance = |x: usize, y: usize| {
            let mixed = (x * 131 + y + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed ^ mixed >> 32).wrapping_mul(0x94d0_49bb_1331_11eb) >> 63
        };
        let light = |x: usize, y: usize| if chance(x / 6, y / 6) == 0 { 20_u32 } else { 220 };
        let pixels: Vec<u8> = (0..90 * 80)
            .map(|at| {
                let (left, top) = (2 * (at % 90) + x, 2 * (at / 90) + y);
                let sum =
                    light(left, top) + light(left + 1, top) + light(left, top + 1) + light(left + 1, top + 1);
                u8::try_from(sum / 4).unwrap()
            })
            .collect();
        Luma::new(&pixels, 90, 80).unwrap()
    }

    #[test]
    fn frames_half_a_pixel_apart_are_laid_half_a_pixel_apart() {
        let first = squares(0, 0);
        for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1), (7, 4), (12, 9)] {
            let other = squares(x, y);
            let whole = best(&first.shrunk(ROUGH), &other.shrunk(ROUGH), (0, 0), REACH[0], 1).unwrap();
            let whole = best(&first, &other, scaled(whole, ROUGH), REACH[1], SPARSE).unwrap();
            let fine = best(&first.doubled(), &other.doubled(), scaled(whole, 2), REACH[2], SPARSE).unwrap();
            assert_eq!(fine, (isize::try_from(x).unwrap(), isize::try_from(y).unwrap()));
        }
    }

    #[test]
    fn what_is_laid_together_is_as_sharp_as_one_and_twice_as_large() {
        let together = laid_finely(&[squares(0, 0), squares(3, 2), squares(6, 4)]).unwrap();
        let alone = squares(0, 0).doubled();
        let differ = together.pixels.iter().zip(&alone.pixels).filter(|(a, b)| a.abs_diff(**b) > 60).count();
        assert_eq!((together.width, together.height), (180, 160));
        assert!(differ * 20 < alone.pixels.len(), "{differ}");
    }

    #[test]
    fn one_frame_or_frames_of_several_sizes_are_not_laid_together() {
        assert!(laid_finely(&[]).is_none());
        assert!(laid_finely(&[squares(0, 0)]).is_none());
        assert!(laid_finely(&[squares(0, 0), squares(0, 0).doubled()]).is_none());
    }

    #[test]
    fn a_window_stays_inside_the_frame_and_is_no_larger_than_pays() {
        let frame = Luma::new(&[0; 640 * 480], 640, 480).unwrap();
        let square = |x: f64, y: f64, side: f64| {
            [(x, y), (x + side, y), (x + side, y + side), (x, y + side)].map(|(x, y)| Corner { x, y })
        };
        let window = Window::around(&square(600.0, -30.0, 200.0), &frame).unwrap();
        assert_eq!((window.left, window.top, window.width, window.height), (542, 0, 98, 228));
        for corners in [square(10.0, 10.0, 5.0), square(0.0, 0.0, 600.0), square(f64::NAN, f64::NAN, 9.0)] {
            assert_eq!(Window::around(&corners, &frame), None);
        }
        let corner = window.place(Corner { x: 10.0, y: 6.0 });
        assert_eq!((corner.x, corner.y), (547.0, 3.0));
    }
}
