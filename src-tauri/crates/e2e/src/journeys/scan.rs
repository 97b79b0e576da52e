//! Ben holds Ana's code before his camera: seen, read, and everything that can be wrong with cameras.

use std::io;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tallystick_fake_camera::{FakeCamera, Format, Mood, Packing, Scene};
use tokio::time::sleep;

use super::beginning::LIMIT;
use super::pair::Pair;
use super::person::{Person, Who};
use crate::{Fault, Used};

/// Announced one after the other.
pub(super) const STEPS: usize = 10;

const WIDTH: u32 = 1_280;
const HEIGHT: u32 = 720;

/// From a code's being in the picture to its card's being on the page.
const SOON: Duration = Duration::from_secs(1);

/// From a worker's end to the next picture.
const HEALED: Duration = Duration::from_secs(2);

/// How long the load of a preview is watched.
const WATCHED: Duration = Duration::from_secs(10);

/// Frames a second below which it is no moving picture any more. How many there are is told: beside other work there are
/// fewer than the fifteen that a machine left alone shows.
const SMOOTH: f64 = 4.0;

/// What the app may use of one core; its camera processes and its web view are told beside it.
const SHARE: f64 = 0.25;

/// Makes the journey once.
pub(super) async fn make(pair: &mut Pair<'_>) -> Result<(), Fault> {
    pair.tale.step("Ana makes a ticket");
    let ana = pair.open(Who::Ana).await?;
    pair.first_run(&ana).await?;
    pair.invite(&ana).await?;
    let link = ana.page().value("ticket-link").await?;

    pair.tale.step("Ben has no camera, and the page says what else there is");
    let cameras = pair.bring_cameras(Who::Ben)?;
    let ben = pair.open(Who::Ben).await?;
    pair.first_run(&ben).await?;
    ben.page().click("setup-door-code").await?;
    ben.page().wait("camera-trouble-none").await?;
    pair.picture("none", &ben).await?;

    pair.tale.step("He plugs two in; they appear by themselves, and he chooses before anything films");
    plug(&cameras, 0, "Built-in camera", Packing::Yuyv)?;
    plug(&cameras, 1, "Desk camera", Packing::Mjpeg)?;
    ben.page().wait_gone("camera-trouble-none").await?;
    ben.page().wait_attribute("camera-pane", "data-phase", "off").await?;
    pair.picture("off", &ben).await?;
    choose_and_start(&ben, 0).await?;
    pair.picture("preview", &ben).await?;

    pair.tale.step("What previewing costs");
    load(pair, &ben).await?;

    pair.tale.step("Too dark, too far: hints");
    hints(pair, &ben, &cameras, &link).await?;

    pair.tale.step("The code is held up, to both cameras: read, and its card is there");
    for (number, format) in [(0, "yuyv"), (1, "mjpeg")] {
        choose_and_start(&ben, number).await?;
        read(pair, &ben, &cameras, number, &link).await?;
        pair.picture(&format!("card-{format}"), &ben).await?;
        ben.page().click("code-dismiss").await?;
        ben.page().wait_gone("code-card").await?;
        show(&cameras, number, &room())?;
    }

    pair.tale.step("The camera's process dies, and another takes its place");
    heal(pair, &ben).await?;

    pair.tale.step("Pulled, busy, silent, refused: each in its own words");
    troubles(pair, &ben, &cameras).await?;

    pair.tale.step("It is off when nobody looks, and nothing films any more");
    choose_and_start(&ben, 1).await?;
    ben.go("home").await?;
    ben.page().click("nav-open").await?;
    ben.page().wait_attribute("camera-pane", "data-phase", "off").await?;

    pair.tale.step("Both close their wallets");
    ana.close().await?;
    ben.close().await
}

async fn choose_and_start(ben: &Person, number: u32) -> Result<(), Fault> {
    ben.page().choose("camera-choice", &number.to_string()).await?;
    // One that films is left for the other at once.
    let phase = ben.page().attribute("camera-pane", "data-phase").await?;
    if !["starting", "live"].contains(&phase.as_str()) {
        ben.page().click("camera-start").await?;
    }
    live(ben).await
}

async fn live(ben: &Person) -> Result<(), Fault> {
    ben.page().wait_attribute("camera-pane", "data-phase", "live").await
}

/// How smooth it is, and what it uses of one core.
async fn load(pair: &mut Pair<'_>, ben: &Person) -> Result<(), Fault> {
    let before = ben.wallet().used()?;
    ben.page().count_drawn().await?;
    let began = Instant::now();
    sleep(WATCHED).await;
    let frames = ben.page().count_drawn().await?;
    let seconds = began.elapsed().as_secs_f64();
    let Used { app, workers, web } = ben.wallet().used()? - before;
    let [app, workers, web] = [app, workers, web].map(|used| used.as_secs_f64() / seconds);
    let rate = f64::from(u32::try_from(frames).unwrap_or(u32::MAX)) / seconds;
    pair.tale.aside(&format!(
        "of one core: app {:.1} %, its camera processes {:.1} %, web view {:.1} %; {rate:.1} frames a second",
        app * 100.0,
        workers * 100.0,
        web * 100.0
    ));
    at_most("what the app uses of one core", SHARE, app)?;
    at_most("the time between frames in seconds", 1.0 / SMOOTH, 1.0 / rate)
}

async fn hints(pair: &mut Pair<'_>, ben: &Person, cameras: &FakeCamera, link: &str) -> Result<(), Fault> {
    show(cameras, 0, &room().dimmed(20))?;
    ben.page().wait_attribute("camera-hint", "data-hint", "tooDark").await?;
    pair.picture("too-dark", ben).await?;
    // Damaged besides: however well the reader reads small codes, it is seen that this is one, and not what it says.
    show(cameras, 0, &room().with_spoilt_code(link, 0.16, 0.5, 0.5))?;
    ben.page().wait_attribute("camera-hint", "data-hint", "closer").await?;
    pair.picture("closer", ben).await?;
    show(cameras, 0, &room())
}

async fn read(
    pair: &mut Pair<'_>,
    ben: &Person,
    cameras: &FakeCamera,
    number: u32,
    link: &str,
) -> Result<(), Fault> {
    let scene = room().with_code(link, 0.62, 0.48, 0.5);
    let page = ben.page();
    let began = show_timed(cameras, number, &scene)?;
    page.wait("code-card").await?;
    let took = began.elapsed();
    pair.tale.aside(&format!("camera {number}: the card is there after {} ms", took.as_millis()));
    page.wait_attribute("code-card", "data-kind", "invitation").await?;
    page.wait_attribute("code-card", "data-problem", "").await?;
    page.wait_attribute("code-limit", "data-milli", &LIMIT.to_string()).await?;
    page.wait_attribute("camera-hint", "data-hint", "found").await?;
    at_most("seconds until the card is there", SOON.as_secs_f64(), took.as_secs_f64())
}

async fn heal(pair: &mut Pair<'_>, ben: &Person) -> Result<(), Fault> {
    for (signal, name) in [(Signal::STOP, "stopped"), (Signal::KILL, "killed")] {
        let began = Instant::now();
        ben.wallet().signal_workers(signal)?;
        ben.page().wait_attribute("camera-hint", "data-hint", "mended").await?;
        let told = began.elapsed();
        live(ben).await?;
        let took = began.elapsed();
        pair.tale.aside(&format!(
            "{name}: said after {} ms, a picture again after {} ms",
            told.as_millis(),
            took.as_millis()
        ));
        pair.picture(name, ben).await?;
        at_most("seconds until there is a picture again", HEALED.as_secs_f64(), took.as_secs_f64())?;
        ben.page().wait_attribute("camera-hint", "data-hint", "").await?;
    }
    Ok(())
}

async fn troubles(pair: &mut Pair<'_>, ben: &Person, cameras: &FakeCamera) -> Result<(), Fault> {
    let folder = cameras.root().to_owned();
    let page = ben.page();
    cameras.unplug(1).map_err(Fault::file(&folder))?;
    page.wait("camera-trouble-unplugged").await?;
    pair.picture("unplugged", ben).await?;
    // Only once it is off the list as well is its return to be seen there. Then it is the chosen one again.
    page.wait_count("camera-choice camera-option", 1).await?;
    plug(cameras, 1, "Desk camera", Packing::Mjpeg)?;
    page.wait_count("camera-choice camera-option", 2).await?;
    for (mood, trouble) in [(Mood::Busy, "busy"), (Mood::Silent, "noPicture"), (Mood::Refused, "refused")] {
        cameras.feel(1, mood).map_err(Fault::file(&folder))?;
        page.click("camera-again").await?;
        page.wait(&format!("camera-trouble-{trouble}")).await?;
        pair.picture(trouble, ben).await?;
    }
    cameras.feel(1, Mood::Well).map_err(Fault::file(&folder))?;
    page.click("camera-again").await?;
    live(ben).await
}

fn plug(cameras: &FakeCamera, number: u32, name: &str, packing: Packing) -> Result<(), Fault> {
    show(cameras, number, &room())?;
    let offers = [Format { packing, width: WIDTH, height: HEIGHT, rate: 30 }];
    cameras.plug(number, name, &offers).map_err(Fault::file(cameras.root()))
}

fn show(cameras: &FakeCamera, number: u32, scene: &Scene) -> Result<(), Fault> {
    show_timed(cameras, number, scene).map(drop)
}

/// Shows a scene, and gives the moment from which it can be seen.
fn show_timed(cameras: &FakeCamera, number: u32, scene: &Scene) -> Result<Instant, Fault> {
    let packed = |error: io::Error| Fault::file(cameras.root())(error);
    cameras.show(number, scene).map_err(packed)
}

fn room() -> Scene {
    Scene::room(WIDTH, HEIGHT)
}

fn at_most(what: &str, most: f64, actual: f64) -> Result<(), Fault> {
    if actual <= most {
        return Ok(());
    }
    Err(Fault::Differs {
        what: what.to_owned(),
        expected: format!("at most {most:.3}"),
        actual: format!("{actual:.3}"),
    })
}
