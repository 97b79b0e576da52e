//! Codes that move: more than one code holds, cut into frames that a camera may see in any order and with gaps, as the
//! Uniform Resources standard does it. Any frames in sufficient number give the whole.
//!
//! ```
//! use tallystick_core::animated::{Film, Gathering, Seen};
//!
//! let content = vec![7; 1_000];
//! let mut film = Film::of(&content).expect("not too long");
//! let mut gathering = Gathering::default();
//!
//! let whole = loop {
//!     let frame = film.frame();
//!     // Every third is missed.
//!     film.frame();
//!     if let Seen::Whole(whole) = gathering.take(&frame) {
//!         break whole;
//!     }
//! };
//! assert_eq!(whole, content);
//! ```

use ur::ur::{Decoder, Encoder};

/// Frames of one content, without end.
pub struct Film {
    encoder: Encoder<'static>,
}

impl std::fmt::Debug for Film {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Film").field("parts", &self.parts()).finish_non_exhaustive()
    }
}

impl Film {
    /// Cuts a content into frames; nothing if it is empty or longer than [`MAX_FILM`].
    pub fn of(content: &[u8]) -> Option<Self> {
        if content.is_empty() || content.len() > MAX_FILM {
            return None;
        }
        Some(Self { encoder: Encoder::new(content, FRAGMENT, KIND).ok()? })
    }

    /// How many frames hold all of it, if none is missed.
    pub fn parts(&self) -> usize {
        self.encoder.fragment_count()
    }

    /// The next frame, in letters that make small codes. The first [`parts`](Self::parts) are the content itself, those
    /// after them mix parts, so that whatever was missed can be made up for.
    pub fn frame(&mut self) -> String {
        self.encoder.next_part().unwrap_or_default().to_ascii_uppercase()
    }
}

/// What a code was, to a gathering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// No frame of a film of ours.
    NoFrame,
    /// One more, or one seen before: so many parts are known, of so many.
    Part {
        /// Parts known.
        have: usize,
        /// Parts in all.
        of: usize,
    },
    /// That was the last one needed.
    Whole(Vec<u8>),
}

/// Frames seen so far of one film. A frame of another film begins anew; one more of a film that is whole gives the whole
/// again, since whoever shows it goes on showing it.
#[derive(Default)]
pub struct Gathering {
    decoder: Decoder,
    /// The frame it began with, by which others of the same film are known.
    first: String,
}

impl std::fmt::Debug for Gathering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gathering").field("of", &self.decoder.fragment_count()).finish_non_exhaustive()
    }
}

impl Gathering {
    /// Takes in one code's text. What claims to be longer than any film of ours is no frame.
    pub fn take(&mut self, text: &str) -> Seen {
        let text = text.trim();
        if !is_frame(text) {
            return Seen::NoFrame;
        }
        let text = text.to_ascii_lowercase();
        let belongs =
            if self.decoder.complete() { self.is_more(&text) } else { self.decoder.receive(&text).is_ok() };
        if !belongs {
            let mut anew = Decoder::default();
            if anew.receive(&text).is_err() {
                return Seen::NoFrame;
            }
            *self = Self { decoder: anew, first: String::new() };
        }
        if self.first.is_empty() {
            self.first = text;
        }
        match self.decoder.message() {
            Ok(Some(whole)) => Seen::Whole(whole),
            Ok(None) | Err(_) => Seen::Part {
                have: self.decoder.resolved_fragment_count().unwrap_or(0),
                of: self.decoder.fragment_count(),
            },
        }
    }

    /// Whether a frame is of the film that is whole: a decoder that is done takes anything, one with a single frame of it
    /// does not.
    fn is_more(&self, text: &str) -> bool {
        let mut witness = Decoder::default();
        // A film of one part is whole by each of its frames, and is as easily begun anew.
        witness.receive(&self.first).is_ok() && !witness.complete() && witness.receive(text).is_ok()
    }
}

/// Whether a text is a frame that may be looked into: of our kind, short, and of a film that is not too long. What it
/// says about itself is checked before anything is set aside for it.
pub fn is_frame(text: &str) -> bool {
    let prefix_len = "ur:".len() + KIND.len() + 1;
    let ours =
        text.get(..prefix_len).is_some_and(|prefix| prefix.eq_ignore_ascii_case(&format!("ur:{KIND}/")));
    let Some(rest) = text.get(prefix_len..).filter(|_| ours && text.len() <= MAX_FRAME) else {
        return false;
    };
    let Some((numbers, _)) = rest.split_once('/') else { return false };
    let Some((_, parts)) = numbers.split_once('-') else { return false };
    parts.parse::<usize>().is_ok_and(|parts| (1..=MAX_PARTS).contains(&parts))
}

/// What our films hold: a sealed bundle of messages.
const KIND: &str = "tallystick";

/// Bytes of content a frame: with its heads and in letters about 460, a code of version 11 at the lowest level.
const FRAGMENT: usize = 190;

/// As much as a minute of frames carries without hurry.
pub const MAX_FILM: usize = 48 << 10;

/// Parts of the longest film.
const MAX_PARTS: usize = MAX_FILM.div_ceil(FRAGMENT) + 1;

/// Letters of the longest frame, with room for heads.
const MAX_FRAME: usize = 700;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(len: usize) -> Vec<u8> {
        (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    #[test]
    fn one_part_is_a_film_too() {
        let mut film = Film::of(&[5]).unwrap();

        assert_eq!(Gathering::default().take(&film.frame()), Seen::Whole(vec![5]));
    }

    #[test]
    fn nothing_and_too_much_are_no_films() {
        assert!(Film::of(&[]).is_none());
        assert!(Film::of(&content(MAX_FILM + 1)).is_none());
        let film = Film::of(&content(MAX_FILM)).unwrap();
        assert!(film.parts() <= MAX_PARTS, "{}", film.parts());
    }

    #[test]
    fn frames_make_small_codes() {
        let mut film = Film::of(&content(5_000)).unwrap();
        let frame = film.frame();

        assert!(frame.len() <= 468, "{}", frame.len());
        let plain =
            |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || ":/-".contains(letter);
        assert!(frame.chars().all(plain), "{frame}");
    }

    #[test]
    fn progress_is_told_and_a_repeated_frame_changes_nothing() {
        let mut film = Film::of(&content(600)).unwrap();
        let mut gathering = Gathering::default();
        let first = film.frame();

        assert_eq!(gathering.take(&first), Seen::Part { have: 1, of: 4 });
        assert_eq!(gathering.take(&format!(" {first}\n")), Seen::Part { have: 1, of: 4 });
        assert_eq!(gathering.take(&film.frame()), Seen::Part { have: 2, of: 4 });
    }

    #[test]
    fn another_film_begins_anew() {
        let (mut one, mut two) = (Film::of(&content(600)).unwrap(), Film::of(&content(599)).unwrap());
        let mut gathering = Gathering::default();
        gathering.take(&one.frame());
        gathering.take(&one.frame());

        assert_eq!(gathering.take(&two.frame()), Seen::Part { have: 1, of: 4 });
        let mut last = Seen::NoFrame;
        for _ in 0..3 {
            last = gathering.take(&two.frame());
        }
        assert_eq!(last, Seen::Whole(content(599)));
    }

    #[test]
    fn a_film_that_is_whole_stays_whole_while_it_is_shown() {
        let (mut one, mut two) = (Film::of(&content(600)).unwrap(), Film::of(&content(599)).unwrap());
        let mut gathering = Gathering::default();
        let mut last = Seen::NoFrame;
        for _ in 0..4 {
            last = gathering.take(&one.frame());
        }
        assert_eq!(last, Seen::Whole(content(600)));

        assert_eq!(gathering.take(&one.frame()), Seen::Whole(content(600)));
        assert_eq!(gathering.take(&two.frame()), Seen::Part { have: 1, of: 4 });
        assert_eq!(gathering.take(&one.frame()), Seen::Part { have: 1, of: 4 });
    }

    #[test]
    fn frames_that_lie_about_themselves_are_none() {
        let mut film = Film::of(&content(600)).unwrap();
        let frame = film.frame();
        for bad in [
            "",
            "ur:tallystick",
            "ur:tallystick/",
            "ur:tallystick/1-4/",
            "ur:tallystick/1-4/zz",
            "ur:bytes/1-4/aeadaolazm",
            &frame.replace("1-4", "2-4"),
            &frame.replace("1-4", "1-999999"),
            &frame.replace("1-4", "1-18446744073709551616"),
            &frame.replace("1-4", "1-0"),
            &frame.replace("1-4", "0-4"),
            &frame[..frame.len() - 2],
            &format!("{frame}{}", "A".repeat(400)),
        ] {
            assert_eq!(Gathering::default().take(bad), Seen::NoFrame, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_film_survives_gaps_and_disorder(
            len in 1_usize..6_000,
            lost in prop::collection::vec(any::<bool>(), 200),
            seed in any::<u64>(),
        ) {
            let content: Vec<u8> =
                (0..len).map(|at| u8::try_from((seed.rotate_left(u32::try_from(at % 64).unwrap()) ^ u64::try_from(at).unwrap()) & 255).unwrap()).collect();
            let mut film = Film::of(&content).unwrap();
            let mut frames: Vec<String> = (0..200).map(|_| film.frame()).collect();
            frames.reverse();
            let mut gathering = Gathering::default();
            let seen = frames
                .iter()
                .zip(&lost)
                .filter(|(_, lost)| !**lost)
                .map(|(frame, _)| gathering.take(frame))
                .find(|seen| matches!(seen, Seen::Whole(_)));
            prop_assume!(lost.iter().filter(|lost| !**lost).count() > 60);

            prop_assert_eq!(seen, Some(Seen::Whole(content)));
        }

        #[test]
        fn anything_at_all_is_survived(text in ".{0,200}", tail in "[a-z0-9/-]{0,80}") {
            let mut gathering = Gathering::default();
            gathering.take(&text);
            gathering.take(&format!("ur:tallystick/{tail}"));
        }
    }
}
