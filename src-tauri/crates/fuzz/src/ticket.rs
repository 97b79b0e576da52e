//! **A ticket.** What is read is written again as a link that reads the same and is known to be whole; and no slip in
//! a whole link, a letter changed or the end gone, gives another ticket that is taken for whole.

use tallystick_core::Ticket;
use tallystick_core::code::{self, Code, Seal};

/// The first two bytes say where the slip is and what it is; the rest is the text.
pub(crate) fn run(bytes: &[u8]) {
    let Some((slip, text)) = bytes.split_first_chunk::<3>() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(ticket) = Ticket::parse(text) else { return };

    let link = ticket.to_link();
    assert_eq!(
        Ticket::parse(&link).as_ref(),
        Ok(&ticket),
        "a ticket is another after it was written: {link}"
    );
    assert_eq!(ticket.to_link(), link);
    if link.len() <= code::MAX_CODE {
        assert_eq!(
            code::inspect(&link),
            Code::Ticket(ticket.clone(), Seal::Checked),
            "our own link is not whole"
        );
    }

    let at = usize::from(u16::from_be_bytes([slip[0], slip[1]])) % link.len();
    assert_not_another(&link[..at], &ticket);
    let mut altered = link.into_bytes();
    altered[at] = slip[2] & 0x7f;
    assert_not_another(std::str::from_utf8(&altered).expect("a link is ASCII"), &ticket);
}

fn assert_not_another(text: &str, ticket: &Ticket) {
    if let Code::Ticket(other, Seal::Checked) = code::inspect(text) {
        assert_eq!(other, *ticket, "a slip made another ticket that passes for whole: {text}");
    }
}
