//! Files the person asked for, in the folder where they look for such files.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use tallystick_node::view::{Failure, FailureCode};
use tauri::{AppHandle, Manager as _};

/// Copies of one name beside each other before somebody has to tidy up.
const COPIES: u32 = 1_000;

/// Writes a new file into the person's folder of downloads and says where it is. The web view cannot: it drops what a
/// page wants to save.
///
/// # Errors
/// [`FailureCode::Disk`] when there is no such folder to be had, or no room in it.
pub(crate) fn keep(app: &AppHandle, name: &str, content: &[u8]) -> Result<String, Failure> {
    let folder =
        app.path().download_dir().or_else(|_| app.path().home_dir().map(|home| home.join("Downloads")));
    let kept =
        folder.map_err(|error| io::Error::other(error.to_string())).and_then(|f| write(&f, name, content));
    match kept {
        Ok(path) => Ok(path.display().to_string()),
        Err(error) => {
            tracing::warn!(%error, "a file for the person could not be written");
            Err(Failure { code: FailureCode::Disk, retryable: true, safe_to_repeat: true })
        }
    }
}

/// Never over a file that is there: the next free number is put into the name.
fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let (stem, ending) = name.split_once('.').unwrap_or((name, "txt"));
    for copy in 1..=COPIES {
        let number = if copy == 1 { String::new() } else { format!(" ({copy})") };
        let path = folder.join(format!("{stem}{number}.{ending}"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let written = file.write_all(content).and_then(|()| file.sync_all());
                if let Err(error) = written {
                    // Half a file would look like the whole of it.
                    let _ = std::fs::remove_file(&path);
                    return Err(error);
                }
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_stays_as_it_is() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("Downloads");

        let first = write(&folder, "tally-1.evidence.json", b"one").expect("it is written");
        let second = write(&folder, "tally-1.evidence.json", b"two").expect("it is written");

        assert_eq!(first, folder.join("tally-1.evidence.json"));
        assert_eq!(second, folder.join("tally-1 (2).evidence.json"));
        assert_eq!(std::fs::read_to_string(first).expect("it is there"), "one");
        assert_eq!(std::fs::read_to_string(second).expect("it is there"), "two");
    }

    #[test]
    fn a_folder_that_is_none_is_an_error_and_nothing_is_left() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("Downloads");
        std::fs::write(&folder, "not a folder").expect("a file");

        write(&folder, "tally-1.evidence.json", b"one").expect_err("there is no folder");

        assert_eq!(std::fs::read_dir(home.path()).expect("the folder").count(), 1);
    }
}
