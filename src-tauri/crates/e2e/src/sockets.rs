//! The TCP sockets a process holds, as the system tells it.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddrV4;

use crate::Fault;

/// One TCP socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Whether others can connect to it.
    pub listens: bool,
    /// Whether it is a connection that was made.
    pub connected: bool,
    /// Its own end, as the system writes it: address and port in hexadecimal digits.
    pub local: String,
    /// The other end, likewise.
    pub remote: String,
}

/// The address at which a window's driver has the window take its calls, if the process was told one.
pub(crate) fn of_driver(process: u32) -> Option<String> {
    let surroundings = fs::read(format!("/proc/{process}/environ")).ok()?;
    let told = surroundings.split(|byte| *byte == 0).find_map(|line| line.strip_prefix(DRIVER.as_bytes()))?;
    let address: SocketAddrV4 = std::str::from_utf8(told).ok()?.parse().ok()?;
    Some(format!("{:08X}:{:04X}", u32::from_le_bytes(address.ip().octets()), address.port()))
}

const DRIVER: &str = "WEBKIT_INSPECTOR_SERVER=";

/// All of a process's TCP sockets of both families.
pub(crate) fn sockets(process: u32) -> Result<Vec<Socket>, Fault> {
    let folder = format!("/proc/{process}/fd");
    let mut inodes = BTreeSet::new();
    for entry in fs::read_dir(&folder).map_err(Fault::file(&folder))?.flatten() {
        // A file that was closed meanwhile is none.
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        let target = target.to_string_lossy().into_owned();
        inodes.extend(
            target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')).map(str::to_owned),
        );
    }
    let mut found = Vec::new();
    for family in ["tcp", "tcp6"] {
        let path = format!("/proc/{process}/net/{family}");
        let table = fs::read_to_string(&path).map_err(Fault::file(&path))?;
        found.extend(table.lines().skip(1).filter_map(|line| socket(line, &inodes)));
    }
    Ok(found)
}

/// A line of the table, if the socket is one of these.
fn socket(line: &str, inodes: &BTreeSet<String>) -> Option<Socket> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (local, remote, state, inode) = (fields.get(1)?, fields.get(2)?, fields.get(3)?, fields.get(9)?);
    inodes.contains(*inode).then(|| Socket {
        listens: *state == LISTEN,
        connected: *state == ESTABLISHED,
        local: (*local).to_owned(),
        remote: (*remote).to_owned(),
    })
}

const ESTABLISHED: &str = "01";
const LISTEN: &str = "0A";

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_listener_and_a_connection_are_seen() {
        let listener = TcpListener::bind("127.90.0.3:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        let stream = TcpStream::connect(address).expect("a connection");

        let all = sockets(std::process::id()).expect("sockets");

        let port = format!(":{:04X}", address.port());
        assert!(all.iter().any(|socket| socket.listens && socket.local.ends_with(&port)), "{all:?}");
        assert!(all.iter().any(|socket| socket.connected && socket.remote.ends_with(&port)), "{all:?}");
        drop(stream);
    }
}
