//! Telling a journey: numbered steps, and a picture of each.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::{Fault, Wallet};

/// How a journey is told, and where its pictures go.
#[derive(Debug)]
pub struct Tale {
    folder: PathBuf,
    steps: usize,
    step: usize,
    pictures: usize,
    start: Instant,
    aloud: bool,
}

impl Tale {
    /// Begins a tale of so many steps; pictures of an earlier telling are thrown away.
    pub fn begin(folder: &Path, steps: usize, aloud: bool) -> Result<Self, Fault> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Fault::file(folder)(error));
            }
            Ok(()) | Err(_) => {}
        }
        fs::create_dir_all(folder).map_err(Fault::file(folder))?;
        Ok(Self { folder: folder.to_owned(), steps, step: 0, pictures: 0, start: Instant::now(), aloud })
    }

    /// Says what happens next.
    pub fn step(&mut self, what: &str) {
        self.step += 1;
        let seconds = self.start.elapsed().as_secs_f32();
        println!("  {:>2}/{} {seconds:>6.1} s  {what}", self.step, self.steps);
    }

    /// Keeps what one person sees now.
    pub async fn picture(&mut self, what: &str, who: &str, wallet: &Wallet) -> Result<PathBuf, Fault> {
        self.pictures += 1;
        let path = self.folder.join(format!("{:02}-{what}-{who}.png", self.pictures));
        wallet.picture(&path).await?;
        if self.aloud {
            println!("                  {}", near(&path));
        }
        Ok(path)
    }

    /// Something to know that is no step.
    pub fn aside(&self, what: &str) {
        println!("                  {what}");
    }

    /// Where this tale's files lie.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A path as people read it: from where they stand, if it lies below.
#[must_use]
pub fn near(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
