//! Cameras for the window: the processes that film and that look which cameras there are, and what comes of them.
//!
//! Frames are fetched by the window one at a time, always the newest, so that a slow window gets fewer and nothing piles
//! up. Everything else is told on a channel of its own.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tallystick_node::Session;
use tallystick_node::view::{CodeCard, Failure, FailureCode};
use tallystick_scan_worker::Hint;
use tallystick_scan_worker::camera::{Ask, Camera, Keeper, News, Seen, Trouble, work};
use tauri::{AppHandle, Emitter as _};
use tokio::sync::mpsc;
use tokio::sync::watch;
use ts_rs::TS;

/// The argument after [`crate::pictures::WORKER`] that makes this program a camera's process.
pub(crate) const CAMERA: &str = "camera";

/// The channel on which the window hears of cameras.
const CHANNEL: &str = "camera";

/// A camera of this computer, as its maker calls it.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CameraView {
    /// Hand this back to start it.
    id: String,
    name: String,
    /// What tells it from another of the same name: a size, a place.
    detail: Option<String>,
}

/// The cameras there are, and why there is none, if so.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CameraList {
    cameras: Vec<CameraView>,
    trouble: Option<CameraTrouble>,
}

/// What would help the camera to read.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CameraHint {
    Closer,
    Farther,
    TooDark,
    Glare,
    HoldStill,
}

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CameraTrouble {
    None,
    Refused,
    Busy,
    NoPicture,
    Unplugged,
    NoSupport,
    StoppedAnswering,
}

/// A place in the picture: 0 to 1 from its left and its top.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spot {
    x: f64,
    y: f64,
}

/// What a camera that runs tells, beside its frames.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum CameraSight {
    Hint {
        hint: Option<CameraHint>,
    },
    Found {
        cards: Vec<CodeCard>,
        corners: Vec<Vec<Spot>>,
    },
    /// After this it is over by itself.
    Trouble {
        trouble: CameraTrouble,
    },
    Cameras {
        list: CameraList,
    },
    /// It stopped answering, and is being started again.
    Healing,
}

/// What one run tells.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CameraNews {
    /// As the window called it.
    run: u32,
    sight: CameraSight,
}

/// What runs: at most one camera, and one look-out for cameras.
#[derive(Debug, Default)]
pub(crate) struct Cameras {
    running: Mutex<Running>,
}

#[derive(Debug, Default)]
struct Running {
    film: Option<Run>,
    roll: Option<Run>,
}

/// Dropped, its process is ended.
#[derive(Debug)]
struct Run {
    number: u32,
    _keeper: Keeper,
    frames: watch::Receiver<Option<Seen>>,
}

impl Cameras {
    /// Starts a run that the window calls by this number: a camera, or without one the look-out for all of them. One
    /// of the same kind that runs is ended.
    pub(crate) fn start(&self, number: u32, camera: Option<String>, app: AppHandle, node: Arc<Session>) {
        let (show, frames) = watch::channel(None);
        let (tell, told) = mpsc::channel(WAITING);
        let films = camera.is_some();
        let ask = camera.map_or(Ask::List, Ask::See);
        // The one before lets go of the camera first.
        let former = {
            let mut running = self.lock();
            if films { running.film.take() } else { running.roll.take() }
        };
        drop(former);
        let keeper = Keeper::start(worker, ask, move |news| match news {
            Some(News::Frame(seen)) => {
                show.send_replace(Some(seen));
            }
            // These come again with the next frame: one that finds no room is not missed.
            Some(news @ News::Found { .. }) => drop(tell.try_send(Some(news))),
            news => drop(tell.blocking_send(news)),
        });
        tauri::async_runtime::spawn(pass_on(number, told, app, node));
        let run = Run { number, _keeper: keeper, frames };
        let mut running = self.lock();
        *(if films { &mut running.film } else { &mut running.roll }) = Some(run);
    }

    /// The run's next frame: a JPEG, then its width and height in two bytes each, the lower first. Empty when none
    /// comes for a while.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`] when the run is over.
    pub(crate) async fn look(&self, number: u32) -> Result<Vec<u8>, Failure> {
        let over = || Failure { code: FailureCode::NotFound, retryable: false, safe_to_repeat: true };
        let mut frames = {
            let running = self.lock();
            let run = running.film.as_ref().filter(|run| run.number == number).ok_or_else(over)?;
            run.frames.clone()
        };
        // Marked as seen in the copy kept here, too, so that the next look waits for the next frame.
        match tokio::time::timeout(PATIENCE, frames.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(over()),
            Err(_) => return Ok(Vec::new()),
        }
        let frame = frames.borrow_and_update().as_ref().map(packed).unwrap_or_default();
        if let Some(run) = self.lock().film.as_mut().filter(|run| run.number == number) {
            run.frames = frames;
        }
        Ok(frame)
    }

    /// Ends a run, if it still goes on: its process is gone, and the camera's light with it.
    pub(crate) fn stop(&self, number: u32) {
        let mut running = self.lock();
        let Running { film, roll } = &mut *running;
        let ended = [film, roll].map(|run| run.take_if(|run| run.number == number));
        drop(running);
        drop(ended);
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cameras there are now.
pub(crate) async fn list() -> CameraList {
    let (tell, mut told) = mpsc::channel(WAITING);
    let keeper = Keeper::start(worker, Ask::List, move |news| drop(tell.try_send(news)));
    let heard = async {
        loop {
            match told.recv().await {
                Some(Some(News::Cameras(cameras))) => return listed(cameras),
                Some(Some(News::Trouble(trouble))) => {
                    return CameraList { cameras: Vec::new(), trouble: Some(trouble.into()) };
                }
                Some(_) => {}
                None => return stopped_answering(),
            }
        }
    };
    let list = tokio::time::timeout(LIST_PATIENCE, heard).await.unwrap_or_else(|_| stopped_answering());
    drop(keeper);
    list
}

/// Looks at what was read, and tells the window of everything.
async fn pass_on(run: u32, mut told: mpsc::Receiver<Option<News>>, app: AppHandle, node: Arc<Session>) {
    let mut last = Inspected::default();
    while let Some(news) = told.recv().await {
        let sight = match news {
            None => CameraSight::Healing,
            Some(News::Cameras(cameras)) => CameraSight::Cameras { list: listed(cameras) },
            Some(News::Hint(hint)) => CameraSight::Hint { hint: hint.map(CameraHint::from) },
            Some(News::Trouble(trouble)) => {
                tracing::info!(?trouble, "the camera gives no picture");
                CameraSight::Trouble { trouble: trouble.into() }
            }
            Some(News::Found { texts, corners }) => {
                let Some(cards) = last.inspect(&node, texts).await else { continue };
                let spots = |four: [tallystick_scan_worker::camera::Spot; 4]| {
                    four.into_iter().map(|spot| Spot { x: spot.x, y: spot.y }).collect()
                };
                CameraSight::Found { cards, corners: corners.into_iter().map(spots).collect() }
            }
            Some(News::Frame(_) | News::Alive) => continue,
        };
        if let Err(error) = app.emit_to("main", CHANNEL, CameraNews { run, sight }) {
            tracing::debug!(%error, "the window did not hear of the camera");
        }
    }
}

/// What was looked at last: a code that is held up is read many times a second, and looked at once.
#[derive(Default)]
struct Inspected {
    texts: Vec<String>,
    cards: Vec<CodeCard>,
    at: Option<Instant>,
}

impl Inspected {
    async fn inspect(&mut self, node: &Session, texts: Vec<String>) -> Option<Vec<CodeCard>> {
        let fresh = self.at.is_some_and(|at| at.elapsed() < FRESH);
        if !fresh || texts != self.texts {
            self.cards = crate::commands::cards(node, texts.clone()).await.ok()?;
            self.texts = texts;
        }
        // As long as it stays, it is the same look.
        self.at = Some(Instant::now());
        Some(self.cards.clone())
    }
}

/// This program as a camera's process: nothing of ours in its surroundings, and nobody to speak to but us.
fn worker() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap_or_default());
    command.args([crate::pictures::WORKER, CAMERA]).env_clear().stderr(Stdio::null());
    command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command
}

/// The camera's process itself.
pub(crate) fn film() -> std::process::ExitCode {
    work()
}

fn packed(seen: &Seen) -> Vec<u8> {
    let mut bytes = seen.jpeg();
    bytes.extend(seen.width.to_le_bytes());
    bytes.extend(seen.height.to_le_bytes());
    bytes
}

fn listed(cameras: Vec<Camera>) -> CameraList {
    let trouble = cameras.is_empty().then_some(CameraTrouble::None);
    let view = |Camera { id, name, detail }| CameraView { id, name, detail };
    CameraList { cameras: cameras.into_iter().map(view).collect(), trouble }
}

fn stopped_answering() -> CameraList {
    CameraList { cameras: Vec::new(), trouble: Some(CameraTrouble::StoppedAnswering) }
}

impl From<Trouble> for CameraTrouble {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused => Self::Refused,
            Trouble::Busy => Self::Busy,
            Trouble::NoPicture => Self::NoPicture,
            Trouble::Unplugged => Self::Unplugged,
            Trouble::NoSupport => Self::NoSupport,
            Trouble::StoppedAnswering => Self::StoppedAnswering,
        }
    }
}

impl From<Hint> for CameraHint {
    fn from(hint: Hint) -> Self {
        match hint {
            Hint::Closer => Self::Closer,
            Hint::Farther => Self::Farther,
            Hint::TooDark => Self::TooDark,
            Hint::Glare => Self::Glare,
            Hint::HoldStill => Self::HoldStill,
        }
    }
}

/// What a process needs to start on any system; and what tests put cameras into a folder with.
const KEPT: [&str; 4] = ["SystemRoot", "HOME", "LD_PRELOAD", "TALLYSTICK_FAKE_CAMERA"];

/// News that wait for the window.
const WAITING: usize = 64;

/// How long a look waits for a frame.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a list may take: a worker that has fallen is started once more within it.
const LIST_PATIENCE: Duration = Duration::from_secs(6);

/// A code that was away for so long is looked at anew: what it says may have come true or expired since.
const FRESH: Duration = Duration::from_secs(1);
