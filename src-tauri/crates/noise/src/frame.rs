//! Frames on the stream: `u32 big-endian length | header | body`, the length counting header and body.
//!
//! Pure functions over bytes: whoever reads the socket keeps the buffer.

use std::fmt;

/// What a frame carries (protocol.md 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Header {
    /// `I`: first contact by ticket, message 1 of IK.
    Ticket,
    /// `N`: who is calling, the one message of the one-way pattern.
    Caller,
    /// `K`: the first message of a known caller, message 1 of KK.
    Known,
    /// `A`: the responder's answer, message 2 of IK or KK.
    Answer,
    /// `T`: a message on an open link.
    Transport,
}

impl Header {
    /// Every header, in the order of the protocol page.
    pub const ALL: [Self; 5] = [Self::Ticket, Self::Caller, Self::Known, Self::Answer, Self::Transport];

    /// The byte on the wire.
    pub const fn as_byte(self) -> u8 {
        match self {
            Self::Ticket => b'I',
            Self::Caller => b'N',
            Self::Known => b'K',
            Self::Answer => b'A',
            Self::Transport => b'T',
        }
    }

    /// Reads the byte on the wire; any other byte is no header.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            b'I' => Some(Self::Ticket),
            b'N' => Some(Self::Caller),
            b'K' => Some(Self::Known),
            b'A' => Some(Self::Answer),
            b'T' => Some(Self::Transport),
            _ => None,
        }
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(self.as_byte()))
    }
}

/// One whole frame at the front of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it carries.
    pub header: Header,
    /// The Noise message.
    pub body: &'a [u8],
    /// How many bytes of the buffer it takes, its length field included.
    pub consumed: usize,
}

/// A stream that is not ours, or a message too long for a frame. From a peer it means: close, silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A length of nothing, without even a header.
    #[error("a frame without a header")]
    Empty,
    /// More than a frame may hold.
    #[error("a frame of {length} bytes, more than {MAX_LENGTH}")]
    TooLong {
        /// The length claimed or needed.
        length: usize,
    },
    /// A header byte the protocol does not know.
    #[error("a frame with the unknown header {byte:#04x}")]
    UnknownHeader {
        /// The byte seen.
        byte: u8,
    },
}

/// Looks for one whole frame at the front of `buffer`; `None` means that more bytes are needed.
///
/// A bad length or header is refused as soon as its bytes are there, so a stranger cannot make us buffer for it.
///
/// # Errors
/// Whenever the bytes so far cannot be the start of a frame, whatever follows.
pub fn parse(buffer: &[u8]) -> Result<Option<Frame<'_>>, FrameError> {
    let Some((prefix, rest)) = buffer.split_first_chunk::<PREFIX>() else {
        return Ok(None);
    };
    let length = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
    if length == 0 {
        return Err(FrameError::Empty);
    }
    if length > MAX_LENGTH {
        return Err(FrameError::TooLong { length });
    }
    let Some(&byte) = rest.first() else {
        return Ok(None);
    };
    let header = Header::from_byte(byte).ok_or(FrameError::UnknownHeader { byte })?;
    let frame = rest.get(..length).and_then(|whole| whole.get(1..));
    Ok(frame.map(|body| Frame { header, body, consumed: PREFIX + length }))
}

/// Writes one frame.
///
/// # Errors
/// [`FrameError::TooLong`] when the body exceeds [`MAX_BODY`].
pub fn encode(header: Header, body: &[u8]) -> Result<Vec<u8>, FrameError> {
    let length = body.len().saturating_add(1);
    let prefix = u32::try_from(length).ok().filter(|_| length <= MAX_LENGTH);
    let prefix = prefix.ok_or(FrameError::TooLong { length })?;
    let mut bytes = Vec::with_capacity(PREFIX + length);
    bytes.extend_from_slice(&prefix.to_be_bytes());
    bytes.push(header.as_byte());
    bytes.extend_from_slice(body);
    Ok(bytes)
}

/// The longest Noise message.
pub const MAX_BODY: usize = 65_535;

/// The largest length field: one header byte and the longest Noise message.
pub const MAX_LENGTH: usize = MAX_BODY + 1;

/// Bytes of the length field.
pub const PREFIX: usize = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_of_no_length_is_refused() {
        assert_eq!(parse(&[0, 0, 0, 0]), Err(FrameError::Empty));
    }

    #[test]
    fn the_longest_frame_passes_and_one_more_byte_does_not() {
        let longest = encode(Header::Transport, &vec![7; MAX_BODY]).unwrap();

        assert_eq!(longest[..PREFIX], [0, 1, 0, 0]);
        assert_eq!(parse(&longest).unwrap().unwrap().body.len(), MAX_BODY);
        assert_eq!(
            encode(Header::Transport, &vec![7; MAX_BODY + 1]),
            Err(FrameError::TooLong { length: MAX_LENGTH + 1 })
        );
        assert_eq!(parse(&[0, 1, 0, 1]), Err(FrameError::TooLong { length: MAX_LENGTH + 1 }));
    }

    #[test]
    fn a_bad_length_or_header_is_refused_before_its_body_arrives() {
        assert_eq!(parse(&[0xff; 4]), Err(FrameError::TooLong { length: 0xffff_ffff }));
        assert_eq!(parse(&[0, 0, 1, 0, b'{']), Err(FrameError::UnknownHeader { byte: b'{' }));
    }

    #[test]
    fn every_header_survives_its_byte_and_no_other_byte_is_one() {
        for header in Header::ALL {
            assert_eq!(Header::from_byte(header.as_byte()), Some(header));
        }

        assert_eq!((0..=255).filter_map(Header::from_byte).count(), Header::ALL.len());
    }

    fn arb_header() -> impl Strategy<Value = Header> {
        prop::sample::select(Header::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn a_frame_comes_out_as_it_went_in_however_it_is_cut(
            header in arb_header(),
            body in prop::collection::vec(any::<u8>(), 0..300),
            behind in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut stream = encode(header, &body).unwrap();
            let whole = stream.len();
            stream.extend_from_slice(&behind);

            for cut in 0..whole {
                prop_assert_eq!(parse(&stream[..cut]), Ok(None));
            }
            for cut in whole..=stream.len() {
                let expected = Frame { header, body: &body, consumed: whole };
                prop_assert_eq!(parse(&stream[..cut]), Ok(Some(expected)));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(Some(frame)) = parse(&bytes) {
                prop_assert_eq!(encode(frame.header, frame.body).unwrap(), &bytes[..frame.consumed]);
            }
        }
    }
}
