//! Replays a folder of recorded vectors: every canonical form, signature, digest, chain hash, code, key file and Noise
//! frame in it is made again and compared. No value is known here beforehand; other folders of the same layout work.
//!
//! Files are told apart by what they hold: `flows` is a Noise recording, `frames` a transcript, everything else records.

mod hashes;
mod noise;
mod records;
mod report;
mod secrets;
mod text;
mod walk;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use report::Report;

use crate::vectors::walk::Known;

/// Replays every `.json` file of a folder and of its `transcripts` folder.
///
/// # Errors
/// The folder cannot be listed. A file that cannot be read is a failed check instead.
pub fn replay(dir: &Path) -> io::Result<Report> {
    let mut report = Report::default();
    let mut files = Vec::new();
    let transcripts = dir.join("transcripts");
    let folders = [dir.to_owned(), transcripts];
    for path in folders
        .iter()
        .filter(|folder| *folder == dir || folder.is_dir())
        .map(|f| list(f))
        .collect::<io::Result<Vec<_>>>()?
        .concat()
    {
        let name = path.strip_prefix(dir).unwrap_or(&path).display().to_string();
        match fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) {
            Some(value) => files.push((name, value)),
            None => report.check(&name, false, "cannot be read as json"),
        }
    }

    let (noise, papers): (Vec<_>, Vec<_>) =
        files.iter().partition(|(name, value)| name == "noise.json" || value.get("flows").is_some());
    for (name, value) in noise {
        noise::check(name, value, &mut report);
    }
    let mut known = Known::default();
    for (_, value) in &papers {
        known.learn(value);
    }
    known.derive();
    for (name, value) in papers {
        if value.get("frames").is_none() {
            records::check(name, value, &known, &mut report);
        }
        walk::check(name, value, &known, &mut report);
    }
    Ok(report)
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    Ok(paths)
}
