//! The worker's whole life: it is asked once, and goes on until nobody listens any more or nothing is to be seen.

use std::io::{self, Read as _, Write};
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::device::{Shot, film};
use super::hint;
use super::pixels::preview;
use super::roll;
use super::slot::{Next, Slot};
use super::wire::{Ask, News, Spot, Trouble, read_ask, write_news};
use crate::{Hint, Sighting, Stream};

/// Runs the worker between this process's standard input and output.
pub fn work() -> ExitCode {
    harden();
    let mut from = io::stdin();
    let Ok(Some(ask)) = read_ask(&mut from) else { return ExitCode::FAILURE };
    // Whoever started us is gone when this ends; nobody looks any more, so nothing may be filmed.
    thread::spawn(move || {
        let _ = from.read(&mut [0]);
        exit(0);
    });
    let mouth = Mouth(Arc::new(Mutex::new(io::stdout())));
    thread::spawn({
        let mouth = mouth.clone();
        move || call_the_roll(&mouth)
    });
    match ask {
        Ask::List => loop {
            mouth.say(News::Alive);
            thread::sleep(BEAT);
        },
        Ask::See(camera) => {
            let trouble = look_through(camera, &mouth);
            mouth.say(News::Trouble(trouble));
            // Not by way of `return`: nobody waits for a thread that hangs in its driver.
            exit(0);
        }
    }
}

/// Films with one camera, shows and reads, until there is trouble.
fn look_through(camera: String, mouth: &Mouth) -> Trouble {
    let newest: Arc<Slot<Shot, Trouble>> = Arc::new(Slot::new());
    let reading = Arc::new(Reading::new());
    thread::spawn({
        let newest = Arc::clone(&newest);
        move || film(&camera, &newest)
    });
    thread::spawn({
        let (newest, reading, mouth) = (Arc::clone(&newest), Arc::clone(&reading), mouth.clone());
        move || read_on(&newest, &reading, &mouth)
    });
    let (mut turn, mut seen, mut beat) = (0, Instant::now(), None::<Instant>);
    loop {
        match newest.after(turn, BEAT) {
            Next::End(trouble) => return trouble,
            Next::Newer(shot, now) => {
                turn = now;
                seen = Instant::now();
                if let Some(frame) = preview(&shot.frame) {
                    mouth.say(News::Frame(frame));
                }
            }
            Next::NotYet if seen.elapsed() >= NO_PICTURE => return Trouble::NoPicture,
            Next::NotYet => {}
        }
        // A reader that has not come back is a worker that has stopped: then this falls silent, and is ended.
        if beat.is_none_or(|beat| beat.elapsed() >= BEAT) && !reading.hangs() {
            beat = Some(Instant::now());
            mouth.say(News::Alive);
        }
    }
}

/// Reads the newest frame, again and again. While nothing looks like a code, most of the time is slept away.
fn read_on(newest: &Slot<Shot, Trouble>, reading: &Reading, mouth: &Mouth) {
    let (mut stream, mut turn, mut said) = (Stream::new(), 0, None::<Hint>);
    let began = Instant::now();
    loop {
        let shot = match newest.after(turn, BEAT) {
            Next::End(_) => return,
            Next::NotYet => continue,
            Next::Newer(shot, now) => {
                turn = now;
                shot
            }
        };
        let frame = &shot.frame;
        reading.begin();
        let taken = shot.at.saturating_duration_since(began);
        let Sighting { codes, hint: now } = stream.see(&frame.pixels, frame.width, frame.height, taken);
        // The stream knows better where it has something to say.
        let now = if codes.is_empty() { now.or_else(|| hint::of(frame)) } else { None };
        reading.end();
        if now != said {
            said = now;
            mouth.say(News::Hint(said));
        }
        let promising =
            !codes.is_empty() || stream.stirs(taken) || now.is_some_and(|hint| hint != Hint::TooDark);
        if !codes.is_empty() {
            let (width, height) = (float(frame.width), float(frame.height));
            let corners = codes.iter().map(|code| code.corners.map(|at| spot(at.x / width, at.y / height)));
            let corners = corners.collect();
            mouth.say(News::Found { texts: codes.into_iter().map(|code| code.text).collect(), corners });
        }
        if !promising {
            thread::sleep(IDLE);
        }
    }
}

fn call_the_roll(mouth: &Mouth) {
    let mut said = None;
    loop {
        let there = roll::call();
        if said.as_ref() != Some(&there) {
            mouth.say(News::Cameras(there.clone()));
            said = Some(there);
        }
        thread::sleep(ROLL);
    }
}

fn spot(x: f64, y: f64) -> Spot {
    Spot { x, y }
}

fn float(pixels: usize) -> f64 {
    u32::try_from(pixels).map_or(1.0, f64::from)
}

/// Where all threads say what they have to say, one after the other.
#[derive(Clone)]
struct Mouth(Arc<Mutex<io::Stdout>>);

impl Mouth {
    fn say(&self, news: News) {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if write_news(&mut *out, news).and_then(|()| Ok(out.flush()?)).is_err() {
            exit(0);
        }
    }
}

/// Since when the reader looks at one frame.
struct Reading {
    began: Instant,
    /// Milliseconds after `began`, plus one; zero while it waits.
    since: AtomicU64,
}

impl Reading {
    fn new() -> Self {
        Self { began: Instant::now(), since: AtomicU64::new(0) }
    }

    fn begin(&self) {
        self.since.store(self.now(), Ordering::Relaxed);
    }

    fn end(&self) {
        self.since.store(0, Ordering::Relaxed);
    }

    fn hangs(&self) -> bool {
        let since = self.since.load(Ordering::Relaxed);
        since != 0 && self.now().saturating_sub(since) > TOO_LONG
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }
}

/// Gives up what this process will not need: it ends with whoever started it, gains no rights, and leaves no image of
/// what it saw on the disk.
#[cfg(target_os = "linux")]
fn harden() {
    use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
    use rustix::thread::set_no_new_privs;

    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let done = [
        set_parent_process_death_signal(Some(Signal::KILL)),
        set_no_new_privs(true),
        setrlimit(Resource::Core, none),
    ];
    for error in done.into_iter().filter_map(Result::err) {
        tracing::debug!(%error, "the camera's process keeps a right it does not need");
    }
}

#[cfg(not(target_os = "linux"))]
fn harden() {}

/// How often the worker says that it is there; the keeper's patience is a multiple of it.
const BEAT: Duration = Duration::from_millis(200);

/// A camera that shows nothing for so long shows nothing.
const NO_PICTURE: Duration = Duration::from_secs(3);

/// How often it is looked which cameras there are.
const ROLL: Duration = Duration::from_secs(1);

/// Between two looks at frames in which nothing looks like a code: with a look of about 45 ms, a sixth of a core at most.
const IDLE: Duration = Duration::from_millis(240);

/// One look takes 80 ms at most where nothing else runs (ADR 16); in milliseconds.
const TOO_LONG: u64 = 700;
