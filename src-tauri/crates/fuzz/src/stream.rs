//! **A camera that films anything.** Frames of any bytes, sizes and times, and our own code between them, moved and
//! blotted: no text is ever seen but that code's, each once, with corners that are near the frame; a size that does not
//! fit its pixels sees nothing; the same frames show the same again; and whatever came before, a clean code is read.

use std::sync::OnceLock;
use std::time::Duration;

use tallystick_scan::{Options, QUIET_ZONE, draw};
use tallystick_scan_worker::{Limit, Sighting, Stream};

use crate::fence;

pub(crate) fn run(bytes: &[u8]) {
    fence::leave_to_the_decoders();
    let shots = shots(bytes);

    let mut stream = Stream::new();
    let seen: Vec<Sighting> = shots.iter().map(|shot| shot.see(&mut stream)).collect();

    for (shot, sighting) in shots.iter().zip(&seen) {
        shot.check(sighting);
    }
    let mut again = Stream::new();
    for (shot, sighting) in shots.iter().zip(&seen) {
        assert_eq!(shot.see(&mut again), *sighting, "the same frames, seen otherwise");
    }
    let clean = Shot { pixels: code(0, 0), width: SIDE, height: SIDE, at: Duration::from_secs(1_000) };
    let last = clean.see(&mut stream);
    let texts: Vec<&str> = last.codes.iter().map(|code| code.text.as_str()).collect();
    assert_eq!(texts, [TEXT], "a stream that has seen too much");
}

/// What our own code says.
const TEXT: &str = "tallystick";

/// Pixels of a module.
const SCALE: usize = 4;

/// Pixels of a frame with our code on it: room to move it about.
const SIDE: usize = 160;

/// The longest film. Every attempt there is looks at each frame.
const MOST_SHOTS: usize = 10;

/// The widest and highest frame of others.
const MOST_SIDE: usize = 200;

/// One frame as the stream is told of it.
struct Shot {
    pixels: Vec<u8>,
    width: usize,
    height: usize,
    at: Duration,
}

impl Shot {
    fn see(&self, stream: &mut Stream) -> Sighting {
        stream.see_within(&self.pixels, self.width, self.height, self.at, Limit::Attempts(usize::MAX))
    }

    fn check(&self, sighting: &Sighting) {
        let fits = self.width.checked_mul(self.height) == Some(self.pixels.len());
        assert!(fits || *sighting == Sighting::default(), "a size that does not fit");
        assert!(sighting.codes.is_empty() || sighting.hint.is_none(), "a hint beside what was read");
        assert!(sighting.codes.len() <= 1, "a text twice");
        for code in &sighting.codes {
            assert_eq!(code.text, TEXT, "a text that nobody showed");
            let near = |place: f64, side: usize| {
                let side = f64::from(u32::try_from(side).unwrap());
                (-side..=2.0 * side).contains(&place)
            };
            for corner in code.corners {
                assert!(near(corner.x, self.width) && near(corner.y, self.height), "{corner:?}");
            }
        }
    }
}

/// Takes the film out of the bytes: for each frame what it is, three numbers, and what is left as its pixels.
fn shots(mut bytes: &[u8]) -> Vec<Shot> {
    let mut shots = Vec::new();
    let mut at: u64 = 1_000;
    while let [kind, a, b, c, rest @ ..] = bytes {
        if shots.len() == MOST_SHOTS {
            break;
        }
        let [a, b, c] = [a, b, c].map(|number| usize::from(*number));
        // Clocks that stand, or run back, are somebody else's mistake.
        at = at.wrapping_add_signed(i64::from(kind >> 4).wrapping_sub(3) * 66).min(900_000);
        let (width, height) = (1 + a * MOST_SIDE / 255, 1 + b * MOST_SIDE / 255);
        let (pixels, width, height, left) = match kind % 5 {
            0 => {
                let (pixels, left) = filled(rest, width * height);
                (pixels, width, height, left)
            }
            1 => (vec![u8::try_from(c).unwrap(); width * height], width, height, rest),
            2 => {
                let (blots, left) = rest.split_at(rest.len().min(c));
                (blotted(a, b, blots), SIDE, SIDE, left)
            }
            3 => (filled(rest, c).0, width, height, rest),
            _ => (rest.to_vec(), usize::MAX >> (a % 64), b, rest),
        };
        shots.push(Shot { pixels, width, height, at: Duration::from_millis(at) });
        bytes = left;
    }
    shots
}

/// So many pixels out of the bytes, which begin anew when they end.
fn filled(bytes: &[u8], pixels: usize) -> (Vec<u8>, &[u8]) {
    let used = bytes.len().min(pixels);
    let grey = bytes[..used].iter().copied().chain([0]).cycle().take(pixels).collect();
    (grey, &bytes[used..])
}

/// Our code somewhere, with blots of four bytes each: where, how large, how bright.
fn blotted(x: usize, y: usize, blots: &[u8]) -> Vec<u8> {
    let room = SIDE - clean().1;
    let mut pixels = code(x % room, y % room);
    for blot in blots.chunks_exact(4) {
        let [left, top, side, grey] = [0, 1, 2, 3].map(|nth| blot[nth]);
        let (left, top, side) = (usize::from(left) % SIDE, usize::from(top) % SIDE, usize::from(side) % 40);
        for row in top..(top + side).min(SIDE) {
            pixels[row * SIDE + left..row * SIDE + (left + side).min(SIDE)].fill(grey);
        }
    }
    pixels
}

/// A frame with our code at a place.
fn code(x: usize, y: usize) -> Vec<u8> {
    let (code, side) = clean();
    let mut pixels = vec![230; SIDE * SIDE];
    for (row, line) in code.chunks_exact(*side).enumerate() {
        let from = (y + row) * SIDE + x;
        pixels[from..from + side].copy_from_slice(line);
    }
    pixels
}

/// Our code alone, and its side in pixels.
fn clean() -> &'static (Vec<u8>, usize) {
    static CLEAN: OnceLock<(Vec<u8>, usize)> = OnceLock::new();
    CLEAN.get_or_init(|| {
        let code = draw(TEXT, &Options::default()).unwrap();
        let side = (code.modules() + 2 * QUIET_ZONE) * u32::try_from(SCALE).unwrap();
        let picture = image::load_from_memory(&code.png(side).unwrap()).unwrap();
        (picture.into_luma8().into_raw(), usize::try_from(side).unwrap())
    })
}
