//! What would help, judged by one frame in which nothing was read.

use tallystick_scan::luma::Luma;

use crate::Hint;
use crate::zxing::unread_by_zxing;

/// What would help with this frame, if it shows.
///
/// A code that is there and cannot be read is too small, or else it moves or is out of focus: the latter two help alike.
pub(super) fn of(frame: &Luma) -> Option<Hint> {
    if brightest(frame) < DARK {
        return Some(Hint::TooDark);
    }
    let [top_left, top_right, bottom_right, _] = unread_by_zxing(frame)?;
    let side = (top_right.x - top_left.x).hypot(top_right.y - top_left.y);
    let other = (bottom_right.x - top_right.x).hypot(bottom_right.y - top_right.y);
    Some(if side.max(other) < SMALL { Hint::Closer } else { Hint::HoldStill })
}

/// As bright as the brightest twentieth of the picture is at least; lamps in a corner of a dark room do not count.
fn brightest(frame: &Luma) -> usize {
    let mut counts = [0_usize; 256];
    for light in frame.pixels.iter().step_by(STEP) {
        counts[usize::from(*light)] += 1;
    }
    let few = frame.pixels.len().div_ceil(STEP) / 20;
    let mut above = 0;
    let found = (0..counts.len()).rev().find(|light| {
        above += counts[*light];
        above > few
    });
    found.unwrap_or(0)
}

/// White paper in a room where one can just read is about twice as bright.
const DARK: usize = 56;

/// Tickets have about 41 modules a side, and a module wants three pixels and more.
const SMALL: f64 = 130.0;

/// Every so many pixels are looked at; no divisor of common widths, so that these are no columns.
const STEP: usize = 37;

#[cfg(test)]
mod tests {
    use super::*;

    use tallystick_fake_camera::Scene;

    const TICKET: &str = "chip://Q4sZB7HxFvTn2mPqLrW8yKd3cJ5gA9eU/offer?ticket=8GmC2xVbN5tRwYqZ&key=hK3pLs7Df0Xa&to=198.51.100.7:7771";

    fn seen(scene: Scene) -> Option<Hint> {
        let (pixels, width, height) = scene.into_pixels();
        of(&Luma::new(&pixels, width, height).unwrap())
    }

    fn room() -> Scene {
        Scene::room(1_280, 720)
    }

    #[test]
    fn a_lit_room_without_a_code_needs_nothing() {
        assert_eq!(seen(room()), None);
    }

    #[test]
    fn a_dark_room_is_too_dark_with_a_code_or_without() {
        assert_eq!(seen(room().dimmed(15)), Some(Hint::TooDark));
        assert_eq!(seen(room().with_code(TICKET, 0.6, 0.5, 0.5).dimmed(15)), Some(Hint::TooDark));
    }

    #[test]
    fn a_code_too_small_to_be_read_should_come_closer() {
        let found: Vec<_> = [0.12, 0.13, 0.14, 0.15, 0.16]
            .into_iter()
            .map(|share| seen(room().with_code(TICKET, share, 0.5, 0.5).blurred(0.9)))
            .collect();

        assert!(found.contains(&Some(Hint::Closer)), "{found:?}");
    }

    #[test]
    fn a_small_code_that_nobody_can_read_should_come_closer_from_wherever_it_is_seen() {
        let found: Vec<_> = [0.14, 0.15, 0.16, 0.17]
            .into_iter()
            .map(|share| seen(room().with_spoilt_code(TICKET, share, 0.5, 0.5)))
            .collect();

        assert_eq!(found, [Some(Hint::Closer); 4]);
    }

    #[test]
    fn a_large_code_out_of_focus_should_be_held_still() {
        let found: Vec<_> = [4.0, 5.0, 6.0, 7.0]
            .into_iter()
            .map(|sigma| seen(room().with_code(TICKET, 0.7, 0.5, 0.5).blurred(sigma)))
            .collect();

        assert!(found.contains(&Some(Hint::HoldStill)), "{found:?}");
    }
}
