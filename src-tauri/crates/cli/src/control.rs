//! The control socket: how a verb asks the `run` that holds the profile.
//!
//! A Unix domain socket in the profile's folder, which only its owner may enter; both ends check that the other is the
//! same person. One JSON line asks, one JSON line answers. Where there are no such sockets the running node has to be
//! stopped first: a port on the loopback interface would be open to every program of every user of the computer.

#[cfg(unix)]
pub(crate) use unix::{Caller, Desk};

#[cfg(not(unix))]
pub(crate) use elsewhere::Caller;

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io;
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::time::Duration;

    use tallystick_node::Wallet;
    use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::{UnixListener, UnixStream};
    use tokio::sync::Semaphore;
    use tokio::task::JoinSet;
    use tokio::time::timeout;

    use crate::fault::Fault;
    use crate::perform::perform;
    use crate::request::{Reply, Request, Response};

    /// The socket in the profile's folder.
    const NAME: &str = "control.sock";

    /// The longest request: the longest contract that is brought in, with room for its escapes.
    const MAX_REQUEST: u64 = 1024 * 1024;

    /// The longest answer: a tally of a hundred thousand entries with all its evidence.
    const MAX_ANSWER: u64 = 256 * 1024 * 1024;

    /// Verbs asked at once: a person types one, scripts a few.
    const MAX_CALLERS: usize = 16;

    /// A person may look at a sign sheet for as long as its preview lasts.
    const IDLE: Duration = Duration::from_secs(10 * 60);

    /// Checking a large ledger takes its time.
    const ANSWER_PATIENCE: Duration = Duration::from_secs(120);

    /// Where a running node is asked. The socket's file goes with it.
    pub(crate) struct Desk {
        listener: UnixListener,
        path: PathBuf,
        owner: u32,
    }

    impl Desk {
        /// Opens the desk of a profile that this process holds.
        pub(crate) fn open(folder: &Path) -> io::Result<Self> {
            let path = folder.join(NAME);
            // Whoever left it there does not hold the profile any more.
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            // The folder is private, so nobody slips in before the socket is.
            let listener = UnixListener::bind(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
            Ok(Self { listener, path, owner: own_uid()? })
        }

        /// Where it is.
        pub(crate) fn path(&self) -> &Path {
            &self.path
        }

        /// Answers until it is dropped. Cancel-safe: what was begun in the ledger is finished there.
        pub(crate) async fn serve(&self, wallet: &Wallet) {
            let places = Arc::new(Semaphore::new(MAX_CALLERS));
            let mut callers = JoinSet::new();
            loop {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                let stream = match self.listener.accept().await {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "a caller could not be taken");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                };
                if !matches!(stream.peer_cred(), Ok(caller) if caller.uid() == self.owner) {
                    tracing::warn!("somebody else called at the control socket");
                    continue;
                }
                let wallet = wallet.clone();
                callers.spawn(async move {
                    let _place = place;
                    if let Err(error) = answer(stream, &wallet).await {
                        tracing::debug!(%error, "a caller left");
                    }
                });
                while callers.try_join_next().is_some() {}
            }
        }
    }

    impl Drop for Desk {
        fn drop(&mut self) {
            // A socket that is left behind is removed by the next run.
            let _ = fs::remove_file(&self.path);
        }
    }

    async fn answer(stream: UnixStream, wallet: &Wallet) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        while let Some(line) =
            timeout(IDLE, line(&mut stream, MAX_REQUEST)).await.map_err(io::Error::from)??
        {
            let request: Request = serde_json::from_slice(&line).map_err(io::Error::from)?;
            let reply = match perform(wallet, request).await {
                Ok(response) => Reply::Done(Box::new(response)),
                Err(failure) => Reply::Failed(failure),
            };
            write(&mut stream, &reply).await?;
        }
        Ok(())
    }

    /// A verb's end of the socket.
    pub(crate) struct Caller {
        stream: BufReader<UnixStream>,
    }

    impl Caller {
        /// Calls the node that serves this profile, if there is one.
        pub(crate) async fn call(folder: &Path) -> Result<Option<Self>, Fault> {
            let path = folder.join(NAME);
            let Ok(about) = fs::symlink_metadata(&path) else { return Ok(None) };
            let owner = own_uid().map_err(Fault::Runtime)?;
            let private = about.file_type().is_socket() && about.mode() & 0o077 == 0;
            if !private || about.uid() != owner {
                return Err(Fault::ForeignDesk);
            }
            // A socket that nobody serves was left by a node that was killed.
            let Ok(stream) = UnixStream::connect(&path).await else { return Ok(None) };
            match stream.peer_cred() {
                Ok(server) if server.uid() == owner => Ok(Some(Self { stream: BufReader::new(stream) })),
                Ok(_) | Err(_) => Err(Fault::ForeignDesk),
            }
        }

        /// Asks once.
        pub(crate) async fn ask(&mut self, request: &Request) -> Result<Response, Fault> {
            let safe = request.is_safe_to_repeat();
            let exchange = async {
                write(&mut self.stream, request).await?;
                line(&mut self.stream, MAX_ANSWER).await
            };
            let Ok(Ok(Some(line))) = timeout(ANSWER_PATIENCE, exchange).await else {
                return Err(Fault::NoAnswer { safe });
            };
            match serde_json::from_slice(&line).map_err(|_| Fault::OtherVersion)? {
                Reply::Done(response) => Ok(*response),
                Reply::Failed(failure) => Err(failure.into()),
            }
        }
    }

    /// One line, without its end; nothing at the end of the stream. A line cut short or too long is an error.
    async fn line(stream: &mut BufReader<UnixStream>, most: u64) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        stream.take(most).read_until(b'\n', &mut line).await?;
        match line.pop() {
            None => Ok(None),
            Some(b'\n') => Ok(Some(line)),
            Some(_) => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    async fn write(stream: &mut BufReader<UnixStream>, value: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        stream.write_all(&line).await
    }

    /// Who runs this process, as the other end of a socket would see it.
    fn own_uid() -> io::Result<u32> {
        let (here, _there) = UnixStream::pair()?;
        Ok(here.peer_cred()?.uid())
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::path::Path;

    use crate::fault::Fault;
    use crate::request::{Request, Response};

    /// Nobody can be asked here.
    pub(crate) enum Caller {}

    impl Caller {
        /// There is never a node to ask.
        pub(crate) async fn call(_: &Path) -> Result<Option<Self>, Fault> {
            Ok(None)
        }

        /// Cannot be called.
        pub(crate) async fn ask(&mut self, _: &Request) -> Result<Response, Fault> {
            match *self {}
        }
    }
}
