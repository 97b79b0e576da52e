//! Which of our processes is at the other end of a connection: the system's own tables know.

use std::fs;
use std::net::SocketAddrV4;

/// The inode of the socket with these two ends, out of `/proc/net/tcp`.
fn inode(table: &str, local: SocketAddrV4, remote: SocketAddrV4) -> Option<u64> {
    let [local, remote] = [local, remote].map(written);
    table.lines().skip(1).find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let ends = words.next()? == local && words.next()? == remote;
        ends.then(|| words.nth(6)?.parse().ok()).flatten()
    })
}

/// As the table writes it: the address as a number in the machine's own order.
fn written(end: SocketAddrV4) -> String {
    format!("{:08X}:{:04X}", u32::from_ne_bytes(end.ip().octets()), end.port())
}

/// Which of these processes holds the socket with these two ends. Blocks for some milliseconds.
pub(super) fn whose(pids: &[Option<i32>], local: SocketAddrV4, remote: SocketAddrV4) -> Option<usize> {
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let wanted = format!("socket:[{}]", inode(&table, local, remote)?);
    pids.iter().position(|pid| {
        let Some(files) = pid.and_then(|pid| fs::read_dir(format!("/proc/{pid}/fd")).ok()) else {
            return false;
        };
        files.flatten().any(|file| {
            fs::read_link(file.path()).is_ok_and(|target| target.to_str() == Some(wanted.as_str()))
        })
    })
}

/// Resident memory in KiB and open files of a process.
pub(super) fn weight(pid: i32) -> Option<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let files = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
    Some((resident.split_whitespace().next()?.parse().ok()?, u64::try_from(files).ok()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{SocketAddr, TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_of_ours_is_known_for_ours() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let there = listener.local_addr().expect("an address");
        let stream = TcpStream::connect(there).expect("connected");
        let v4 = |address| if let SocketAddr::V4(address) = address { address } else { panic!("IPv4") };
        let (here, there) = (v4(stream.local_addr().expect("an address")), v4(there));
        let us = i32::try_from(std::process::id()).expect("a pid");

        assert_eq!(whose(&[None, Some(us)], here, there), Some(1));
        assert_eq!(whose(&[Some(us)], there, SocketAddrV4::new([127, 0, 0, 9].into(), 1)), None);
        assert!(weight(us).is_some_and(|(kib, files)| kib > 100 && files > 2));
    }
}
