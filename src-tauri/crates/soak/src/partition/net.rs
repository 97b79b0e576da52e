//! The network between the nodes: each is reached through a middleman of ours, who knows who calls whom and carries,
//! delays, stalls, loses or cuts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

use super::dice::Dice;
use super::whose::whose;

/// How a cut feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Connections are reset, calls refused.
    Torn,
    /// Nothing arrives and nobody is told; what is still there afterwards goes on.
    Stalled,
}

/// One cut through the network: nothing passes between its sides.
#[derive(Debug)]
struct Cut {
    name: u64,
    side: Vec<bool>,
    kind: Kind,
}

/// What happened on the network.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) connections: AtomicU64,
    pub(super) frames: AtomicU64,
    pub(super) bytes: AtomicU64,
    /// Reset in the middle of a frame, or of anything.
    pub(super) broken: AtomicU64,
    /// Left open with nobody behind them.
    pub(super) swallowed: AtomicU64,
    /// Refused or reset by a cut.
    pub(super) torn: AtomicU64,
    pub(super) slowed: AtomicU64,
}

/// The network.
pub(super) struct Net {
    cuts: Mutex<Vec<Cut>>,
    changed: watch::Sender<u64>,
    /// Whether single connections fare badly.
    pub(super) rough: AtomicBool,
    /// Process ids of the nodes that run.
    pub(super) pids: Mutex<Vec<Option<i32>>>,
    pub(super) tally: Tally,
    dice: Mutex<Dice>,
}

/// What one connection will meet.
#[derive(Clone, Copy, Debug)]
struct Fate {
    delay: Duration,
    /// How many bytes of one direction pass before it ends.
    after: Option<(u64, End)>,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Broken,
    Swallowed,
}

/// The address of a node's own listener.
pub(super) fn behind(node: usize) -> Ipv4Addr {
    place(1, node)
}

/// The address by which others know it.
pub(super) fn before(node: usize) -> Ipv4Addr {
    place(2, node)
}

/// The address its calls come from, as others see them.
fn outside(node: usize) -> Ipv4Addr {
    place(3, node)
}

fn place(street: u8, node: usize) -> Ipv4Addr {
    let [high, low] = u16::try_from(node).unwrap_or(u16::MAX).saturating_add(1).to_be_bytes();
    Ipv4Addr::new(127, 64 + street, high, low)
}

impl Net {
    pub(super) fn new(nodes: usize, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            cuts: Mutex::default(),
            changed: watch::channel(0).0,
            rough: AtomicBool::new(false),
            pids: Mutex::new(vec![None; nodes]),
            tally: Tally::default(),
            dice: Mutex::new(Dice::of(seed, 1 << 32)),
        })
    }

    pub(super) fn cut(&self, name: u64, side: Vec<bool>, kind: Kind) {
        held(&self.cuts).push(Cut { name, side, kind });
        self.changed.send_modify(|version| *version += 1);
    }

    pub(super) fn mend(&self, name: u64) {
        held(&self.cuts).retain(|cut| cut.name != name);
        self.changed.send_modify(|version| *version += 1);
    }

    fn between(&self, from: usize, to: usize) -> Option<Kind> {
        let cuts = held(&self.cuts);
        let kinds = cuts.iter().filter(|cut| cut.side.get(from) != cut.side.get(to)).map(|cut| cut.kind);
        kinds.min_by_key(|kind| *kind == Kind::Stalled)
    }

    fn fate(&self) -> Fate {
        let mut dice = held(&self.dice);
        if !self.rough.load(Relaxed) {
            return Fate { delay: Duration::ZERO, after: None };
        }
        let delay = if dice.chance(25) { dice.millis(1, 120) } else { Duration::ZERO };
        let after = match dice.below(100) {
            0..35 => Some((dice.between(1, 12_000), End::Broken)),
            35..45 => Some((dice.between(1, 20_000), End::Swallowed)),
            _ => None,
        };
        Fate { delay, after }
    }

    /// Serves as the middleman of one node, on the port that both its addresses share.
    pub(super) async fn carry_for(self: Arc<Self>, to: usize, listener: TcpListener, port: u16) {
        loop {
            let Ok((caller, SocketAddr::V4(at))) = listener.accept().await else { continue };
            tokio::spawn(Arc::clone(&self).carry(caller, at, to, port));
        }
    }

    async fn carry(self: Arc<Self>, caller: TcpStream, at: SocketAddrV4, to: usize, port: u16) {
        let (net, here) = (Arc::clone(&self), SocketAddrV4::new(before(to), port));
        let from = tokio::task::spawn_blocking(move || whose(&held(&net.pids).clone(), at, here)).await;
        // Who has died meanwhile calls nobody.
        let Ok(Some(from)) = from else { return };
        self.tally.connections.fetch_add(1, Relaxed);
        if self.pass(from, to).await.is_err() {
            return self.reset([caller]);
        }
        let Ok(callee) = call(from, SocketAddrV4::new(behind(to), port)).await else {
            return self.reset([caller]);
        };
        let fate = self.fate();
        if !fate.delay.is_zero() {
            self.tally.slowed.fetch_add(1, Relaxed);
        }
        let ((from_caller, to_caller), (from_callee, to_callee)) = (caller.into_split(), callee.into_split());
        let (mut there, mut back) = (to_callee, to_caller);
        let (mut from_caller, mut from_callee) = (from_caller, from_callee);
        let ended = tokio::select! {
            ended = self.pump(from, to, fate, &mut from_caller, &mut there) => ended,
            ended = self.pump(to, from, fate, &mut from_callee, &mut back) => ended,
        };
        if ended.is_err()
            && let (Ok(caller), Ok(callee)) = (from_caller.reunite(back), from_callee.reunite(there))
        {
            self.reset([caller, callee]);
        }
    }

    fn reset<const N: usize>(&self, streams: [TcpStream; N]) {
        for stream in streams {
            // Gone at once and with a reset, as a router does that has forgotten a connection.
            let _ = stream.set_zero_linger();
        }
    }

    /// Waits until something may pass between two nodes; an error if what is there must be reset instead.
    async fn pass(&self, from: usize, to: usize) -> Result<(), ()> {
        let mut changed = self.changed.subscribe();
        loop {
            match self.between(from, to) {
                None => return Ok(()),
                Some(Kind::Torn) => {
                    self.tally.torn.fetch_add(1, Relaxed);
                    return Err(());
                }
                Some(Kind::Stalled) => drop(changed.changed().await),
            }
        }
    }

    /// Ends when a cut tears what lies between two nodes.
    async fn torn(&self, from: usize, to: usize) {
        let mut changed = self.changed.subscribe();
        while self.between(from, to) != Some(Kind::Torn) {
            drop(changed.changed().await);
        }
        self.tally.torn.fetch_add(1, Relaxed);
    }

    /// Carries one direction. An error wants a reset.
    async fn pump(
        &self,
        from: usize,
        to: usize,
        fate: Fate,
        reader: &mut OwnedReadHalf,
        writer: &mut OwnedWriteHalf,
    ) -> Result<(), ()> {
        let (mut buffer, mut counter, mut passed) = (vec![0; 16 * 1024], Frames::default(), 0_u64);
        loop {
            let count = tokio::select! {
                () = self.torn(from, to) => return Err(()),
                read = reader.read(&mut buffer) => read.map_err(drop)?,
            };
            self.pass(from, to).await?;
            if count == 0 {
                return Ok(());
            }
            tokio::time::sleep(fate.delay).await;
            let bytes = buffer.get(..count).unwrap_or_default();
            let fate = fate.after.filter(|_| self.rough.load(Relaxed));
            let left = fate.map_or(u64::MAX, |(after, _)| after.saturating_sub(passed));
            let fits = usize::try_from(left).unwrap_or(usize::MAX).min(count);
            writer.write_all(bytes.get(..fits).unwrap_or_default()).await.map_err(drop)?;
            passed = passed.saturating_add(u64::try_from(fits).unwrap_or(u64::MAX));
            self.tally.frames.fetch_add(counter.count(bytes), Relaxed);
            self.tally.bytes.fetch_add(u64::try_from(fits).unwrap_or(0), Relaxed);
            match fate {
                Some((_, End::Broken)) if fits < count => {
                    self.tally.broken.fetch_add(1, Relaxed);
                    return Err(());
                }
                Some((_, End::Swallowed)) if fits < count => {
                    self.tally.swallowed.fetch_add(1, Relaxed);
                    // For good: neither end ever hears of the other again, and neither is told.
                    while reader.read(&mut buffer).await.map_err(drop)? > 0 {}
                    std::future::pending::<()>().await;
                }
                _ => {}
            }
        }
    }
}

async fn call(from: usize, to: SocketAddrV4) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((outside(from), 0)))?;
    let stream = socket.connect(to.into()).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Counts messages by the lengths before them.
#[derive(Debug, Default)]
struct Frames {
    length: [u8; 4],
    have: usize,
    rest: u64,
}

impl Frames {
    fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut whole = 0;
        while let Some(first) = bytes.first() {
            if self.rest > 0 {
                let skip = usize::try_from(self.rest).unwrap_or(usize::MAX).min(bytes.len());
                bytes = bytes.get(skip..).unwrap_or_default();
                self.rest -= u64::try_from(skip).unwrap_or(self.rest);
                whole += u64::from(self.rest == 0);
                continue;
            }
            if let Some(place) = self.length.get_mut(self.have) {
                *place = *first;
            }
            self.have += 1;
            bytes = bytes.get(1..).unwrap_or_default();
            if self.have == self.length.len() {
                (self.rest, self.have) = (u32::from_be_bytes(self.length).into(), 0);
            }
        }
        whole
    }
}

pub(super) fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_however_they_are_cut() {
        let stream = [0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 1, 9];
        for size in 1..=stream.len() {
            let mut frames = Frames::default();
            let counted: u64 = stream.chunks(size).map(|bytes| frames.count(bytes)).sum();
            assert_eq!(counted, 2, "{size} bytes at a time");
        }
    }

    #[test]
    fn a_cut_is_between_its_sides_only_and_tearing_wins() {
        let net = Net::new(3, 1);
        net.cut(1, vec![true, false, false], Kind::Stalled);
        assert_eq!((net.between(0, 1), net.between(1, 2)), (Some(Kind::Stalled), None));
        net.cut(2, vec![true, true, false], Kind::Torn);
        assert_eq!((net.between(0, 2), net.between(1, 0)), (Some(Kind::Torn), Some(Kind::Stalled)));

        net.mend(1);

        assert_eq!((net.between(0, 1), net.between(2, 0)), (None, Some(Kind::Torn)));
    }
}
