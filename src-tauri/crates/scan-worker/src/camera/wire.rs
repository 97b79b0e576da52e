//! What worker and keeper say to each other: a length, a kind, and then JSON or pixels.

use std::io::{self, Read, Write};

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Hint;

/// What the worker is started for. It is told once; whoever wants something else starts another worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ask {
    /// Say which cameras there are, now and whenever that changes.
    List,
    /// Show what this one sees.
    See(String),
}

/// A camera of this computer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Camera {
    /// What [`Ask::See`] wants to hear.
    pub id: String,
    /// As its maker calls it.
    pub name: String,
    /// What tells it from another of the same name.
    pub detail: Option<String>,
}

/// What the worker says.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// It is there and gets on with its work.
    Alive,
    /// These are the cameras.
    Cameras(Vec<Camera>),
    /// A small grey picture of what is seen now.
    Frame(Seen),
    /// Codes are read.
    Found {
        /// What they say: claims by strangers.
        texts: Vec<String>,
        /// Where each is, as the corners of its frame.
        corners: Vec<[Spot; 4]>,
    },
    /// What would help.
    Hint(Option<Hint>),
    /// There is no picture any more, and the worker ends.
    Trouble(Trouble),
}

/// A small grey picture: one byte a pixel, row after row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Pixels in a row, at most [`Seen::MAX_WIDTH`].
    pub width: u16,
    /// Rows, at most [`Seen::MAX_HEIGHT`].
    pub height: u16,
    /// As many as both say.
    pub pixels: Vec<u8>,
}

impl Seen {
    /// The widest preview.
    pub const MAX_WIDTH: usize = 640;
    /// The highest preview.
    pub const MAX_HEIGHT: usize = 480;

    /// The picture as a JPEG, a tenth as large: web views take bytes in small bites. It is packed on the wallet's side,
    /// so that what comes out of the worker is never unpacked by anybody.
    #[must_use]
    pub fn jpeg(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.pixels.len() / 4);
        let (width, height) = (u32::from(self.width), u32::from(self.height));
        let packed = JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode(
            &self.pixels,
            width,
            height,
            ExtendedColorType::L8,
        );
        if packed.is_err() {
            bytes.clear();
        }
        bytes
    }
}

/// A place in the picture: 0 to 1 from its left and its top.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trouble {
    /// The system does not let us.
    Refused,
    /// Another program has it.
    Busy,
    /// It is on and shows nothing.
    NoPicture,
    /// It is gone.
    Unplugged,
    /// Nothing it offers can be read here.
    NoSupport,
    /// Its driver or our worker hang or fall, again and again.
    StoppedAnswering,
}

/// The other side says what is no part of this.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The pipe broke, or ended within a message.
    #[error("the pipe to the camera's process broke")]
    Pipe(#[from] io::Error),
    /// More than [`MAX_MESSAGE`] bytes, none, or not what its kind has in it.
    #[error("the camera's process said what is no message")]
    NoMessage,
}

/// Everything that is not pixels, as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Said {
    Alive,
    Cameras(Vec<Camera>),
    Found { texts: Vec<String>, corners: Vec<[Spot; 4]> },
    Hint(Option<HintSaid>),
    Trouble(Trouble),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum HintSaid {
    Closer,
    Farther,
    TooDark,
    Glare,
    HoldStill,
}

/// Writes one piece of news.
///
/// # Errors
/// [`WireError::NoMessage`] for news too large, [`WireError::Pipe`].
pub(crate) fn write_news(out: &mut impl Write, news: News) -> Result<(), WireError> {
    let said = match news {
        News::Frame(Seen { width, height, pixels }) => {
            let mut body = Vec::with_capacity(pixels.len() + 4);
            body.extend(width.to_le_bytes());
            body.extend(height.to_le_bytes());
            body.extend(pixels);
            return write(out, FRAME, &body);
        }
        News::Alive => Said::Alive,
        News::Cameras(cameras) => Said::Cameras(cameras),
        News::Found { texts, corners } => Said::Found { texts, corners },
        News::Hint(hint) => Said::Hint(hint.map(HintSaid::from)),
        News::Trouble(trouble) => Said::Trouble(trouble),
    };
    write_json(out, &said)
}

/// The next piece of news; `None` where the worker ended between two.
///
/// # Errors
/// [`WireError`]; after one the stream is of no use any more.
pub(crate) fn read_news(from: &mut impl Read) -> Result<Option<News>, WireError> {
    let Some((kind, body)) = read(from)? else { return Ok(None) };
    if kind == FRAME {
        return frame(body).map(|seen| Some(News::Frame(seen)));
    }
    Ok(Some(match json::<Said>(kind, &body)? {
        Said::Alive => News::Alive,
        Said::Cameras(cameras) => News::Cameras(cameras),
        Said::Found { texts, corners } => News::Found { texts, corners },
        Said::Hint(hint) => News::Hint(hint.map(Hint::from)),
        Said::Trouble(trouble) => News::Trouble(trouble),
    }))
}

/// Tells the worker what it is for.
///
/// # Errors
/// [`WireError`].
pub(crate) fn write_ask(out: &mut impl Write, ask: &Ask) -> Result<(), WireError> {
    write_json(out, ask)
}

/// Hears what the worker is for.
///
/// # Errors
/// [`WireError`].
pub(crate) fn read_ask(from: &mut impl Read) -> Result<Option<Ask>, WireError> {
    let Some((kind, body)) = read(from)? else { return Ok(None) };
    json(kind, &body).map(Some)
}

fn frame(mut body: Vec<u8>) -> Result<Seen, WireError> {
    let [w0, w1, h0, h1, ..] = *body else { return Err(WireError::NoMessage) };
    let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
    let pixels = body.split_off(4);
    let (across, down) = (usize::from(width), usize::from(height));
    let sensible = across <= Seen::MAX_WIDTH && down <= Seen::MAX_HEIGHT && across * down == pixels.len();
    if sensible { Ok(Seen { width, height, pixels }) } else { Err(WireError::NoMessage) }
}

fn write_json(out: &mut impl Write, value: &impl Serialize) -> Result<(), WireError> {
    let body = serde_json::to_vec(value).map_err(|_| WireError::NoMessage)?;
    write(out, JSON, &body)
}

fn json<T: DeserializeOwned>(kind: u8, body: &[u8]) -> Result<T, WireError> {
    if kind != JSON {
        return Err(WireError::NoMessage);
    }
    serde_json::from_slice(body).map_err(|_| WireError::NoMessage)
}

fn write(out: &mut impl Write, kind: u8, body: &[u8]) -> Result<(), WireError> {
    let length = u32::try_from(body.len()).map_err(|_| WireError::NoMessage)?;
    if length > MAX_MESSAGE {
        return Err(WireError::NoMessage);
    }
    let mut whole = Vec::with_capacity(body.len() + 5);
    whole.extend(length.to_le_bytes());
    whole.push(kind);
    whole.extend(body);
    out.write_all(&whole)?;
    Ok(out.flush()?)
}

fn read(from: &mut impl Read) -> Result<Option<(u8, Vec<u8>)>, WireError> {
    let mut head = [0_u8; 5];
    // An end before the first byte is the end; within a message it is a fault.
    loop {
        match from.read(&mut head[..1]) {
            Ok(0) => return Ok(None),
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    from.read_exact(&mut head[1..])?;
    let [a, b, c, d, kind] = head;
    let length = u32::from_le_bytes([a, b, c, d]);
    if length > MAX_MESSAGE {
        return Err(WireError::NoMessage);
    }
    let mut body = vec![0; usize::try_from(length).map_err(|_| WireError::NoMessage)?];
    from.read_exact(&mut body)?;
    Ok(Some((kind, body)))
}

impl From<Hint> for HintSaid {
    fn from(hint: Hint) -> Self {
        match hint {
            Hint::Closer => Self::Closer,
            Hint::Farther => Self::Farther,
            Hint::TooDark => Self::TooDark,
            Hint::Glare => Self::Glare,
            Hint::HoldStill => Self::HoldStill,
        }
    }
}

impl From<HintSaid> for Hint {
    fn from(said: HintSaid) -> Self {
        match said {
            HintSaid::Closer => Self::Closer,
            HintSaid::Farther => Self::Farther,
            HintSaid::TooDark => Self::TooDark,
            HintSaid::Glare => Self::Glare,
            HintSaid::HoldStill => Self::HoldStill,
        }
    }
}

/// Good enough to aim by.
const QUALITY: u8 = 80;

const JSON: u8 = b'j';
const FRAME: u8 = b'f';

/// The largest preview has 307 204 bytes; a picture full of large codes has fewer.
const MAX_MESSAGE: u32 = 512 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    fn round(news: &News) -> News {
        let mut bytes = Vec::new();
        write_news(&mut bytes, news.clone()).unwrap();
        let mut from = bytes.as_slice();
        let back = read_news(&mut from).unwrap().unwrap();
        assert!(read_news(&mut from).unwrap().is_none());
        back
    }

    #[test]
    fn what_is_said_is_heard() {
        let camera = Camera { id: "0".into(), name: "Built-in".into(), detail: Some("video0".into()) };
        let spot = Spot { x: 0.25, y: 1.0 };
        for news in [
            News::Alive,
            News::Cameras(vec![camera]),
            News::Frame(Seen { width: 3, height: 2, pixels: vec![0, 1, 2, 3, 4, 255] }),
            News::Found { texts: vec!["chip://".into()], corners: vec![[spot; 4]] },
            News::Hint(Some(Hint::TooDark)),
            News::Hint(None),
            News::Trouble(Trouble::Busy),
        ] {
            assert_eq!(round(&news), news);
        }
    }

    #[test]
    fn what_is_asked_is_heard() {
        for ask in [Ask::List, Ask::See("2".to_owned())] {
            let mut bytes = Vec::new();
            write_ask(&mut bytes, &ask).unwrap();

            assert_eq!(read_ask(&mut bytes.as_slice()).unwrap(), Some(ask));
        }
    }

    #[test]
    fn a_frame_that_is_not_as_large_as_it_says_is_no_message() {
        for (width, height, pixels) in [(3, 2, 5), (3, 2, 7), (641, 1, 641), (1, 481, 481)] {
            let mut bytes = Vec::new();
            write_news(&mut bytes, News::Frame(Seen { width, height, pixels: vec![7; pixels] })).unwrap();

            assert!(matches!(read_news(&mut bytes.as_slice()), Err(WireError::NoMessage)));
        }
    }

    #[test]
    fn a_frame_is_a_picture() {
        let seen = Seen { width: 32, height: 16, pixels: vec![90; 32 * 16] };

        let shown = image::load_from_memory(&seen.jpeg()).unwrap().to_luma8();

        assert_eq!(shown.dimensions(), (32, 16));
        assert!(shown.pixels().all(|pixel| pixel.0[0].abs_diff(90) < 3));
    }

    #[test]
    fn nothing_is_set_aside_for_a_length_nobody_may_say() {
        let bytes = [0xff, 0xff, 0xff, 0xff, JSON];

        assert!(matches!(read_news(&mut bytes.as_slice()), Err(WireError::NoMessage)));
    }

    #[test]
    fn an_end_within_a_message_is_a_fault() {
        let mut bytes = Vec::new();
        write_news(&mut bytes, News::Alive).unwrap();

        for cut in 1..bytes.len() {
            assert!(matches!(read_news(&mut &bytes[..cut]), Err(WireError::Pipe(_))), "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fall(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = read_news(&mut bytes.as_slice());
            let _ = read_ask(&mut bytes.as_slice());
        }
    }
}
