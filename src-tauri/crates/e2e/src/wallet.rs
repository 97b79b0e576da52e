//! One running wallet: the app in its window, and the hands and eyes of the person in front of it.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use image::{RgbImage, imageops};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tallystick_fake_camera::FakeCamera;
use tokio::time::timeout;

use crate::child::{Owned, mortal};
use crate::sockets::{Socket, of_driver, sockets};
use crate::stage::{free_port, quiet, wait};
use crate::used::{Used, workers};
use crate::{Fault, PATIENCE, Page, Screen, Stage, Theme};

/// The programs under test, as they were built.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The app with its window.
    pub app: PathBuf,
    /// The node without one.
    pub node: PathBuf,
}

/// One wallet in its window. Dropped before it is closed, it leaves a last picture beside its log.
#[derive(Debug)]
pub struct Wallet {
    page: Page,
    // The driver's group holds the app; the screen must outlive it.
    _driver: Owned,
    screen: Screen,
    log: PathBuf,
    cameras: Option<FakeCamera>,
    is_closed: bool,
}

/// What to open a wallet with.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The app.
    pub app: &'a Path,
    /// The folder of its profile.
    pub profile: &'a Path,
    /// Whether and where it takes calls.
    pub door: Door,
    /// The desktop's theme.
    pub theme: Theme,
    /// Where its own words go.
    pub log: &'a Path,
    /// The cameras of this person's computer; none is there without.
    pub cameras: Option<&'a FakeCamera>,
    /// How often it thinks of circles of debts, if not as seldom as people need it.
    pub clearing_every: Option<Duration>,
    /// What is wrong with its engine of lifts, if anything.
    pub tampered: Option<Tampered>,
}

/// What can be wrong with an engine of lifts that is made for a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tampered {
    /// It does not heed what the person signed.
    Heedless,
    /// It never decides what it is asked as a referee.
    Undecided,
}

impl Tampered {
    /// For the environment; only a node that is built for tests reads it.
    const fn name(self) -> &'static str {
        match self {
            Self::Heedless => "heedless",
            Self::Undecided => "undecided",
        }
    }
}

/// How others can call a wallet.
#[derive(Clone, Copy, Debug)]
pub enum Door {
    /// On this port of this machine.
    Port(u16),
    /// Not at all; what it tells others to call is an address of this machine where nobody ever listens.
    Closed(Ipv4Addr),
}

/// A session that does not come up by then is started once more. The first one on a machine compiles shaders and fonts.
const SESSION: Duration = Duration::from_secs(40);

/// A command given while the first blank page is being replaced is lost; then it is given again.
const FIRST_COMMAND: Duration = Duration::from_secs(4);

impl Wallet {
    /// Opens a wallet on a screen of its own, and waits until its first answer is on the page.
    pub async fn open(stage: &Stage, opening: &Opening<'_>) -> Result<Self, Fault> {
        let screen = Screen::start()?;
        let (driver, client) = match start(stage, &screen, opening).await {
            Ok(started) => started,
            Err(Fault::NoWindow { .. }) => start(stage, &screen, opening).await?,
            Err(fault) => return Err(fault),
        };
        let window = wait("the wallet's window", PATIENCE, || screen.window().ok().flatten()).await?;
        screen.focus(window)?;
        let page = Page::new(client);
        page.wait("app-ready").await?;
        let (log, cameras) = (opening.log.to_owned(), opening.cameras.cloned());
        Ok(Self { page, _driver: driver, screen, log, cameras, is_closed: false })
    }

    /// What is in the window.
    #[must_use]
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// The cameras of this person's computer.
    ///
    /// # Errors
    /// Where it was opened without any.
    pub(crate) fn cameras(&self) -> Result<&FakeCamera, Fault> {
        self.cameras.as_ref().ok_or_else(|| Fault::Screen("this computer has no camera".to_owned()))
    }

    /// Photographs the screen once nothing on it moves any more.
    pub async fn picture(&self, path: &Path) -> Result<(), Fault> {
        self.page.settle().await?;
        let mut before = None;
        let steady = wait("a picture that stands still", PATIENCE, || {
            let now = self.screen.picture_of_window().ok()?;
            let steady = before.as_ref() == Some(&now);
            before = Some(now);
            steady.then(|| before.take()).flatten()
        });
        Screen::keep(&steady.await?, path)
    }

    /// What the person sees now of one thing on the page, moving or not.
    pub(crate) async fn look_at(&self, id: &str) -> Result<RgbImage, Fault> {
        let [left, top, width, height] = self.page.place(id).await?;
        Ok(imageops::crop_imm(&self.screen.picture_of_window()?, left, top, width, height).to_image())
    }

    /// The TCP sockets of the app itself, by its system's account, without the one by which its window is driven.
    pub fn sockets(&self) -> Result<Vec<Socket>, Fault> {
        let app = match self.screen.window()? {
            Some(window) => self.screen.process_of(window)?,
            None => None,
        };
        let app = app.ok_or_else(|| Fault::Screen("the window does not say whose it is".to_owned()))?;
        let driver = of_driver(app);
        let mut all = sockets(app)?;
        all.retain(|socket| driver.as_ref() != Some(&socket.local));
        Ok(all)
    }

    /// How much processor time the wallet's processes have used so far.
    pub fn used(&self) -> Result<Used, Fault> {
        let window = self.screen.window()?.ok_or_else(|| Fault::Screen("the window is gone".to_owned()))?;
        let app = self.screen.process_of(window)?;
        let app = app.ok_or_else(|| Fault::Screen("the window does not say whose it is".to_owned()))?;
        Ok(Used::by(app))
    }

    /// Sends a signal to all processes that film or look for cameras.
    pub(crate) fn signal_workers(&self, signal: Signal) -> Result<(), Fault> {
        let window = self.screen.window()?.ok_or_else(|| Fault::Screen("the window is gone".to_owned()))?;
        let app = self.screen.process_of(window)?.unwrap_or_default();
        for worker in workers(app) {
            let process = i32::try_from(worker).ok().and_then(Pid::from_raw);
            let process = process.ok_or_else(|| Fault::Screen(format!("{worker} is no process")))?;
            kill_process(process, signal).map_err(|error| Fault::Screen(error.to_string()))?;
        }
        Ok(())
    }

    /// Makes the window so large, as a window manager would, and waits until the page is.
    pub async fn resize(&self, width: u16, height: u16) -> Result<(), Fault> {
        let window = self.screen.window()?.ok_or_else(|| Fault::Screen("the window is gone".to_owned()))?;
        self.screen.resize(window, width, height)?;
        self.page.wait_size(width, height).await
    }

    /// Presses the window's close button and waits until the app has written everything and is gone.
    pub async fn close(mut self) -> Result<(), Fault> {
        let Some(window) = self.screen.window()? else {
            return Err(Fault::Screen("the window is gone".to_owned()));
        };
        let app = self.screen.process_of(window)?;
        self.screen.close(window)?;
        let app = app.ok_or_else(|| Fault::Screen("the window does not say whose it is".to_owned()))?;
        wait("the app to end", PATIENCE, || has_ended(app).then_some(())).await?;
        self.is_closed = true;
        Ok(())
    }

    /// Kills the process that draws the page, and waits until another has drawn the same. The page is home: that is where
    /// it begins again. Afterwards the window can be looked at and closed, but its driver has lost it.
    pub async fn lose_the_page(&self) -> Result<(), Fault> {
        self.page.settle().await?;
        let before = self.screen.picture_of_window()?;
        let window = self.screen.window()?.ok_or_else(|| Fault::Screen("the window is gone".to_owned()))?;
        let app = self.screen.process_of(window)?;
        let app = app.ok_or_else(|| Fault::Screen("the window does not say whose it is".to_owned()))?;
        let drawing = drawing_for(app).ok_or_else(|| Fault::Screen("nobody draws the page".to_owned()))?;
        kill_process(drawing, Signal::KILL).map_err(|error| Fault::Screen(error.to_string()))?;
        let another = || drawing_for(app).filter(|process| *process != drawing);
        wait("another process that draws", PATIENCE, another).await?;
        let alike = || Some(alike(&before, &self.screen.picture_of_window().ok()?)).filter(|alike| *alike);
        wait("the page as it was", PATIENCE, alike).await?;
        Ok(())
    }

    /// Ends the app from one moment to the next, as a power cut does, and waits until it is gone.
    pub async fn end(mut self) -> Result<(), Fault> {
        let app = match self.screen.window()? {
            Some(window) => self.screen.process_of(window)?,
            None => None,
        };
        let app = app.ok_or_else(|| Fault::Screen("the window does not say whose it is".to_owned()))?;
        self.is_closed = true;
        // The app is in its driver's group, and the whole group is killed.
        drop(self);
        wait("the app to be gone", PATIENCE, || has_ended(app).then_some(())).await
    }
}

impl Drop for Wallet {
    fn drop(&mut self) {
        if !self.is_closed
            && let Ok(picture) = self.screen.picture()
        {
            // It only helps to understand a failure that is already being told.
            let _ = Screen::keep(&picture, &self.log.with_extension("last.png"));
        }
    }
}

/// One attempt: a driver, and the app under it.
async fn start(stage: &Stage, screen: &Screen, opening: &Opening<'_>) -> Result<(Owned, Client), Fault> {
    let port = free_port()?;
    let mut command = stage.adapt(mortal("WebKitWebDriver"));
    command
        .args(["--host=127.0.0.1", &format!("--port={port}")])
        .env("DISPLAY", screen.display())
        .env("GDK_BACKEND", "x11")
        .env("GTK_THEME", opening.theme.of_desktop())
        // A virtual screen has no graphics card, and Mesa's stand-in for one (seen with 22.3.6) now and then crashes under
        // the threads that paint with it: the page is gone then, in the middle of a journey.
        .env("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1")
        .env("TAURI_WEBVIEW_AUTOMATION", "true");
    if let Some(tampered) = opening.tampered {
        command.env("TALLYSTICK_TAMPERED", tampered.name());
    }
    if let Some(cameras) = opening.cameras {
        command.envs(cameras.dress());
    }
    let driver = Owned::start(quiet(command, opening.log)?)?;
    wait("the window's driver", PATIENCE, || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()).await?;

    let address = format!("http://127.0.0.1:{port}");
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(wishes(opening));
    let client = match timeout(SESSION, builder.connect(&address)).await {
        Ok(Ok(client)) => client,
        Ok(Err(source)) => {
            return Err(Fault::NoWindow { log: opening.log.to_owned(), source: Box::new(source) });
        }
        Err(_) => {
            let source = fantoccini::error::NewSessionError::Lost(std::io::ErrorKind::TimedOut.into());
            return Err(Fault::NoWindow { log: opening.log.to_owned(), source: Box::new(source) });
        }
    };
    let client = answering(client, &address).await?;
    Ok((driver, client))
}

fn wishes(opening: &Opening<'_>) -> Capabilities {
    // This machine calls itself: no journey needs a network.
    let (listen, advertise) = match opening.door {
        Door::Port(port) => (format!("127.0.0.1:{port}"), Ipv4Addr::LOCALHOST),
        Door::Closed(nowhere) => ("off".to_owned(), nowhere),
    };
    let mut args = vec![
        json!("--profile"),
        json!(opening.profile),
        json!("--listen"),
        json!(listen),
        json!("--advertise"),
        json!(advertise),
    ];
    if let Some(pause) = opening.clearing_every {
        args.extend([json!("--clearing-every-ms"), json!(pause.as_millis().to_string())]);
    }
    let mut wishes = Capabilities::new();
    wishes.insert("webkitgtk:browserOptions".to_owned(), json!({ "binary": opening.app, "args": args }));
    wishes
}

/// Repeats a first, harmless command until it is answered. A client waits for its lost command for ever and lets no other
/// pass, so each attempt has a client of its own on the same session.
async fn answering(first: Client, address: &str) -> Result<Client, Fault> {
    let session = first.session_id().await?.unwrap_or_default();
    let mut client = first;
    for _ in 0..ATTEMPTS {
        // Dropped clients would end the session they share.
        client.persist().await?;
        let harmless = client.execute("return document.readyState", Vec::new());
        if let Ok(Ok(_)) = timeout(FIRST_COMMAND, harmless).await {
            return Ok(client);
        }
        let again = Client::with_existing_session(address, &session, HttpConnector::new()).await;
        client = again.map_err(|error| Fault::Screen(error.to_string()))?;
    }
    Err(Fault::Waited {
        what: "an answer from the window".to_owned(),
        seen: "every command was lost".to_owned(),
    })
}

const ATTEMPTS: usize = 10;

/// The process that draws the page of this app, if there is one.
fn drawing_for(app: u32) -> Option<Pid> {
    let processes = std::fs::read_dir("/proc").ok()?;
    processes.flatten().find_map(|entry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let (head, rest) = stat.rsplit_once(')')?;
        let mut rest = rest.split_whitespace();
        let (state, parent) = (rest.next()?, rest.next()?);
        let draws = head.contains("(WebKitWebProces") && state != "Z" && parent == app.to_string();
        draws.then(|| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)).flatten()
    })
}

/// Nearly every pixel is the same: what is told in minutes may have grown older.
fn alike(one: &RgbImage, other: &RgbImage) -> bool {
    let differ = one.pixels().zip(other.pixels()).filter(|(one, other)| one != other).count();
    one.dimensions() == other.dimensions() && differ * 50 < one.pixels().len()
}

/// Gone, or dead and not yet buried by its parent.
fn has_ended(process: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{process}/stat")) {
        Ok(stat) => stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) => true,
    }
}
