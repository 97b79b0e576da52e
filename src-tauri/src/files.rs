//! Files the person asked for, in the folder where they look for what they saved.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use tallystick_node::view::{Failure, FailureCode};
use tauri::{AppHandle, Manager as _};

/// So many files of one name may lie in a folder.
const MANY: u32 = 1_000;

/// Writes a text into the person's folder for downloads, or their home where there is none, and says where it is. A file
/// that is there already stays as it is.
///
/// # Errors
/// `disk` when it cannot be written.
pub(crate) fn keep(app: &AppHandle, name: &str, text: &str) -> Result<String, Failure> {
    let folders = [app.path().download_dir(), app.path().home_dir()];
    let folder = folders.into_iter().flatten().find(|folder| folder.is_dir()).ok_or_else(unwritten)?;
    write(&folder, name, text).map(|path| path.display().to_string()).map_err(|error| {
        tracing::warn!(%error, name, "a file could not be saved");
        unwritten()
    })
}

fn write(folder: &Path, name: &str, text: &str) -> std::io::Result<PathBuf> {
    let (stem, ending) = name.split_once('.').unwrap_or((name, "txt"));
    for time in 1..=MANY {
        let path = match time {
            1 => folder.join(name),
            _ => folder.join(format!("{stem} ({time}).{ending}")),
        };
        match File::create_new(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

fn unwritten() -> Failure {
    Failure { code: FailureCode::Disk, retryable: true, safe_to_repeat: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_before_stays() {
        let folder = tempfile::tempdir().expect("a folder");

        let first = write(folder.path(), "tally.evidence.json", "one").expect("written");
        let second = write(folder.path(), "tally.evidence.json", "two").expect("written");

        assert_eq!(first.file_name().and_then(|name| name.to_str()), Some("tally.evidence.json"));
        assert_eq!(second.file_name().and_then(|name| name.to_str()), Some("tally (2).evidence.json"));
        assert_eq!(std::fs::read_to_string(first).expect("readable"), "one");
        assert_eq!(std::fs::read_to_string(second).expect("readable"), "two");
    }

    #[test]
    fn a_folder_that_is_gone_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(write(&folder.path().join("gone"), "a.csv", "").is_err());
    }
}
