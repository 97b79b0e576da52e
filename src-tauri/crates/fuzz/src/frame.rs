//! **Cutting frames out of a stream.** However the stream arrives, byte by byte or at once, the same frames come out;
//! what is no frame stays none, whatever follows; and a frame is written again exactly as it came.

use tallystick_noise::frame::{self, Frame, MAX_BODY, PREFIX};

pub(crate) fn run(bytes: &[u8]) {
    let mut rest = bytes;
    while let Some(frame) = first(rest) {
        let (whole, behind) = rest.split_at(frame.consumed);
        assert!(frame.body.len() <= MAX_BODY, "a frame larger than a frame may be");
        assert_eq!(
            frame::encode(frame.header, frame.body).expect("within the limit"),
            whole,
            "written otherwise"
        );
        rest = behind;
    }
}

/// The first frame of the stream, the same for every way of cutting it.
fn first(stream: &[u8]) -> Option<Frame<'_>> {
    let at_once = frame::parse(stream);
    // Every length near the decisions, and some in between.
    let cuts = (0..=stream.len()).filter(|cut| *cut < 64 || cut % 97 == 0 || stream.len() - cut < 64);
    for cut in cuts {
        match (frame::parse(&stream[..cut]), &at_once) {
            (Ok(None), Ok(Some(whole))) => assert!(cut < whole.consumed, "a whole frame was not seen"),
            (Ok(None), Ok(None)) => {}
            (Ok(None), Err(_)) => assert!(cut <= PREFIX, "a bad frame was waited for"),
            (Ok(Some(early)), whole) => assert_eq!(Ok(Some(early)), *whole, "more bytes changed a frame"),
            (Err(error), whole) => assert_eq!(Err(error), *whole, "more bytes mended a frame"),
        }
    }
    at_once.ok().flatten()
}
