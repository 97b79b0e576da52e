//! One person's screen: a virtual display, and what a person does with it beside the page.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use image::RgbImage;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, EventMask, ImageFormat, InputFocus,
    MapState, Window,
};
use x11rb::rust_connection::RustConnection;

use crate::child::{Owned, mortal};
use crate::{Fault, PATIENCE};

/// A screen with nothing on it but one wallet's window. There is no window manager: one screen each keeps windows apart.
#[derive(Debug)]
pub struct Screen {
    connection: RustConnection,
    root: Window,
    display: String,
    _server: Owned,
}

/// The window's size in the designs; the screen is just as large.
const WIDTH: u16 = 1280;
const HEIGHT: u16 = 800;

impl Screen {
    /// Switches a screen on, on a display number of its own.
    pub fn start() -> Result<Self, Fault> {
        let mut command = mortal("Xvfb");
        command
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0"])
            .arg(format!("{WIDTH}x{HEIGHT}x24"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = Owned::start(command)?;
        let display = format!(":{}", display_number(&mut server)?);
        let (connection, number) = RustConnection::connect(Some(&display)).map_err(failed)?;
        let root =
            connection.setup().roots.get(number).ok_or_else(|| failed("there is no root window"))?.root;
        Ok(Self { connection, root, display, _server: server })
    }

    /// The value of `DISPLAY` for programs on this screen.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// What the person sees now of the wallet's window, which lies in the corner of the screen.
    pub(crate) fn picture_of_window(&self) -> Result<RgbImage, Fault> {
        let Some(window) = self.window()? else { return self.picture() };
        let size = self.connection.get_geometry(window).map_err(failed)?.reply().map_err(failed)?;
        self.corner(size.width.min(WIDTH), size.height.min(HEIGHT))
    }

    /// What the person sees now.
    pub(crate) fn picture(&self) -> Result<RgbImage, Fault> {
        self.corner(WIDTH, HEIGHT)
    }

    fn corner(&self, width: u16, height: u16) -> Result<RgbImage, Fault> {
        let reply = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, u32::MAX)
            .map_err(failed)?
            .reply()
            .map_err(failed)?;
        // 24 bits deep in 32-bit words, blue first, on a display of this machine's own byte order.
        let colours = reply.data.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        RgbImage::from_raw(u32::from(width), u32::from(height), colours)
            .ok_or_else(|| failed("an odd picture"))
    }

    /// Writes what the person sees now.
    pub(crate) fn keep(picture: &RgbImage, path: &Path) -> Result<(), Fault> {
        picture.save(path).map_err(|source| Fault::Picture { path: path.to_owned(), source })
    }

    /// The wallet's window, once it is on the screen.
    pub(crate) fn window(&self) -> Result<Option<Window>, Fault> {
        let tree = self.connection.query_tree(self.root).map_err(failed)?.reply().map_err(failed)?;
        for window in tree.children {
            let shown =
                self.connection.get_window_attributes(window).map_err(failed)?.reply().map_err(failed)?;
            let size = self.connection.get_geometry(window).map_err(failed)?.reply().map_err(failed)?;
            if shown.map_state == MapState::VIEWABLE && size.width > WIDTH / 2 {
                return Ok(Some(window));
            }
        }
        Ok(None)
    }

    /// Gives the keyboard to the window, as a window manager would.
    pub(crate) fn focus(&self, window: Window) -> Result<(), Fault> {
        self.connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).map_err(failed)?;
        self.connection.flush().map_err(failed)
    }

    /// The process the window belongs to, by its own word.
    pub(crate) fn process_of(&self, window: Window) -> Result<Option<u32>, Fault> {
        let name = self.atom("_NET_WM_PID")?;
        let property = self
            .connection
            .get_property(false, window, name, AtomEnum::CARDINAL, 0, 1)
            .map_err(failed)?
            .reply()
            .map_err(failed)?;
        Ok(property.value32().and_then(|mut values| values.next()))
    }

    /// Makes the window so large, as a window manager would.
    pub(crate) fn resize(&self, window: Window, width: u16, height: u16) -> Result<(), Fault> {
        let size = ConfigureWindowAux::new().x(0).y(0).width(u32::from(width)).height(u32::from(height));
        self.connection.configure_window(window, &size).map_err(failed)?;
        self.connection.flush().map_err(failed)
    }

    /// Presses the window's close button, as a window manager would.
    pub(crate) fn close(&self, window: Window) -> Result<(), Fault> {
        let protocols = self.atom("WM_PROTOCOLS")?;
        let please = [self.atom("WM_DELETE_WINDOW")?, x11rb::CURRENT_TIME, 0, 0, 0];
        let event = ClientMessageEvent::new(32, window, protocols, please);
        self.connection.send_event(false, window, EventMask::NO_EVENT, event).map_err(failed)?;
        self.connection.flush().map_err(failed)
    }

    fn atom(&self, name: &str) -> Result<u32, Fault> {
        let reply =
            self.connection.intern_atom(false, name.as_bytes()).map_err(failed)?.reply().map_err(failed)?;
        Ok(reply.atom)
    }
}

/// The server says on which number it listens, once it does.
fn display_number(server: &mut Owned) -> Result<u32, Fault> {
    let out = server.child().stdout.take().ok_or_else(|| failed("it has no output"))?;
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(out).read_line(&mut line);
        // Nobody listens any more when patience has ended; that is told already.
        let _ = tell.send(read.map(|_| line));
    });
    let line = told.recv_timeout(PATIENCE).map_err(failed)?.map_err(failed)?;
    line.trim().parse().map_err(|_| failed("Xvfb ended before it was ready"))
}

fn failed(error: impl ToString) -> Fault {
    Fault::Screen(error.to_string())
}
