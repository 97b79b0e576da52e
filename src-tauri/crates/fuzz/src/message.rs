//! **A message from a stranger.** What is taken is within every limit, and written again it is the same message; what
//! was signed inside it keeps its digest on the way. What is too long is refused whatever it says.

use serde_json::Value;
use tallystick_core::canonical::parse_strict;
use tallystick_core::message::{BadMessage, Body, Envelope, MAX_MESSAGE};
use tallystick_core::{MAX_CERTIFICATE, MAX_MEMO};

pub(crate) fn run(bytes: &[u8]) {
    let read = Envelope::parse(bytes);
    if bytes.len() > MAX_MESSAGE {
        assert_eq!(read, Err(BadMessage::TooLarge));
        return;
    }
    let Ok(message) = read else { return };
    let whole = parse_strict(bytes).expect("a message is strict JSON");
    check_limits(&message);

    let written = message.to_bytes();
    if written.len() > MAX_MESSAGE {
        // Dates in another's form may grow by a few bytes in ours.
        assert!(written.len() - MAX_MESSAGE < 64, "a message grew in our hands");
        return;
    }
    let again = Envelope::parse(&written).expect("our own form is within our own limits");
    assert_eq!(again, message, "a message is another one after it was written");
    assert_eq!(again.to_bytes(), written, "the written form moves");
    assert_eq!(digests(&again.body), digests(&message.body), "a digest moved");
    if let Body::Tally { object, .. } = &message.body {
        assert_eq!(Some(object.raw()), whole.get("object"), "a signed object was altered");
    }
}

fn check_limits(message: &Envelope) {
    let (target, action) = message.body.name();
    assert!(target.chars().count() <= 64 && action.chars().count() <= 64, "a word for the log is too long");
    let memos: Vec<&str> = match &message.body {
        Body::Tally { object, reason, .. } => {
            [object.memo(), reason.as_deref()].into_iter().flatten().collect()
        }
        Body::Chit { object, reason, .. } => {
            [object.memo(), reason.as_deref()].into_iter().flatten().collect()
        }
        Body::Chain(chain) => {
            assert!(chain.chits.iter().all(|chit| chit.tally() == chain.tally), "a chit of another tally");
            chain.chits.iter().filter_map(|chit| chit.memo()).collect()
        }
        Body::Ticket { cert, .. } => {
            assert!(size(cert.raw()) <= MAX_CERTIFICATE, "a certificate is too large");
            Vec::new()
        }
        _ => Vec::new(),
    };
    assert!(memos.iter().all(|memo| memo.chars().count() <= MAX_MEMO), "a memo is too long");
}

fn digests(body: &Body) -> Vec<String> {
    match body {
        Body::Tally { object, .. } => vec![object.digest().to_string()],
        Body::Chit { object, .. } => vec![object.digest().to_string()],
        Body::Chain(chain) => chain.chits.iter().map(|chit| chit.digest().to_string()).collect(),
        _ => Vec::new(),
    }
}

fn size(value: &Value) -> usize {
    tallystick_core::canonical::signing(value).expect("it was checked").len()
}
