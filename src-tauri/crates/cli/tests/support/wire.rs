//! A wire between two nodes that counts its bytes and can be stopped after any one of them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::support::{Home, own_address};

/// How often a waiting thread looks whether the wire is gone.
const LOOK: Duration = Duration::from_millis(20);

/// A wire between two nodes. Each is told to call the other here.
pub(crate) struct Wire {
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    flow: Mutex<Flow>,
    moved: Condvar,
    gone: AtomicBool,
}

#[derive(Default)]
struct Flow {
    bytes: u64,
    /// Nothing passes beyond so many bytes.
    stop: Option<u64>,
    stopped: bool,
}

impl Gate {
    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().expect("nobody panics with it")
    }

    /// Lets a chunk pass, or its part up to the stop, and there waits.
    fn pass(&self, mut chunk: &[u8], to: &mut TcpStream) -> std::io::Result<()> {
        while !chunk.is_empty() {
            let mut flow = self.flow();
            let room = flow.stop.map_or(usize::MAX, |stop| {
                usize::try_from(stop.saturating_sub(flow.bytes)).unwrap_or(usize::MAX)
            });
            let (now, later) = chunk.split_at(chunk.len().min(room));
            flow.bytes += u64::try_from(now.len()).unwrap_or(0);
            // Small chunks to a socket's buffer: writing under the lock keeps the count and the wire in step.
            to.write_all(now)?;
            chunk = later;
            if room == 0 {
                flow.stopped = true;
                let (flow, _) = self.moved.wait_timeout(flow, LOOK).expect("nobody panics with it");
                drop(flow);
                if self.gone.load(Ordering::SeqCst) {
                    return Err(std::io::ErrorKind::BrokenPipe.into());
                }
            }
        }
        Ok(())
    }
}

impl Wire {
    /// Puts a wire between the homes: what each advertises from now on is its end of it.
    pub(crate) fn between(homes: &mut [Home; 2]) -> Self {
        let gate = Arc::new(Gate::default());
        for home in homes {
            let SocketAddr::V4(end) = own_address() else { unreachable!("IPv4 throughout") };
            home.advertise = *end.ip();
            serve(*end.ip(), home.address, &gate);
        }
        Self { gate }
    }

    /// Bytes that have passed.
    pub(crate) fn bytes(&self) -> u64 {
        self.gate.flow().bytes
    }

    /// Lets nothing pass beyond so many bytes, counted from the beginning.
    pub(crate) fn stop_at(&self, bytes: u64) {
        let mut flow = self.gate.flow();
        flow.stop = Some(bytes);
        flow.stopped = false;
    }

    /// Whether something wanted to pass beyond the stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.gate.flow().stopped
    }

    /// Lets everything pass again.
    pub(crate) fn pass(&self) {
        let mut flow = self.gate.flow();
        flow.stop = None;
        flow.stopped = false;
        drop(flow);
        self.gate.moved.notify_all();
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.gate.gone.store(true, Ordering::SeqCst);
        self.pass();
    }
}

fn serve(end: Ipv4Addr, node: SocketAddr, gate: &Arc<Gate>) {
    let listener = TcpListener::bind((end, node.port())).expect("an end of the wire");
    listener.set_nonblocking(true).expect("a socket");
    let gate = Arc::clone(gate);
    thread::spawn(move || {
        while !gate.gone.load(Ordering::SeqCst) {
            match listener.accept() {
                Ok((caller, _)) => connect(caller, node, &gate),
                Err(_) => thread::sleep(Duration::from_micros(500)),
            }
        }
    });
}

fn connect(caller: TcpStream, node: SocketAddr, gate: &Arc<Gate>) {
    // A node that is down hangs up on its callers.
    let Ok(called) = TcpStream::connect(node) else { return };
    let ways = [(caller.try_clone(), called.try_clone()), (Ok(called), Ok(caller))];
    for way in ways {
        let (Ok(from), Ok(to)) = way else { return };
        let gate = Arc::clone(gate);
        thread::spawn(move || carry(from, to, &gate));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, gate: &Gate) {
    let _ = (from.set_nonblocking(false), to.set_nodelay(true), from.set_read_timeout(Some(LOOK)));
    let mut chunk = [0; 4096];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) if gate.pass(&chunk[..read], &mut to).is_ok() => {}
            Err(error)
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) =>
            {
                if gate.gone.load(Ordering::SeqCst) {
                    break;
                }
            }
            Ok(_) | Err(_) => break,
        }
    }
    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
}
