//! How one wallet gets to see another's screen.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Instant;

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma, RgbImage};
use tallystick_fake_camera::{FakeCamera, Format, Packing, Scene};

use crate::{Fault, PATIENCE, Page, Wallet};

/// Somebody's eye for the screen of the other: it looks until the looker's wallet says that it has seen enough.
pub trait Eye {
    /// Holds what `shower` shows under `code` before `looker`'s wallet, whose *Open a code* page is open, until `enough`
    /// is on that page.
    fn watch(
        &mut self,
        looker: &Wallet,
        shower: &Wallet,
        code: &str,
        enough: &str,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// Photographs of the moving code, one after the other as they happen to be taken, each given to the other wallet as a file.
#[derive(Debug)]
pub struct Photographs {
    folder: PathBuf,
    taken: u32,
}

impl Photographs {
    /// They lie in this folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), taken: 0 }
    }

    /// How many were taken so far.
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.taken
    }
}

impl Eye for Photographs {
    async fn watch(
        &mut self,
        looker: &Wallet,
        shower: &Wallet,
        code: &str,
        enough: &str,
    ) -> Result<(), Fault> {
        let mut last = None;
        for _ in 0..MOST {
            let seen = shower.look_at(code).await?;
            if last.as_ref() == Some(&seen) {
                tokio::time::sleep(crate::BLINK).await;
                continue;
            }
            self.taken += 1;
            let path = self.folder.join(format!("photograph-{}.png", self.taken % 2));
            let photograph = photograph(&seen, self.taken);
            photograph.save(&path).map_err(|source| Fault::Picture { path: path.clone(), source })?;
            last = Some(seen);
            let looks: u32 = looker.page().attribute("open-page", "data-looks").await?.parse().unwrap_or(0);
            looker.page().choose_file("open-file", &path).await?;
            looker.page().wait_attribute("open-page", "data-looks", &(looks + 1).to_string()).await?;
            if looker.page().is_there(enough).await? {
                return Ok(());
            }
        }
        Err(Fault::Waited {
            what: format!("{enough} after {MOST} photographs"),
            seen: "more was missing".to_owned(),
        })
    }
}

/// Webcams: what one screen shows stands before the other computer's camera, frame after frame, and nobody does anything
/// but hold it there.
#[derive(Debug)]
pub struct Webcams {
    shown: u32,
    again: u32,
}

impl Webcams {
    /// Plugs one into a computer, by this number.
    const NUMBER: u32 = 0;

    /// One for each of these computers.
    pub fn on<'c>(computers: impl IntoIterator<Item = &'c FakeCamera>) -> Result<Self, Fault> {
        for (computer, packing) in
            computers.into_iter().zip([Packing::Yuyv, Packing::Mjpeg].into_iter().cycle())
        {
            let format = Format { packing, width: WIDTH, height: HEIGHT, rate: 30 };
            computer.plug(Self::NUMBER, "Built-in camera", &[format]).map_err(Fault::file(CAMERA))?;
            let room = Scene::room(WIDTH, HEIGHT);
            computer.show(Self::NUMBER, &room).map_err(Fault::file(CAMERA))?;
        }
        Ok(Self { shown: 0, again: 0 })
    }

    /// Waits for a picture. On a machine that is very busy the first one may come later than the window waits for it: then
    /// whoever looks presses what is offered, and the journey tells how often.
    async fn until_live(&mut self, page: &Page) -> Result<(), Fault> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match page.attribute("camera-pane", "data-phase").await?.as_str() {
                "live" => return Ok(()),
                "trouble" => {
                    page.wait("camera-trouble-noPicture").await?;
                    self.again += 1;
                    page.click("camera-again").await?;
                }
                _ => tokio::time::sleep(crate::BLINK).await,
            }
        }
        Err(Fault::Waited { what: "a picture from the camera".to_owned(), seen: "none came".to_owned() })
    }

    /// How often a camera had to be started once more.
    #[must_use]
    pub fn again(&self) -> u32 {
        self.again
    }

    /// How many sights stood before them so far.
    #[must_use]
    pub fn shown(&self) -> u32 {
        self.shown
    }
}

impl Eye for Webcams {
    async fn watch(
        &mut self,
        looker: &Wallet,
        shower: &Wallet,
        code: &str,
        enough: &str,
    ) -> Result<(), Fault> {
        let page = looker.page();
        page.wait_attribute("camera-pane", "data-phase", "off").await?;
        page.click("camera-start").await?;
        self.until_live(page).await?;
        let camera = looker.cameras()?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE * 2 {
            self.shown += 1;
            let scene = Scene::of(photograph(&shower.look_at(code).await?, self.shown));
            camera.show(Self::NUMBER, &scene).map_err(Fault::file(CAMERA))?;
            if page.is_there(enough).await? {
                return camera
                    .show(Self::NUMBER, &Scene::room(WIDTH, HEIGHT))
                    .map_err(Fault::file(CAMERA))
                    .map(drop);
            }
        }
        Err(Fault::Waited {
            what: format!("{enough} before the camera"),
            seen: "more was missing".to_owned(),
        })
    }
}

const CAMERA: &str = "the cameras";

/// Looks at one screen: a film that is not whole by then is not going to be.
const MOST: u32 = 2_000;

/// A screen as a webcam of 1280 × 720 sees it: grey, a little out of focus, brighter on one side, with noise.
fn photograph(screen: &RgbImage, seed: u32) -> GrayImage {
    let grey = imageops::grayscale(screen);
    let side = HEIGHT * 4 / 5;
    let code = imageops::blur(&imageops::resize(&grey, side, side, FilterType::Triangle), FOCUS);
    let mut picture = GrayImage::from_pixel(WIDTH, HEIGHT, Luma([WALL]));
    imageops::overlay(&mut picture, &code, i64::from((WIDTH - side) / 2), i64::from((HEIGHT - side) / 2));
    // A small generator of our own: the same picture from the same seed.
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    for (x, _, pixel) in picture.enumerate_pixels_mut() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let light = DARKER + x * (256 - DARKER) / WIDTH;
        let noise = state % NOISE;
        let value = (u32::from(pixel.0[0]) * light / 256 + noise).min(255);
        pixel.0[0] = u8::try_from(value).unwrap_or(u8::MAX);
    }
    picture
}

const WIDTH: u32 = 1_280;
const HEIGHT: u32 = 720;
/// Radius of the blur, in pixels.
const FOCUS: f32 = 1.2;
const WALL: u8 = 120;
/// Light at the darker side, of 256.
const DARKER: u32 = 150;
const NOISE: u32 = 24;
