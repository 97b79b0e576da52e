//! The camera's process and whoever keeps it, with cameras made out of a folder: in every format, moved, blurred, taken
//! away, busy, refused, silent, pulled and plugged in again, stopped and killed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use tallystick_fake_camera::{FakeCamera, Format, Mood, Packing, Scene};
use tallystick_scan_worker::camera::{Ask, Camera, Keeper, News, Trouble};
use tempfile::TempDir;

/// Longer than anything here takes on a machine that does nothing else; not a measure of anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// As long as a link of a ticket.
const TICKET: &str = "chip://Q4sZB7HxFvTn2mPqLrW8yKd3cJ5gA9eU/offer?ticket=8GmC2xVbN5tRwYqZ&key=hK3pLs7Df0Xa&to=198.51.100.7:7771";

const WIDTH: u32 = 1_280;
const HEIGHT: u32 = 720;

struct Desk {
    _folder: TempDir,
    cameras: FakeCamera,
}

/// What a kept worker says; [`None`] when it is started again.
struct Listener {
    keeper: Option<Keeper>,
    said: Receiver<Option<News>>,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cameras = FakeCamera::new(folder.path()).unwrap();
        Self { _folder: folder, cameras }
    }

    fn with_camera(packing: Packing) -> Self {
        let desk = Self::new();
        desk.plug(0, "Desk camera", packing);
        desk
    }

    fn plug(&self, number: u32, name: &str, packing: Packing) {
        let format = Format { packing, width: WIDTH, height: HEIGHT, rate: 30 };
        self.show(number, &Scene::room(WIDTH, HEIGHT));
        self.cameras.plug(number, name, &[format]).unwrap();
    }

    fn show(&self, number: u32, scene: &Scene) {
        self.cameras.show(number, scene).unwrap();
    }

    fn ask(&self, ask: Ask) -> Listener {
        let (tell, said) = channel();
        let dress = self.cameras.dress();
        let program = move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick-eye"));
            command.env_clear().envs(dress.clone());
            command
        };
        let keeper = Keeper::start(program, ask, move |news| {
            let _ = tell.send(news);
        });
        Listener { keeper: Some(keeper), said }
    }

    fn see(&self) -> Listener {
        self.ask(Ask::See("0".to_owned()))
    }
}

impl Listener {
    /// Waits for the first word that means something.
    fn wait<T>(&self, what: &str, mut meaning: impl FnMut(Option<News>) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.said.recv_timeout(left) {
                Ok(news) => {
                    if let Some(found) = meaning(news) {
                        return found;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("waited in vain for {what}"),
                Err(RecvTimeoutError::Disconnected) => panic!("it was over before {what}"),
            }
        }
    }

    fn frame(&self) -> (u16, u16) {
        self.wait("a frame", |news| match news {
            Some(News::Frame(seen)) => Some((seen.width, seen.height)),
            _ => None,
        })
    }

    fn text(&self) -> String {
        self.wait("a code", |news| match news {
            Some(News::Found { texts, .. }) => texts.into_iter().next(),
            _ => None,
        })
    }

    fn trouble(&self) -> Trouble {
        self.wait("trouble", |news| match news {
            Some(News::Trouble(trouble)) => Some(trouble),
            _ => None,
        })
    }

    fn names(&self) -> Vec<String> {
        self.wait("the cameras", |news| match news {
            Some(News::Cameras(cameras)) => Some(cameras.into_iter().map(|camera| camera.name).collect()),
            _ => None,
        })
    }

    fn healing(&self) {
        self.wait("a new start", |news| news.is_none().then_some(()));
    }
}

fn held_up() -> Scene {
    Scene::room(WIDTH, HEIGHT).with_code(TICKET, 0.6, 0.5, 0.5)
}

#[test]
fn every_format_is_shown_and_read() {
    for packing in Packing::ALL {
        let desk = Desk::with_camera(packing);
        let eye = desk.see();
        assert_eq!(eye.frame(), (640, 360), "{packing:?}");

        desk.show(0, &held_up());

        assert_eq!(eye.text(), TICKET, "{packing:?}");
    }
}

#[test]
fn a_code_is_read_where_it_is_and_its_corners_are_there() {
    let desk = Desk::with_camera(Packing::Yuyv);
    desk.show(0, &Scene::room(WIDTH, HEIGHT).with_code(TICKET, 0.5, 0.25, 0.5));
    let eye = desk.see();

    let corners = eye.wait("corners", |news| match news {
        Some(News::Found { corners, .. }) => corners.first().copied(),
        _ => None,
    });

    let middle =
        |of: fn(&tallystick_scan_worker::camera::Spot) -> f64| corners.iter().map(of).sum::<f64>() / 4.0;
    assert!((middle(|spot| spot.x) - 0.25).abs() < 0.02, "{corners:?}");
    assert!((middle(|spot| spot.y) - 0.5).abs() < 0.02, "{corners:?}");
}

#[test]
fn a_code_is_read_moved_and_a_little_blurred_and_not_after_it_is_taken_away() {
    let desk = Desk::with_camera(Packing::Mjpeg);
    let eye = desk.see();
    for (x, y, blur) in [(0.35, 0.45, 0.1), (0.6, 0.55, 1.0), (0.5, 0.5, 1.6)] {
        desk.show(0, &Scene::room(WIDTH, HEIGHT).with_code(TICKET, 0.6, x, y).blurred(blur));
        assert_eq!(eye.text(), TICKET, "at {x}, {y}, blurred by {blur}");
    }

    desk.show(0, &Scene::room(WIDTH, HEIGHT));

    // What was under way may still be read; then many frames come without a code.
    let mut without = 0;
    eye.wait("frames without a code", |news| {
        match news {
            Some(News::Found { .. }) => without = 0,
            Some(News::Frame(_)) => without += 1,
            _ => {}
        }
        (without >= 20).then_some(())
    });
}

#[test]
fn codes_that_follow_each_other_are_all_read() {
    let desk = Desk::with_camera(Packing::Yuyv);
    let eye = desk.see();

    for part in 1..=8 {
        let text = format!(
            "ur:bytes/{part}-8/lpadascfadaxcywenbpljkhdcahkadaemejtswhhylkepmykhhtsytsnoyoyaxaedsuttydmmhhpktpmsrjtdk"
        );
        desk.show(0, &Scene::room(WIDTH, HEIGHT).with_code(&text, 0.7, 0.5, 0.5));
        eye.wait(&text.clone(), |news| match news {
            Some(News::Found { texts, .. }) => texts.contains(&text).then_some(()),
            _ => None,
        });
    }
}

#[test]
fn each_trouble_has_its_own_name() {
    for (mood, expected) in
        [(Mood::Busy, Trouble::Busy), (Mood::Refused, Trouble::Refused), (Mood::Silent, Trouble::NoPicture)]
    {
        let desk = Desk::with_camera(Packing::Yuyv);
        desk.cameras.feel(0, mood).unwrap();

        assert_eq!(desk.see().trouble(), expected, "{mood:?}");
    }
}

#[test]
fn a_camera_that_is_not_there_is_unplugged() {
    assert_eq!(Desk::new().see().trouble(), Trouble::Unplugged);
}

#[test]
fn a_camera_that_falls_silent_has_no_picture() {
    let desk = Desk::with_camera(Packing::Yuyv);
    let eye = desk.see();
    eye.frame();

    desk.cameras.feel(0, Mood::Silent).unwrap();

    assert_eq!(eye.trouble(), Trouble::NoPicture);
}

#[test]
fn a_camera_that_is_pulled_is_said_to_be_and_works_again_when_it_is_back() {
    for packing in [Packing::Yuyv, Packing::Mjpeg] {
        let desk = Desk::with_camera(packing);
        let eye = desk.see();
        eye.frame();

        desk.cameras.unplug(0).unwrap();
        assert_eq!(eye.trouble(), Trouble::Unplugged);

        desk.plug(0, "Desk camera", packing);
        desk.see().frame();
    }
}

#[test]
fn cameras_are_listed_by_their_names_and_again_when_that_changes() {
    let desk = Desk::with_camera(Packing::Yuyv);
    let roll = desk.ask(Ask::List);
    assert_eq!(roll.names(), ["Desk camera"]);

    desk.plug(2, "Built-in: Built-in", Packing::Mjpeg);
    assert_eq!(roll.names(), ["Desk camera", "Built-in"]);

    desk.cameras.unplug(0).unwrap();
    assert_eq!(roll.names(), ["Built-in"]);
}

#[test]
fn cameras_of_one_name_are_told_apart() {
    let desk = Desk::with_camera(Packing::Yuyv);
    desk.plug(1, "Desk camera", Packing::Yuyv);

    let there = desk.ask(Ask::List).wait("the cameras", |news| match news {
        Some(News::Cameras(cameras)) => Some(cameras),
        _ => None,
    });

    let camera = |id: &str| Camera {
        id: id.to_owned(),
        name: "Desk camera".to_owned(),
        detail: Some(format!("/dev/video{id}")),
    };
    assert_eq!(there, [camera("0"), camera("1")]);
}

#[test]
fn a_worker_that_is_stopped_or_killed_is_told_and_replaced_within_two_seconds() {
    for signal in ["STOP", "KILL", "ABRT"] {
        let desk = Desk::with_camera(Packing::Yuyv);
        let eye = desk.see();
        eye.frame();
        let worker = only_child_that_films(&desk);

        assert!(Command::new("kill").args(["-s", signal, &worker.to_string()]).status().unwrap().success());
        let fell = Instant::now();
        eye.healing();
        eye.frame();
        let healed = fell.elapsed();

        assert!(healed < Duration::from_secs(2), "{signal}: {healed:?}");
        assert_ne!(only_child_that_films(&desk), worker);
    }
}

#[test]
fn nothing_films_when_nobody_looks() {
    let desk = Desk::with_camera(Packing::Yuyv);
    let mut eye = desk.see();
    eye.frame();
    let worker = only_child_that_films(&desk);

    drop(eye.keeper.take());

    let deadline = Instant::now() + PATIENCE;
    while std::path::Path::new(&format!("/proc/{worker}")).exists() {
        assert!(Instant::now() < deadline, "the worker goes on filming");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The worker that was started with this desk's folder.
fn only_child_that_films(desk: &Desk) -> u32 {
    let mine = desk.cameras.dress()[1].1.clone().into_string().unwrap();
    let workers: Vec<u32> = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
        .filter(|process: &u32| {
            let surroundings = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
            surroundings.windows(mine.len()).any(|part| part == mine.as_bytes())
        })
        .collect();
    let [worker] = *workers else { panic!("{} workers", workers.len()) };
    worker
}
