//! Percent-encoding of what stands inside links, strictly both ways.

use std::fmt::Write as _;

/// Encodes everything but unreserved ASCII.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let written = write!(out, "%{byte:02X}");
            debug_assert!(written.is_ok(), "writing to a string does not fail");
        }
    }
    out
}

/// Decodes, or says nothing if an escape is broken or the result is no UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = nibble(rest.next()?)?;
            let low = nibble(rest.next()?)?;
            out.push(high << 4 | low);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

fn nibble(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn broken_escapes_are_refused() {
        for text in ["%", "%4", "%zz", "a%", "%ff", "%+1"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_survives(text in any::<String>()) {
            prop_assert_eq!(decode(&encode(&text)), Some(text.clone()));
            prop_assert!(!encode(&text).contains(['&', '=', '?', '#', '@', ':', '/', ' ']));
        }
    }
}
