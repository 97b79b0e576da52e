//! Codes on their way in and out: pictures that are read, pictures and terminals that are drawn on.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use tallystick_node::view::{Failure, FailureCode, TicketView};
use tallystick_scan::{ImageError, ImageLimits, Options, QUIET_ZONE, draw, read_image};

use crate::args::Draw;
use crate::fault::Fault;
use crate::say::Say;

/// The side of a written picture, in pixels: what a phone's camera reads across a table.
const SIDE: u32 = 720;

/// The longest code that is read from standard input; the wallet says itself what is too long.
const MAX_TEXT: u64 = 32 * 1024;

/// The text of a code as given on the command line. Pictures are looked at before any key is open.
pub(crate) fn text(given: &str) -> Result<String, Fault> {
    if given == "-" {
        let mut text = String::new();
        std::io::stdin().take(MAX_TEXT).read_to_string(&mut text).map_err(Fault::Terminal)?;
        return Ok(text);
    }
    match given.strip_prefix('@') {
        Some(path) => picture(Path::new(path)),
        None => Ok(given.to_owned()),
    }
}

fn picture(path: &Path) -> Result<String, Fault> {
    let limits = ImageLimits::default();
    let most = u64::try_from(limits.bytes).unwrap_or(u64::MAX).saturating_add(1);
    let refuse = |source| Fault::File { path: path.to_path_buf(), doing: "read", source };
    let mut bytes = Vec::new();
    File::open(path).map_err(refuse)?.take(most).read_to_end(&mut bytes).map_err(refuse)?;
    let found = read_image(&bytes, &limits).map_err(|error| {
        refused(match error {
            ImageError::Unreadable(_) => FailureCode::UnreadableImage,
            ImageError::TooLarge => FailureCode::ImageTooLarge,
            ImageError::Svg => FailureCode::SvgRefused,
        })
    })?;
    match <[_; 1]>::try_from(found) {
        Ok([one]) => Ok(one.text),
        Err(none) if none.is_empty() => Err(refused(FailureCode::NoCodeInImage)),
        Err(many) => Err(Fault::ManyCodes(many.len())),
    }
}

fn refused(code: FailureCode) -> Fault {
    Fault::Refused(Failure { code, retryable: false, safe_to_repeat: true })
}

/// Draws a ticket's code where it is wanted.
pub(crate) fn show(ticket: &TicketView, wanted: &Draw, say: Say) -> Result<(), Fault> {
    if !wanted.qr && wanted.png.is_none() {
        return Ok(());
    }
    let code = draw(ticket.link.as_deref().ok_or(Fault::NoCode)?, &Options::default())?;
    if let Some(path) = &wanted.png {
        let side = SIDE.max(code.modules() + 2 * QUIET_ZONE);
        write(path, &code.png(side)?).map_err(|source| Fault::File {
            path: path.clone(),
            doing: "written",
            source,
        })?;
    }
    if wanted.qr {
        say.aside(&on_terminal(&code)?);
    }
    Ok(())
}

/// A picture of a live ticket is as good as the ticket: nobody else may read it.
fn write(path: &Path, picture: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(picture)
}

/// Two rows of modules a line, black on white whatever the terminal's colours are.
fn on_terminal(code: &tallystick_scan::Code) -> Result<String, Fault> {
    let side = code.modules() + 2 * QUIET_ZONE;
    let picture = code.png(side)?;
    let grey = image::load_from_memory(&picture).map_err(tallystick_scan::DrawError::Encode)?.into_luma8();
    let dark = |x: u32, y: u32| grey.get_pixel_checked(x, y).is_some_and(|pixel| pixel.0[0] < 128);
    let mut drawing = String::new();
    for y in (0..side).step_by(2) {
        drawing.push_str("\x1b[30;107m");
        for x in 0..side {
            drawing.push(match (dark(x, y), dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        drawing.push_str("\x1b[0m\n");
    }
    Ok(drawing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_on_the_terminal_is_as_wide_as_it_is_high() {
        let code = draw("chip://ana:key@host:65430", &Options::default()).expect("a code");

        let drawing = on_terminal(&code).expect("a drawing");

        let side = usize::try_from(code.modules() + 2 * QUIET_ZONE).expect("small");
        let lines: Vec<_> = drawing.lines().collect();
        assert_eq!(lines.len(), side.div_ceil(2));
        let bare = |line: &str| line.replace("\x1b[30;107m", "").replace("\x1b[0m", "");
        assert!(lines.iter().all(|line| bare(line).chars().count() == side));
        assert!(bare(lines[0]).trim().is_empty() && !bare(lines[2]).trim().is_empty());
    }
}
