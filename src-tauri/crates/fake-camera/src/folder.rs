//! The folder of the cameras.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{fs, io};

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use crate::Scene;

/// A folder of cameras.
#[derive(Clone, Debug)]
pub struct FakeCamera {
    root: PathBuf,
}

/// How pixels are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Light and colours in turn.
    Yuyv,
    /// A JPEG each frame.
    Mjpeg,
    /// A plane of light, a plane of colours.
    Nv12,
}

/// What a camera offers.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// How it packs its pixels.
    pub packing: Packing,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Frames a second.
    pub rate: u32,
}

/// How a camera feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It films.
    Well,
    /// Another program has it.
    Busy,
    /// This user may not open it.
    Refused,
    /// It is on, and no frame ever comes.
    Silent,
}

impl Packing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Yuyv, Self::Mjpeg, Self::Nv12];

    fn fourcc(self) -> &'static str {
        match self {
            Self::Yuyv => "YUYV",
            Self::Mjpeg => "MJPG",
            Self::Nv12 => "NV12",
        }
    }

    /// The bytes a camera would send.
    fn pack(self, scene: &Scene) -> io::Result<Vec<u8>> {
        let grey = scene.0.as_raw();
        let (width, height) = scene.0.dimensions();
        match self {
            Self::Yuyv => Ok(grey.iter().flat_map(|light| [*light, 128]).collect()),
            Self::Nv12 => Ok(grey.iter().copied().chain(vec![128; grey.len() / 2]).collect()),
            Self::Mjpeg => {
                let mut bytes = Vec::new();
                let colours: Vec<u8> = grey.iter().flat_map(|light| [*light; 3]).collect();
                JpegEncoder::new_with_quality(&mut bytes, 85)
                    .encode(&colours, width, height, ExtendedColorType::Rgb8)
                    .map_err(io::Error::other)?;
                Ok(bytes)
            }
        }
    }
}

impl FakeCamera {
    /// An empty folder of cameras: none is plugged in.
    ///
    /// # Errors
    /// Those of the disk, here and below.
    pub fn new(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root.join("dev"))?;
        Ok(Self { root: root.to_owned() })
    }

    /// Plugs a camera in.
    ///
    /// # Errors
    /// As [`FakeCamera::new`].
    pub fn plug(&self, number: u32, name: &str, formats: &[Format]) -> io::Result<()> {
        let lines: Vec<String> = formats
            .iter()
            .map(|offer| {
                format!("{} {} {} {}", offer.packing.fourcc(), offer.width, offer.height, offer.rate)
            })
            .collect();
        self.write(&format!("video{number}/formats"), lines.join("\n").as_bytes())?;
        self.write(&format!("sys/video{number}/name"), name.as_bytes())?;
        self.write(&format!("sys/video{number}/index"), b"0")?;
        self.feel(number, Mood::Well)?;
        self.write(&format!("dev/video{number}"), b"")
    }

    /// Pulls it, also while it films.
    ///
    /// # Errors
    /// As [`FakeCamera::new`].
    pub fn unplug(&self, number: u32) -> io::Result<()> {
        fs::remove_file(self.root.join(format!("dev/video{number}")))
    }

    /// Changes how it feels; some moods are only noticed when it is opened.
    ///
    /// # Errors
    /// As [`FakeCamera::new`].
    pub fn feel(&self, number: u32, mood: Mood) -> io::Result<()> {
        let word: &[u8] = match mood {
            Mood::Well => b"well",
            Mood::Busy => b"busy",
            Mood::Refused => b"refused",
            Mood::Silent => b"silent",
        };
        self.write(&format!("video{number}/mood"), word)
    }

    /// Changes what it sees, from its next frame on; gives the moment before which that cannot have been seen.
    ///
    /// # Errors
    /// As [`FakeCamera::new`].
    pub fn show(&self, number: u32, scene: &Scene) -> io::Result<Instant> {
        let packed = Packing::ALL.map(|packing| (packing.fourcc(), packing.pack(scene)));
        let began = Instant::now();
        for (fourcc, bytes) in packed {
            self.write(&format!("video{number}/frame.{fourcc}"), &bytes?)?;
        }
        Ok(began)
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The variables with which a program finds these cameras.
    #[must_use]
    pub fn dress(&self) -> [(&'static str, OsString); 2] {
        [
            ("LD_PRELOAD", shim().into_os_string()),
            ("TALLYSTICK_FAKE_CAMERA", self.root.clone().into_os_string()),
        ]
    }

    /// All at once: a camera never sees half a frame.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let whole = self.root.join("being-written");
        fs::write(&whole, bytes)?;
        fs::rename(whole, path)
    }
}

/// The library to load before the C library; built with the programs that depend on this crate.
///
/// # Panics
/// Where it is not.
#[must_use]
pub fn shim() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let near = program.ancestors().skip(1).take(2);
    let places = near.flat_map(|folder| [folder.join(SHIM), folder.join("deps").join(SHIM)]);
    let found = places.into_iter().find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{SHIM} is not built beside {}", program.display()))
}

const SHIM: &str = "libtallystick_camera_shim.so";
