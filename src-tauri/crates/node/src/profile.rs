//! A profile's folder: who may use it, and the little that is known before its keys are open.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tallystick_vault::ProfileId;
use uuid::Uuid;

/// Why a profile could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Another process uses it.
    #[error("another Tallystick (process {pid}) uses this profile")]
    InUse {
        /// The other process, as it wrote itself down.
        pid: String,
    },
    /// Its description is not what we wrote.
    #[error("the profile's description is damaged")]
    Damaged,
    /// The disk refuses.
    #[error("the profile's folder cannot be used")]
    Disk(#[from] io::Error),
}

/// One profile, held by this process until it is dropped.
#[derive(Debug)]
pub(crate) struct Profile {
    folder: PathBuf,
    about: About,
    /// Locked for as long as this process lives.
    _lock: File,
}

/// What is known of a profile before its keys are open.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct About {
    /// Random; names the keychain's entry.
    id: String,
    /// The name the person chose, written before any key is made, so that setting up can be resumed.
    name: Option<String>,
}

impl Profile {
    /// Takes a profile for this process, making the folder if there is none.
    pub(crate) fn open(folder: &Path) -> Result<Self, ProfileError> {
        make_private(folder)?;
        let lock = take_lock(&folder.join("lock"))?;
        let file = folder.join("profile.json");
        let about = match fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text).map_err(|_| ProfileError::Damaged)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let about = About { id: Uuid::new_v4().to_string(), name: None };
                write_whole(&file, &about)?;
                about
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self { folder: folder.to_path_buf(), about, _lock: lock })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn id(&self) -> Result<ProfileId, ProfileError> {
        ProfileId::new(self.about.id.clone()).map_err(|_| ProfileError::Damaged)
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.folder.join("ledger.db")
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.about.name.as_deref()
    }

    pub(crate) fn set_name(&mut self, name: &str) -> Result<(), ProfileError> {
        self.about.name = Some(name.to_owned());
        Ok(write_whole(&self.folder.join("profile.json"), &self.about)?)
    }
}

fn take_lock(path: &Path) -> Result<File, ProfileError> {
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            write!(file, "{}", std::process::id())?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            file.read_to_string(&mut pid)?;
            Err(ProfileError::InUse { pid })
        }
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Writes a file so that a crash leaves the old one or the new one, never half of either.
fn write_whole(path: &Path, about: &About) -> io::Result<()> {
    let next = path.with_extension("new");
    let mut file = File::create(&next)?;
    file.write_all(&serde_json::to_vec_pretty(about)?)?;
    file.sync_all()?;
    fs::rename(&next, path)
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_profile_is_never_used_twice_at_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = Profile::open(dir.path()).expect("opens");

        let second = Profile::open(dir.path());

        let pid = std::process::id().to_string();
        assert!(matches!(second, Err(ProfileError::InUse { pid: held }) if held == pid));
        drop(first);
        assert!(Profile::open(dir.path()).is_ok());
    }

    #[test]
    fn a_profile_keeps_its_name_and_id() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut first = Profile::open(dir.path()).expect("opens");
        first.set_name("Ana Ruiz").expect("writes");
        let id = first.id().expect("an id");
        drop(first);

        let again = Profile::open(dir.path()).expect("opens again");

        assert_eq!((again.name(), again.id().expect("an id")), (Some("Ana Ruiz"), id));
    }
}
