//! The folder that says what there is.

use std::fs;
use std::path::PathBuf;

/// A fake camera's place in the folder.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    root: PathBuf,
    node: String,
}

/// What a camera offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) fourcc: [u8; 4],
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rate: u32,
}

/// How a camera feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// Another program has it.
    Busy,
    /// This user may not.
    Refused,
    /// It takes no pictures.
    Silent,
    /// It was pulled.
    Unplugged,
}

impl Place {
    /// Where a path like `/dev/video0` leads.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let number = path.strip_prefix("/dev/video")?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let root = PathBuf::from(std::env::var_os("TALLYSTICK_FAKE_CAMERA")?);
        is_number.then(|| Self { root, node: format!("video{number}") })
    }

    pub(crate) fn mood(&self) -> Mood {
        if !self.root.join("dev").join(&self.node).exists() {
            return Mood::Unplugged;
        }
        match self.read("mood").as_deref().map(str::trim) {
            Some("busy") => Mood::Busy,
            Some("refused") => Mood::Refused,
            Some("silent") => Mood::Silent,
            _ => Mood::Well,
        }
    }

    pub(crate) fn name(&self) -> String {
        fs::read_to_string(self.root.join("sys").join(&self.node).join("name")).unwrap_or_default()
    }

    /// One offer a line: `YUYV 1280 720 30`.
    pub(crate) fn formats(&self) -> Vec<Format> {
        let lines = self.read("formats").unwrap_or_default();
        lines.lines().filter_map(format).collect()
    }

    /// What it sees now, packed like this.
    pub(crate) fn frame(&self, fourcc: [u8; 4]) -> Option<Vec<u8>> {
        let name = format!("frame.{}", String::from_utf8_lossy(&fourcc));
        fs::read(self.root.join(&self.node).join(name)).ok()
    }

    fn read(&self, what: &str) -> Option<String> {
        fs::read_to_string(self.root.join(&self.node).join(what)).ok()
    }
}

fn format(line: &str) -> Option<Format> {
    let mut words = line.split_whitespace();
    let fourcc: [u8; 4] = words.next()?.as_bytes().try_into().ok()?;
    let mut number = || words.next()?.parse().ok();
    Some(Format { fourcc, width: number()?, height: number()?, rate: number()? })
}
