//! What a wallet writes about itself: to standard error for whoever started it, and to a few files in the profile for
//! whoever must find out later why something did not work.
//!
//! The files are bounded together, so a wallet can run for years; and they are written by a thread of their own, so
//! nothing waits for them: if the disk cannot keep up, lines are left out. What is secret is not in a line to begin
//! with: keys, tokens and passphrases have no readable form (a test reads a whole run for them).

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::wallet::held;

/// Bytes of one file.
const FILE: usize = 2 * 1024 * 1024;

/// Files kept beside the newest.
const OLDER: usize = 3;

/// What standard error hears unless something else is asked for.
const QUIET: &str = "warn";

/// What the files hold then: enough to see when somebody called, came and went.
const KEPT: &str = "info";

/// The logs of this process. Dropping it writes what still waits.
pub struct Logs {
    late: Late,
    guard: Mutex<Option<WorkerGuard>>,
}

impl std::fmt::Debug for Logs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logs").finish_non_exhaustive()
    }
}

impl Logs {
    /// Logs to standard error what these directives let through (`warn,tallystick_node=debug`; the default without
    /// any), in colours or not; and to files, as soon as [`Logs::keep_in`] says where. Somebody else's subscriber is
    /// left in place: logs are no reason to fail.
    pub fn begin(directives: Option<&str>, colours: bool) -> Self {
        let late = Late::default();
        let to_person = tracing_subscriber::fmt::layer()
            .with_ansi(colours)
            .with_writer(io::stderr)
            .with_filter(EnvFilter::new(directives.unwrap_or(QUIET)));
        let to_files = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(late.clone())
            .with_filter(EnvFilter::new(directives.unwrap_or(KEPT)));
        drop(tracing_subscriber::registry().with(to_person).with(to_files).try_init());
        Self { late, guard: Mutex::default() }
    }

    /// Keeps them from now on in the profile's `logs` folder as well, at most 8 MiB in all. Once for a process; a
    /// second folder is ignored.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn keep_in(&self, profile: &Path) -> io::Result<()> {
        let file = newest(profile);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        if self.late.0.get().is_none() {
            let (writer, guard) = NonBlockingBuilder::default().lossy(true).finish(rotating(&file));
            *held(&self.guard) = Some(guard);
            drop(self.late.0.set(writer));
        }
        Ok(())
    }
}

/// Where the newest lines are.
pub fn newest(profile: &Path) -> PathBuf {
    profile.join("logs").join("tallystick.log")
}

fn rotating(file: &Path) -> FileRotate<AppendCount> {
    // Only the owner may read who called whom.
    #[cfg(unix)]
    let options = {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut options = std::fs::OpenOptions::new();
        options.read(true).create(true).append(true).mode(0o600);
        Some(options)
    };
    #[cfg(not(unix))]
    let options = None;
    // A line is never cut in two.
    FileRotate::new(
        file,
        AppendCount::new(OLDER),
        ContentLimit::BytesSurpassed(FILE),
        Compression::None,
        options,
    )
}

/// Files that are opened once the profile is known; lines before that go nowhere.
#[derive(Clone, Default)]
struct Late(Arc<OnceLock<NonBlocking>>);

impl<'a> MakeWriter<'a> for Late {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(self.0.get().cloned())
    }
}

/// Takes one line.
struct Line(Option<NonBlocking>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Some(files) => files.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_lines_take_a_few_megabytes_and_the_newest_are_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = newest(folder.path());
        let line = [b'x'; 200];

        let mut log = rotating(&file);
        for nth in 0..200_000_u32 {
            writeln!(log, "{nth} {}", String::from_utf8_lossy(&line)).expect("written");
        }
        log.flush().expect("written");

        let sizes: Vec<u64> = std::fs::read_dir(file.parent().expect("a folder"))
            .expect("listed")
            .map(|entry| entry.and_then(|entry| entry.metadata()).expect("a file").len())
            .collect();
        assert_eq!(sizes.len(), OLDER + 1);
        let bound = u64::try_from((OLDER + 1) * (FILE + 1_024)).expect("small");
        assert!(sizes.iter().sum::<u64>() <= bound, "{sizes:?}");
        let newest = std::fs::read_to_string(&file).expect("text");
        assert!(newest.contains("\n199999 x"));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let file = newest(folder.path());

        writeln!(rotating(&file), "a line").expect("written");

        let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
