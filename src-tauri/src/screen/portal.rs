//! Wayland: the desktop's portal asks the person, and hands over a picture of what they agree to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use super::{Picture, Screen, ScreenError};

/// The desktop's portal for screenshots.
pub(super) struct Portal;

impl Screen for Portal {
    fn pictures(&self) -> Result<Vec<Picture>, ScreenError> {
        let connection = Connection::session().map_err(|_| ScreenError::Unavailable)?;
        let began = SystemTime::now();
        let uri = ask(&connection, PATIENCE)?;
        let path = path_of(&uri).ok_or_else(|| ScreenError::Failed("no file was named".to_owned()))?;
        Ok(vec![take(&path, began)?])
    }
}

/// Asks for a picture, and waits for the person: where it lies.
fn ask(connection: &Connection, patience: Duration) -> Result<String, ScreenError> {
    let failed = |error: zbus::Error| ScreenError::Failed(error.to_string());
    let sender = connection.unique_name().ok_or(ScreenError::Unavailable)?;
    let token = format!("tallystick{}", std::process::id());
    let sender = sender.trim_start_matches(':').replace('.', "_");
    let handle = format!("/org/freedesktop/portal/desktop/request/{sender}/{token}");
    // Listened to before it is asked, or a quick answer would be missed.
    let request = Proxy::new(connection, PORTAL, handle, REQUEST).map_err(failed)?;
    let answers = request.receive_signal("Response").map_err(failed)?;
    let portal = Proxy::new(connection, PORTAL, OBJECT, SCREENSHOT).map_err(failed)?;
    let options: HashMap<&str, Value<'_>> = HashMap::from([
        ("handle_token", token.as_str().into()),
        ("interactive", true.into()),
        ("modal", true.into()),
    ]);
    let _: OwnedObjectPath =
        portal.call("Screenshot", &("", options)).map_err(|_| ScreenError::Unavailable)?;
    // Waiting for a signal knows no deadline: somebody else waits, and is left behind when it takes too long.
    let (told, hear) = mpsc::channel();
    std::thread::spawn(move || {
        let mut answers = answers;
        let _ = told.send(answers.next());
    });
    let message = hear.recv_timeout(patience).map_err(|_| ScreenError::Refused)?;
    let message = message.ok_or_else(|| ScreenError::Failed("the portal went away".to_owned()))?;
    let body = message.body();
    let (code, mut results): (u32, HashMap<String, OwnedValue>) = body.deserialize().map_err(failed)?;
    match (code, results.remove("uri").map(String::try_from)) {
        (0, Some(Ok(uri))) => Ok(uri),
        (1, _) => Err(ScreenError::Refused),
        (code, _) => Err(ScreenError::Failed(format!("the portal answered {code}"))),
    }
}

/// Reads the picture, and takes it away: it was made for this look, and may show anything.
fn take(path: &Path, began: SystemTime) -> Result<Picture, ScreenError> {
    let failed = |error: std::io::Error| ScreenError::Failed(error.to_string());
    let file = std::fs::metadata(path).map_err(failed)?;
    if file.len() > MOST_BYTES {
        return Err(ScreenError::Failed("the picture is too large".to_owned()));
    }
    let picture = std::fs::read(path).map_err(failed)?;
    // Whatever lay there before is somebody's own.
    if file.modified().is_ok_and(|at| at + CLOCK_GRAIN >= began) {
        let _ = std::fs::remove_file(path);
    }
    Ok(picture)
}

/// The path of a `file://` address on this machine.
fn path_of(uri: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;

    let rest = uri.strip_prefix("file://")?;
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest.as_bytes();
    while let Some((first, more)) = left.split_first() {
        left = more;
        if *first == b'%' {
            let (pair, more) = left.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?);
            left = more;
        } else {
            bytes.push(*first);
        }
    }
    let path = PathBuf::from(std::ffi::OsString::from_vec(bytes));
    path.is_absolute().then_some(path)
}

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const OBJECT: &str = "/org/freedesktop/portal/desktop";
const SCREENSHOT: &str = "org.freedesktop.portal.Screenshot";
const REQUEST: &str = "org.freedesktop.portal.Request";

/// A person choosing a part of their screen may look for it first.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the reader takes.
const MOST_BYTES: u64 = 16 << 20;

/// File systems round the time of a change.
const CLOCK_GRAIN: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_file_becomes_its_path() {
        assert_eq!(path_of("file:///tmp/a%20b%C3%A9.png"), Some(PathBuf::from("/tmp/a bé.png")));
        for none in ["https://x/y.png", "file://host/y.png", "file:///a%2", "file:///a%zz", ""] {
            assert_eq!(path_of(none), None, "{none}");
        }
    }

    #[test]
    fn only_a_picture_made_for_this_look_is_taken_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let [fresh, old] = ["fresh.png", "old.png"].map(|name| folder.path().join(name));
        for path in [&fresh, &old] {
            std::fs::write(path, "picture").expect("written");
        }
        let now = SystemTime::now();

        assert_eq!(take(&fresh, now).expect("read"), b"picture");
        assert_eq!(take(&old, now + Duration::from_secs(60)).expect("read"), b"picture");

        assert!(!fresh.exists());
        assert!(old.exists());
    }
}
