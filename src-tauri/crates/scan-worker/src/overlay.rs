//! Frames of one scene laid over one another.

use std::collections::VecDeque;
use std::time::Duration;

use tallystick_scan::luma::Luma;

use crate::fine::Window;

/// Frames that are kept.
const KEPT: usize = 12;

/// A frame older than this shows another scene.
const OLD: Duration = Duration::from_millis(1_500);

/// A scene that changed so recently may hold a code.
const STIRS: Duration = Duration::from_secs(2);

/// Two frames of a scene that stands still differ by less, in 1/256 of a shade; the noise of a lit room is below.
const STILL: u64 = 2 * 256;

/// The shrunk frames that are compared are about so wide.
const SMALL: usize = 160;

/// What is laid finely over one another may be so wide, in pixels: more takes too long.
const WIDEST: usize = 420;

/// How far a scene may move between two frames, in shrunk pixels: a tenth of the picture.
const REACH: isize = 12;

/// The last frames, each with its place relative to the newest.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    frames: VecDeque<Kept>,
    moved: Option<f64>,
    /// When the scene changed last.
    stirred: Option<Duration>,
}

#[derive(Debug)]
struct Kept {
    frame: Luma,
    small: Luma,
    at: Duration,
    /// Where the newest frame shows what this one shows at its origin.
    place: (isize, isize),
}

impl Overlay {
    /// Forgets all frames.
    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        self.moved = None;
    }

    /// How far the scene moved since the frame before, as a part of the picture's width.
    pub(crate) fn moved(&self) -> Option<f64> {
        self.moved
    }

    /// Whether the scene changed within the last two seconds: somebody may be holding something there.
    pub(crate) fn stirs(&self, at: Duration) -> bool {
        self.stirred.is_some_and(|last| at.saturating_sub(last) < STIRS)
    }

    /// Lays the newest frame over the others.
    pub(crate) fn add(&mut self, frame: &Luma, at: Duration) {
        let fits = self.frames.back().is_none_or(|last| {
            (last.frame.width, last.frame.height) == (frame.width, frame.height)
                && at.checked_sub(last.at).is_some_and(|gap| gap < OLD)
        });
        if !fits {
            self.clear();
        }
        let factor = (frame.width / SMALL).max(1);
        let small = frame.shrunk(factor);
        if let Some(last) = self.frames.back() {
            if difference(&last.small, &small, (0, 0), 1) > STILL {
                self.stirred = Some(at);
            }
            let rough = best(&last.small, &small, (0, 0), REACH, 2);
            let start = (rough.0 * signed(factor), rough.1 * signed(factor));
            let (dx, dy) = refined(&last.frame, frame, start, signed(factor));
            for kept in &mut self.frames {
                kept.place = (kept.place.0 + dx, kept.place.1 + dy);
            }
            let far = [dx, dy].map(|step| f64::from(i32::try_from(step).unwrap_or(i32::MAX)));
            let wide = f64::from(u32::try_from(frame.width).unwrap_or(u32::MAX));
            self.moved = Some(far[0].hypot(far[1]) / wide);
        }
        if self.frames.len() == KEPT {
            self.frames.pop_front();
        }
        self.frames.push_back(Kept { frame: frame.clone(), small, at, place: (0, 0) });
    }

    /// The mean of the last so many frames; nothing when there are fewer.
    pub(crate) fn mean(&self, count: usize) -> Option<Luma> {
        let mut sums = self.blank(count, 0_u16)?;
        let mut shown = self.blank(count, 0_u16)?;
        self.each(count, |at, pixels| {
            let places = sums[at..].iter_mut().zip(&mut shown[at..]);
            for ((sum, times), pixel) in places.zip(pixels) {
                *sum += u16::from(*pixel);
                *times += 1;
            }
        });
        self.picture(sums.iter().zip(&shown).map(|(sum, times)| sum.checked_div(*times).unwrap_or(u16::MAX)))
    }

    /// The darkest that each pixel was in the last so many frames; nothing when there are fewer.
    pub(crate) fn darkest(&self, count: usize) -> Option<Luma> {
        let mut least = self.blank(count, u16::from(u8::MAX))?;
        self.each(count, |at, pixels| {
            least[at..]
                .iter_mut()
                .zip(pixels)
                .for_each(|(least, pixel)| *least = (*least).min((*pixel).into()));
        });
        self.picture(least.iter().copied())
    }

    /// The middle of the newest frame, where a code is held.
    pub(crate) fn middle(&self) -> Option<Window> {
        let frame = &self.frames.back()?.frame;
        let side = (frame.height * 4 / 5).min(WIDEST);
        let (left, top) = (frame.width.checked_sub(side)? / 2, (frame.height - side) / 2);
        Some(Window { left, top, width: side, height: side })
    }

    /// What each of the last so many frames shows of a part of the newest, the newest first; those that do not show all
    /// of it are left out.
    pub(crate) fn parts(&self, count: usize, window: Window) -> Vec<Luma> {
        let part = |kept: &Kept| {
            let left = window.left.checked_add_signed(-kept.place.0)?;
            let top = window.top.checked_add_signed(-kept.place.1)?;
            if left + window.width > kept.frame.width || top + window.height > kept.frame.height {
                return None;
            }
            let rows = kept.frame.pixels.chunks_exact(kept.frame.width).skip(top).take(window.height);
            let pixels: Vec<u8> = rows.flat_map(|row| &row[left..left + window.width]).copied().collect();
            Luma::new(&pixels, window.width, window.height)
        };
        self.frames.iter().rev().take(count).filter_map(part).collect()
    }

    fn blank(&self, count: usize, value: u16) -> Option<Vec<u16>> {
        let last = self.frames.back().filter(|_| self.frames.len() >= count)?;
        Some(vec![value; last.frame.pixels.len()])
    }

    fn picture(&self, values: impl Iterator<Item = u16>) -> Option<Luma> {
        let last = &self.frames.back()?.frame;
        let pixels: Vec<u8> = values.map(|value| u8::try_from(value).unwrap_or(u8::MAX)).collect();
        Luma::new(&pixels, last.width, last.height)
    }

    /// Every row of the last so many frames, with the index in the newest frame at which it begins.
    fn each(&self, count: usize, mut take: impl FnMut(usize, &[u8])) {
        for kept in self.frames.iter().rev().take(count) {
            let (width, height) = (signed(kept.frame.width), signed(kept.frame.height));
            let (dx, dy) = kept.place;
            let (left, right) = (dx.clamp(0, width), (width + dx).clamp(0, width));
            for y in dy.clamp(0, height)..(height + dy).clamp(0, height) {
                let Ok(from) = usize::try_from((y - dy) * width + left - dx) else { continue };
                let Ok(to) = usize::try_from((y - dy) * width + right - dx) else { continue };
                let Ok(at) = usize::try_from(y * width + left) else { continue };
                if let Some(row) = kept.frame.pixels.get(from..to) {
                    take(at, row);
                }
            }
        }
    }
}

/// The step from `old` to `new` that fits best on the frames themselves, near a first guess.
fn refined(old: &Luma, new: &Luma, start: (isize, isize), factor: isize) -> (isize, isize) {
    // First every second step, then each.
    let near = best(old, new, start, factor, 4);
    best(old, new, near, 2, 2)
}

/// The step, within reach of a guess, at which two frames differ least; `sparse` takes only every so many-th pixel.
fn best(old: &Luma, new: &Luma, guess: (isize, isize), reach: isize, sparse: usize) -> (isize, isize) {
    let stride = if reach > 2 && sparse > 2 { 2 } else { 1 };
    let steps = (-reach..=reach).step_by(stride);
    let all = steps.clone().flat_map(|y| steps.clone().map(move |x| (guess.0 + x, guess.1 + y)));
    // Nearer is better where the difference is the same.
    let cost = |step: &(isize, isize)| (difference(old, new, *step, sparse), step.0.abs() + step.1.abs());
    all.min_by_key(cost).unwrap_or(guess)
}

/// How much two frames differ in their middles, when the old is laid `step` further on the new; a mean in 1/256.
fn difference(old: &Luma, new: &Luma, (dx, dy): (isize, isize), sparse: usize) -> u64 {
    let (width, height) = (signed(new.width), signed(new.height));
    // The middle: that is where a code is held, and what is left of it after a step is still in the picture.
    let (left, right) = (width / 6, width - width / 6);
    let (top, bottom) = (height / 6, height - height / 6);
    let (mut sum, mut count) = (0_u64, 0_u64);
    let sparse = signed(sparse);
    for y in (top..bottom).step_by(sparse.unsigned_abs()) {
        if !(0..height).contains(&(y - dy)) {
            continue;
        }
        // Each row begins elsewhere, or edges could hide between the pixels that are taken.
        let first = left + (y / sparse * 3) % sparse;
        let skipped = if first < dx { (dx - first + sparse - 1) / sparse * sparse } else { 0 };
        let (from, to) = (first + skipped, right.min(width + dx));
        let row = |picture: &'_ Luma, y: isize, from: isize, to: isize| {
            let (from, to) = (usize::try_from(y * width + from).ok()?, usize::try_from(y * width + to).ok()?);
            Some(from..to).filter(|range| range.end <= picture.pixels.len() && range.start < range.end)
        };
        let (Some(there), Some(here)) = (row(old, y - dy, from - dx, to - dx), row(new, y, from, to)) else {
            continue;
        };
        let step = sparse.unsigned_abs();
        let pairs = old.pixels[there].iter().step_by(step).zip(new.pixels[here].iter().step_by(step));
        let (of_row, taken) =
            pairs.fold((0_u32, 0_u32), |(sum, n), (a, b)| (sum + u32::from(a.abs_diff(*b)), n + 1));
        sum += u64::from(of_row);
        count += u64::from(taken);
    }
    (sum * 256).checked_div(count).unwrap_or(u64::MAX)
}

fn signed(n: usize) -> isize {
    isize::try_from(n).unwrap_or(isize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(dx: usize, dy: usize) -> Luma {
        let pixels: Vec<u8> = (0..320 * 240)
            .map(|at| {
                let (x, y) = (at % 320 + dx, at / 320 + dy);
                if (x / 23 * 31 + y / 17 * 17) % 5 < 2 { 30 } else { 200 }
            })
            .collect();
        Luma::new(&pixels, 320, 240).unwrap()
    }

    #[test]
    fn frames_that_moved_are_laid_where_they_fit() {
        let mut overlay = Overlay::default();
        for step in 0..4 {
            overlay.add(&scene(5 * step, 3 * step), Duration::from_millis(66 * u64::try_from(step).unwrap()));
        }

        let places: Vec<_> = overlay.frames.iter().map(|kept| kept.place).collect();
        assert_eq!(places, [(-15, -9), (-10, -6), (-5, -3), (0, 0)]);
        let mean = overlay.mean(4).unwrap();
        let same = mean.pixels.iter().zip(&scene(15, 9).pixels).filter(|(a, b)| a == b).count();
        assert!(same > mean.pixels.len() * 9 / 10, "{same}");
        assert!(overlay.mean(5).is_none() && overlay.darkest(5).is_none());
    }

    #[test]
    fn what_is_old_or_of_another_size_is_forgotten() {
        let mut overlay = Overlay::default();
        overlay.add(&scene(0, 0), Duration::from_secs(1));
        overlay.add(&scene(0, 0), Duration::from_secs(5));
        assert!(overlay.mean(2).is_none());

        overlay.add(&scene(0, 0).shrunk(2), Duration::from_secs(5));
        assert!(overlay.mean(2).is_none());

        overlay.add(&scene(0, 0).shrunk(2), Duration::from_secs(4));
        assert!(overlay.mean(2).is_none(), "a clock that runs back");
    }
}
