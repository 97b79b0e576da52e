//! X11: every program may read the root window.

use x11rb::connection::Connection as _;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, ImageOrder, Screen as Root};
use x11rb::rust_connection::RustConnection;

use super::{Picture, Screen, ScreenError, png};

/// An X display.
#[derive(Default)]
pub(super) struct Display {
    /// Its name; `DISPLAY` says it otherwise.
    name: Option<String>,
}

impl Screen for Display {
    fn pictures(&self) -> Result<Vec<Picture>, ScreenError> {
        let (connection, number) =
            x11rb::connect(self.name.as_deref()).map_err(|_| ScreenError::Unavailable)?;
        let root = connection.setup().roots.get(number).ok_or(ScreenError::Unavailable)?.clone();
        monitors(&connection, &root)?.into_iter().map(|area| shoot(&connection, &root, area)).collect()
    }
}

/// A part of the root window.
#[derive(Clone, Copy)]
struct Area {
    x: i16,
    y: i16,
    width: u16,
    height: u16,
}

/// Each monitor for itself: two of them in one picture would be shrunk before they are read.
fn monitors(connection: &RustConnection, root: &Root) -> Result<Vec<Area>, ScreenError> {
    let whole = Area { x: 0, y: 0, width: root.width_in_pixels, height: root.height_in_pixels };
    // A display without the extension has one screen.
    let Ok(asked) = connection.randr_get_monitors(root.root, true) else { return Ok(vec![whole]) };
    let Ok(reply) = asked.reply() else { return Ok(vec![whole]) };
    let found: Vec<Area> = reply
        .monitors
        .iter()
        .map(|monitor| Area { x: monitor.x, y: monitor.y, width: monitor.width, height: monitor.height })
        .filter(|area| area.width > 0 && area.height > 0)
        .take(MOST_MONITORS)
        .collect();
    Ok(if found.is_empty() { vec![whole] } else { found })
}

fn shoot(connection: &RustConnection, root: &Root, area: Area) -> Result<Picture, ScreenError> {
    let failed = |error: &dyn std::fmt::Display| ScreenError::Failed(error.to_string());
    let asked = connection
        .get_image(ImageFormat::Z_PIXMAP, root.root, area.x, area.y, area.width, area.height, u32::MAX)
        .map_err(|error| failed(&error))?;
    let reply = asked.reply().map_err(|error| failed(&error))?;
    let bytes = connection
        .setup()
        .pixmap_formats
        .iter()
        .find(|format| format.depth == reply.depth)
        .map(|format| usize::from(format.bits_per_pixel / 8));
    if bytes != Some(4) {
        return Err(ScreenError::Failed(format!("{} bits deep", reply.depth)));
    }
    let little = connection.setup().image_byte_order == ImageOrder::LSB_FIRST;
    let luma: Vec<u8> = reply.data.chunks_exact(4).map(|pixel| grey(pixel, little)).collect();
    png(&luma, area.width.into(), area.height.into())
}

/// The grey of a pixel as every usual display lays it out: blue, green, red, nothing, the smallest first.
fn grey(pixel: &[u8], little: bool) -> u8 {
    let [a, b, c, d] = [0, 1, 2, 3].map(|at| u32::from(pixel.get(at).copied().unwrap_or_default()));
    let (red, green, blue) = if little { (c, b, a) } else { (b, c, d) };
    u8::try_from((red * 77 + green * 150 + blue * 29) >> 8).unwrap_or(u8::MAX)
}

/// More than anybody looks at.
const MOST_MONITORS: usize = 8;

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Command, Stdio};

    use tallystick_scan::{ImageLimits, Options, draw, read_image};
    use x11rb::protocol::xproto::{ConnectionExt as _, CreateGCAux};
    use x11rb::wrapper::ConnectionExt as _;

    use super::*;

    /// A display of its own, ended with the test.
    struct Xvfb(Child, String);

    impl Xvfb {
        fn start(size: &str) -> Self {
            let mut child = Command::new("Xvfb")
                .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", size])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("Xvfb is installed, as the window's tests need it");
            let mut number = String::new();
            let out = child.stdout.take().expect("it was piped");
            BufReader::new(out).read_line(&mut number).expect("it says its number");
            Self(child, format!(":{}", number.trim()))
        }
    }

    impl Drop for Xvfb {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// Draws a code onto the root window, so many pixels a module.
    fn show(connection: &RustConnection, text: &str, x: i16, y: i16, side: u32) {
        let root = connection.setup().roots[0].clone();
        let code = draw(text, &Options::default()).expect("a code").png(side).expect("a picture");
        let luma = image::load_from_memory(&code).expect("a picture").into_luma8();
        let gc = connection.generate_id().expect("an id");
        connection.create_gc(gc, root.root, &CreateGCAux::new()).expect("a context");
        let side = u16::try_from(side).expect("small");
        for (row, line) in (y..).zip(luma.rows()) {
            let data: Vec<u8> = line.flat_map(|pixel| [pixel.0[0], pixel.0[0], pixel.0[0], 0]).collect();
            connection
                .put_image(ImageFormat::Z_PIXMAP, root.root, gc, side, 1, x, row, 0, root.root_depth, &data)
                .expect("drawn");
        }
        connection.sync().expect("drawn");
    }

    #[test]
    fn codes_on_the_screen_are_found_wherever_they_are() {
        let xvfb = Xvfb::start("1280x800x24");
        let (connection, _) = x11rb::connect(Some(&xvfb.1)).expect("a display");
        show(&connection, "chip://ana:key@host:65430?ticket=one", 40, 30, 300);
        show(&connection, "4006381333931", 900, 500, 200);

        let pictures = Display { name: Some(xvfb.1.clone()) }.pictures().expect("pictures");

        let mut texts: Vec<String> = pictures
            .iter()
            .flat_map(|picture| read_image(picture, &ImageLimits::default()).expect("a picture"))
            .map(|code| code.text)
            .collect();
        texts.sort();
        assert_eq!(texts, ["4006381333931", "chip://ana:key@host:65430?ticket=one"]);
    }

    #[test]
    fn a_display_that_is_not_there_is_said_to_be_none() {
        let nowhere = Display { name: Some(":59000".to_owned()) };

        assert!(matches!(nowhere.pictures(), Err(ScreenError::Unavailable)));
    }
}
