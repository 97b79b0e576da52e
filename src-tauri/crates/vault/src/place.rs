//! The sealed file's place on disk: private, locked while it is made, and whole or not there.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::VaultError;

/// The folder of one profile, as far as the vault uses it.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
}

/// The right to make the sealed file, held by one process at a time.
#[derive(Debug)]
pub(crate) struct Making<'a> {
    place: &'a Place,
    _lock: File,
}

impl Place {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The sealed file's bytes; `None` when there is none.
    pub(crate) fn read(&self) -> Result<Option<Vec<u8>>, VaultError> {
        let file = match File::open(self.folder.join(SEALED)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(VaultError::disk("open the key file")(error)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_SEALED).read_to_end(&mut bytes).map_err(VaultError::disk("read the key file"))?;
        Ok(Some(bytes))
    }

    /// Makes the folder, private to this person, and takes the right to make the file.
    pub(crate) fn start(&self) -> Result<Making<'_>, VaultError> {
        make_private(&self.folder).map_err(VaultError::disk("make the profile folder"))?;
        let lock = private()
            .create(true)
            .truncate(false)
            .open(self.folder.join(LOCK))
            .map_err(VaultError::disk("open the lock of the key file"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Making { place: self, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(VaultError::Busy),
            Err(TryLockError::Error(error)) => Err(VaultError::disk("lock the key file")(error)),
        }
    }
}

impl Making<'_> {
    /// Puts the file in its place, in one step that a crash cannot split.
    pub(crate) fn finish(self, bytes: &[u8]) -> Result<(), VaultError> {
        let folder = &self.place.folder;
        let (half, whole) = (folder.join(HALF), folder.join(SEALED));
        match fs::remove_file(&half) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(VaultError::disk("clear away a half-written key file")(error));
            }
            Ok(()) | Err(_) => {}
        }

        let written = private().create_new(true).open(&half).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        let placed = written.and_then(|()| fs::rename(&half, &whole));
        if let Err(error) = placed {
            // Best effort: the next attempt clears it away too.
            let _ = fs::remove_file(&half);
            return Err(VaultError::disk("write the key file")(error));
        }
        sync_folder(folder).map_err(VaultError::disk("settle the key file on disk"))
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    folder.parent().map_or(Ok(()), sync_folder)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    // The parent of a relative one-part path is empty and means the current folder.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    // Windows cannot open a folder to flush it; NTFS journals the rename.
    Ok(())
}

/// The sealed file.
const SEALED: &str = "keys.sealed";

/// What it is called until it is whole.
const HALF: &str = "keys.sealed.half";

/// Held while it is made; empty, and harmless when left behind.
const LOCK: &str = "keys.lock";

/// A sealed file has under 1 KiB; more is read only so far that the check fails.
const MAX_SEALED: u64 = 16 * 1024;
