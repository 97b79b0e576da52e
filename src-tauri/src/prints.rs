//! Tickets outside the window: as a picture, as a file to attach, on paper.

use tallystick_node::view::{Failure, FailureCode, HandOver, InvoiceView, TicketForm, TicketView};
use tallystick_scan::{Code, Correction, Level, Options, QUIET_ZONE, draw};

/// A ticket as a file, and how its name ends.
///
/// # Errors
/// [`FailureCode::OutOfTurn`] once it can no longer be shown.
pub(crate) fn file(ticket: &TicketView, form: TicketForm) -> Result<(Vec<u8>, &'static str), Failure> {
    let link = ticket.link.as_deref().ok_or_else(|| plain(FailureCode::OutOfTurn))?;
    match form {
        TicketForm::File => Ok((format!("{link}\n").into_bytes(), "tallyticket")),
        TicketForm::Picture => {
            let code = for_paper(link).ok_or_else(|| fault("the ticket is too long for a code"))?;
            let side = (code.modules() + 2 * QUIET_ZONE) * PIXELS;
            Ok((code.png(side).map_err(|error| fault(&error.to_string()))?, "png"))
        }
    }
}

/// An invoice as a file, and how its name ends.
///
/// # Errors
/// [`FailureCode::Internal`] if it is too long for a code.
pub(crate) fn invoice(invoice: &InvoiceView, form: TicketForm) -> Result<(Vec<u8>, &'static str), Failure> {
    match form {
        TicketForm::File => Ok((format!("{}\n", invoice.code).into_bytes(), "tallyinvoice")),
        TicketForm::Picture => {
            let code = for_paper(&invoice.code).ok_or_else(|| fault("the invoice is too long for a code"))?;
            let side = (code.modules() + 2 * QUIET_ZONE) * PIXELS;
            Ok((code.png(side).map_err(|error| fault(&error.to_string()))?, "png"))
        }
    }
}

/// A code that is scaled, printed and folded by others: as much may be lost of it as costs no ease of reading.
fn for_paper(link: &str) -> Option<Code> {
    let strong = draw(link, &Options { correction: Correction::Fixed(Level::Q) }).ok();
    strong.filter(|code| code.modules() <= MOST_MODULES).or_else(|| draw(link, &Options::default()).ok())
}

/// A code that moves, its frames drawn: each an SVG.
pub(crate) fn film(shown: HandOver) -> HandOver {
    let drawn: Vec<Code> =
        shown.frames.iter().filter_map(|frame| draw(frame, &Options::default()).ok()).collect();
    let modules = drawn.iter().map(Code::modules).max();
    HandOver { modules, frames: drawn.iter().map(Code::svg).collect(), ..shown }
}

/// Enough of an id to tell files apart.
pub(crate) fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// No dialog for printing came.
pub(crate) fn unprintable(error: &tauri::Error) -> Failure {
    tracing::warn!(%error, "nothing could be printed");
    plain(FailureCode::CannotPrint)
}

fn plain(code: FailureCode) -> Failure {
    Failure { code, retryable: false, safe_to_repeat: true }
}

fn fault(report: &str) -> Failure {
    plain(FailureCode::Internal { report: report.to_owned() })
}

/// Pixels a module: sharp when it is shown in a chat, and on paper.
const PIXELS: u32 = 16;

/// Version 13: a little more than screens are allowed, for a code that lies still.
const MOST_MODULES: u32 = 69;

#[cfg(test)]
mod tests {
    use tallystick_scan::{ImageLimits, read_image};

    use super::*;

    #[test]
    fn a_code_for_paper_survives_more_where_it_stays_easy() {
        let short = for_paper("chip://ana:key@host:65430?ticket=one").expect("a code");
        let long = for_paper(&"x".repeat(900)).expect("a code");

        assert_eq!(short.level(), Level::Q);
        assert_ne!(long.level(), Level::Q);
    }

    #[test]
    fn a_picture_of_a_ticket_says_what_its_link_says() {
        let code = for_paper("chip://ana:key@host:65430?ticket=one").expect("a code");
        let side = (code.modules() + 2 * QUIET_ZONE) * PIXELS;

        let found = read_image(&code.png(side).expect("a picture"), &ImageLimits::default()).expect("read");

        assert_eq!(found[0].text, "chip://ana:key@host:65430?ticket=one");
    }
}
