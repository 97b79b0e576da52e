//! Live streams: what no single frame gives, several do; and nothing is seen where nothing is.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use tallystick_scan_worker::{Limit, Sighting, Stream};

#[path = "../examples/qr/clip.rs"]
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    dead_code,
    reason = "pixels and light of pictures we make up, some for the benchmark only"
)]
mod clip;

use clip::{Class, Clip, FRAMES};

/// All attempts there are, on every frame: the same on any machine.
const ALL: Limit = Limit::Attempts(usize::MAX);

fn when(number: u32) -> Duration {
    Duration::from_secs_f64(Clip::seconds(number))
}

fn see(stream: &mut Stream, clip: &Clip, number: u32, limit: Limit) -> Sighting {
    stream.see_within(&clip.frame(number), clip.width, clip.height, when(number), limit)
}

/// The frame at which a clip is read, and the text.
fn read(clip: &Clip, limit: Limit) -> Option<(u32, String)> {
    let mut stream = Stream::new();
    (0..FRAMES).find_map(|number| {
        let mut seen = see(&mut stream, clip, number, limit);
        seen.codes.pop().map(|code| (number, code.text))
    })
}

#[test]
fn clips_are_read_whatever_makes_them_hard() {
    for class in [Class::Steady, Class::Shaking, Class::Focus, Class::Dim, Class::Glare, Class::Pale] {
        let clip = Clip::new(class, 2);

        let (at, text) = read(&clip, ALL).unwrap_or_else(|| panic!("{class:?} is not read"));

        assert_eq!(Some(text), clip.text, "{class:?} at frame {at}");
    }
}

#[test]
fn several_frames_give_what_none_of_them_gives() {
    for (class, seed) in [(Class::Dim, 17), (Class::Far, 15)] {
        let clip = Clip::new(class, seed);

        let (at, text) = read(&clip, ALL).unwrap();

        assert_eq!(Some(text), clip.text, "{class:?}");
        for number in 0..=at {
            let alone =
                tallystick_scan_worker::read(&clip.frame(number), clip.width, clip.height, Duration::MAX);
            assert_eq!(alone, [], "{class:?}, frame {number} by itself");
        }
    }
}

#[test]
fn nothing_is_seen_in_the_dark_or_in_an_empty_room() {
    for class in [Class::Darkness, Class::Nothing] {
        let clip = Clip::new(class, 1);
        let mut stream = Stream::new();
        for number in 0..14 {
            let seen = see(&mut stream, &clip, number, ALL);
            assert_eq!(seen, Sighting::default(), "{class:?} frame {number}");
        }
    }
}

#[test]
fn a_stream_bears_any_order_of_any_frames() {
    let mut stream = Stream::new();
    let frames = [(0, 0), (21, 21), (640, 480), (30, 900), (640, 480), (480, 640), (640, 480)];
    for (nth, (width, height)) in (0_u64..).zip(frames) {
        let pixels: Vec<u8> = (0..width * height).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
        // Clocks that run back are somebody else's mistake.
        let at = Duration::from_millis(1_000 - 90 * nth);
        assert_eq!(stream.see_within(&pixels, width, height, at, ALL).codes, []);
    }
    assert_eq!(stream.see(&[1, 2, 3], 640, 480, Duration::ZERO), Sighting::default());
}
