//! A wallet that listens nowhere is called through a relay, which learns nothing and can change nothing.
#![allow(clippy::unwrap_used, reason = "a test")]
#![cfg(not(target_os = "macos"))]

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tallystick_core::AgentId;
use tallystick_node::relay::{Guest, Relay};
use tallystick_node::view::{
    ConnectionState, CopiesState, InviteTerms, NewIdentity, PhaseView, ProtectorChoice, TallyView, Template,
};
use tallystick_node::{Config, Session, Wallet};
use tallystick_noise::{AgentSecret, Link};
use tallystick_vault::testing::Works;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

const PATIENCE: Duration = Duration::from_secs(60);

struct Person {
    session: Session,
    wallet: Wallet,
}

impl Person {
    async fn new(folder: &Path, name: &str, listens: bool) -> Self {
        let mut config = Config::new(folder.join(name));
        config.listen = listens.then(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        config.advertise = Some("127.0.0.1".to_owned());
        config.retry.first = 50;
        config.retry.longest = 500;
        let session = Session::open(config, Arc::new(Works::default())).await.unwrap();
        let identity = NewIdentity { name: name.to_owned(), protector: ProtectorChoice::Keychain };
        session.create(identity).await.unwrap();
        let wallet = session.wallet().await.unwrap();
        Self { session, wallet }
    }

    fn agent(&self) -> AgentId {
        let address = self.wallet.identity().address;
        tallystick_core::Chad::parse_uri(&address).unwrap().agent()
    }

    async fn tally(&self, good: impl Fn(&TallyView) -> bool) -> TallyView {
        eventually(|| async {
            for row in self.wallet.tallies().await.unwrap() {
                let view = self.wallet.tally(&row.id).await.unwrap();
                if good(&view) {
                    return Some(view);
                }
            }
            None
        })
        .await
    }

    async fn pay(&self, tally: &str, units: i64) {
        let preview = self.wallet.pay_preview(tally, units, Some("bread and eggs".to_owned())).await.unwrap();
        self.wallet.sign(&preview.id).await.unwrap();
    }

    /// Uses a relay and waits until it can be called there.
    async fn goes_through(&self, relay: &str) {
        self.wallet.use_relay(Some(relay.to_owned())).await.unwrap();
        self.is_reachable().await;
    }

    async fn is_reachable(&self) {
        eventually(|| async { self.wallet.relay().await.unwrap().1 }).await;
    }

    async fn verify(&self) {
        assert_eq!(self.wallet.verify().await.unwrap().wrong, Vec::new());
    }
}

async fn eventually<T, F: Future<Output = Option<T>>>(mut ask: impl FnMut() -> F) -> T {
    let search = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("it comes about in time")
}

/// A relay with one guest. It listens at 127.0.0.1, and is known as 127.0.0.2: the way there leads past a tap.
struct Running {
    folder: tempfile::TempDir,
    wallets: SocketAddr,
    name: AgentId,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Running {
    async fn new(guest: Guest) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut relay = Relay::open(folder.path()).unwrap();
        relay.allow(guest).unwrap();
        let name = relay.agent().unwrap();
        let (wallets, stop, served) = start(relay, SocketAddr::from(([127, 0, 0, 1], 0))).await;
        Self { folder, wallets, name, stop, served }
    }

    async fn stops(&mut self) {
        self.stop.cancel();
        (&mut self.served).await.unwrap();
    }

    async fn starts_again(&mut self) {
        let relay = Relay::open(self.folder.path()).unwrap();
        (_, self.stop, self.served) = start(relay, self.wallets).await;
    }

    /// As the wallet is told.
    fn address(&self) -> String {
        format!("{}@127.0.0.2:{}", self.name, self.wallets.port())
    }
}

async fn start(relay: Relay, listen: SocketAddr) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
    let desk = relay.bind(listen).await.unwrap();
    let (address, stop) = (desk.address().unwrap(), CancellationToken::new());
    (address, stop.clone(), tokio::spawn(desk.serve(stop.cancelled_owned())))
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// What the tap does to bytes on their way to the wallet.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lie {
    None,
    Altered,
    Twice,
    Swapped,
    Elsewhere(u16),
}

/// Sees and carries what the relay sees and carries.
struct Tap {
    lie: Mutex<Lie>,
    heard: Mutex<Vec<u8>>,
    calls: AtomicU64,
}

impl Tap {
    async fn at(port: u16) -> Arc<Self> {
        let tap =
            Arc::new(Self { lie: Mutex::new(Lie::None), heard: Mutex::default(), calls: AtomicU64::new(0) });
        let listener = TcpListener::bind(("127.0.0.2", port)).await.unwrap();
        let carrying = Arc::clone(&tap);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                carrying.calls.fetch_add(1, Relaxed);
                tokio::spawn(Arc::clone(&carrying).carry(stream, port));
            }
        });
        tap
    }

    async fn carry(self: Arc<Self>, here: TcpStream, port: u16) {
        let port = if let Lie::Elsewhere(port) = *self.lie.lock().unwrap() { port } else { port };
        let Ok(there) = TcpStream::connect(("127.0.0.1", port)).await else { return };
        let ((mut from_here, mut to_here), (mut from_there, mut to_there)) =
            (here.into_split(), there.into_split());
        let forth = async {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let count = from_here.read(&mut buffer).await.unwrap_or(0);
                if count == 0 {
                    return;
                }
                let mut bytes = buffer[..count].to_vec();
                self.heard.lock().unwrap().extend_from_slice(&bytes);
                let lie = *self.lie.lock().unwrap();
                match lie {
                    Lie::Altered => bytes[count - 1] ^= 1,
                    Lie::Twice => bytes.extend_from_within(..),
                    // The last frame before the first.
                    Lie::Swapped => bytes = swapped(&bytes),
                    Lie::None | Lie::Elsewhere(_) => {}
                }
                if to_there.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        };
        let back = async {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let count = from_there.read(&mut buffer).await.unwrap_or(0);
                self.heard.lock().unwrap().extend_from_slice(&buffer[..count]);
                if count == 0 || to_here.write_all(&buffer[..count]).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = forth => {}
            () = back => {}
        }
    }

    fn lies(&self, lie: Lie) {
        *self.lie.lock().unwrap() = lie;
    }
}

/// The same frames, the first one last.
fn swapped(bytes: &[u8]) -> Vec<u8> {
    let first = u32::from_be_bytes(bytes[..4].try_into().unwrap());
    let end = (4 + usize::try_from(first).unwrap()).min(bytes.len());
    [&bytes[end..], &bytes[..end]].concat()
}

/// Ben, who listens nowhere; Ana, who does not either and calls him through a relay; what lies in between; and their tally.
struct Stage {
    folder: tempfile::TempDir,
    ana: Person,
    ben: Person,
    relay: Running,
    door: Arc<Tap>,
    trunk: Arc<Tap>,
    port: u16,
    tally: String,
}

impl Stage {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ana = Person::new(folder.path(), "Ana", false).await;
        let ben = Person::new(folder.path(), "Ben", false).await;
        let port = free_port().await;
        let relay = Running::new(Guest { agent: ben.agent(), port }).await;
        let (door, trunk) = (Tap::at(port).await, Tap::at(relay.wallets.port()).await);
        assert_eq!(ben.wallet.connection().await.unwrap().state, ConnectionState::OutgoingOnly);
        ben.goes_through(&relay.address()).await;
        assert_eq!(ben.wallet.connection().await.unwrap().state, ConnectionState::Online);

        let link = ben.wallet.invite(terms()).await.unwrap().link.unwrap();
        assert!(link.contains(&format!("@127.0.0.2:{port}?")), "{link}");
        let card = ana.wallet.code_inspect(&link).await.unwrap();
        ana.wallet.contact(&card.inspection.unwrap(), Vec::new()).await.unwrap();
        let drafted = ben.tally(|tally| tally.row.phase == PhaseView::PartnerDraft).await;
        let preview = ben.wallet.offer_preview(&drafted.row.id).await.unwrap();
        ben.wallet.sign(&preview.id).await.unwrap();
        let offered = ana.tally(|tally| tally.row.phase == PhaseView::OfferedToUs).await;
        let preview = ana.wallet.accept_preview(&offered.row.id).await.unwrap();
        ana.wallet.sign(&preview.id).await.unwrap();
        ben.tally(|tally| tally.row.phase == PhaseView::Open).await;
        let tally = offered.row.id;
        let stage = Self { folder, ana, ben, relay, door, trunk, port, tally };
        stage.match_at(0, 0).await;
        stage
    }

    /// Both copies match, with so many entries, and Ben is owed so much.
    async fn match_at(&self, entries: u64, owed: i64) {
        for (person, owed) in [(&self.ana, -owed), (&self.ben, owed)] {
            let matches = |tally: &TallyView| {
                let copies = tally.row.copies;
                (copies.state, copies.entries, tally.row.balance) == (CopiesState::Match, entries, owed)
            };
            person.tally(matches).await;
        }
    }

    async fn close(self) {
        self.ana.verify().await;
        self.ben.verify().await;
        self.ana.session.shutdown().await;
        self.ben.session.shutdown().await;
    }
}

fn terms() -> InviteTerms {
    InviteTerms {
        template: Template::Friend,
        they_may_owe: 1_000_000,
        notice_days: 14,
        good_for: 900,
        note: None,
        uses: 1,
        only_for: None,
        contract: None,
        disclose: Vec::new(),
        memo: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_nowhere_is_called_through_a_relay_that_reads_nothing() {
    let stage = Stage::set().await;
    stage.ana.pay(&stage.tally, 7_000).await;
    stage.match_at(1, 7_000).await;

    for tap in [&stage.door, &stage.trunk] {
        let heard = tap.heard.lock().unwrap().clone();
        assert!(heard.len() > 1_000, "only {} bytes came by", heard.len());
        let agents = [stage.ana.agent(), stage.ben.agent()];
        let names = agents.iter().map(AgentId::to_string).chain([stage.tally.clone()]);
        for word in
            names.chain(["bread".to_owned(), "units".to_owned(), "Ana".to_owned(), "tally".to_owned()])
        {
            let found = heard.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "the relay reads {word:?}");
        }
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_stops_and_starts_again_loses_nothing() {
    let mut stage = Stage::set().await;
    stage.relay.stops().await;
    stage.ana.pay(&stage.tally, 1_000).await;
    eventually(|| async { stage.ben.wallet.relay().await.unwrap().1.is_none().then_some(()) }).await;
    stage.ana.pay(&stage.tally, 2_000).await;

    stage.relay.starts_again().await;

    stage.ben.is_reachable().await;
    stage.match_at(2, 3_000).await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_relay_breaks_links_and_nothing_else() {
    let stage = Stage::set().await;
    let (mut entries, mut owed) = (0, 0);
    let cy = Person::new(stage.folder.path(), "Cy", true).await;
    let listening: SocketAddr = cy.wallet.connection().await.unwrap().listening.unwrap().parse().unwrap();
    for lie in [Lie::Altered, Lie::Twice, Lie::Swapped, Lie::Elsewhere(listening.port())] {
        stage.door.lies(lie);
        // Nothing that was open before the lie stays: new calls meet it as well.
        stage.ben.wallet.use_relay(None).await.unwrap();
        eventually(|| async { stage.ben.wallet.relay().await.unwrap().1.is_none().then_some(()) }).await;
        stage.ben.goes_through(&stage.relay.address()).await;
        (entries, owed) = (entries + 1, owed + 1_000);
        stage.ana.pay(&stage.tally, 1_000).await;
        // Several calls come to nothing; but what is only said twice has been said once.
        let before = stage.door.calls.load(Relaxed);
        let balance = eventually(|| async {
            let seen = stage.ben.wallet.tally(&stage.tally).await.unwrap().row.balance;
            let enough = stage.door.calls.load(Relaxed) > before + 2;
            (enough || seen == owed).then_some(seen)
        })
        .await;
        assert!(balance == owed - 1_000 || (balance == owed && lie == Lie::Twice), "{lie:?}: {balance}");

        stage.door.lies(Lie::None);

        stage.match_at(entries, owed).await;
    }
    // All that was ever said at the door, said again.
    let recorded = stage.door.heard.lock().unwrap().clone();
    let mut again = TcpStream::connect(("127.0.0.2", stage.port)).await.unwrap();
    let _ = again.write_all(&recorded).await;
    drop(again);
    stage.ana.pay(&stage.tally, 500).await;
    stage.match_at(entries + 1, owed + 500).await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_call_of_the_wallet_takes_its_place_at_the_relay_from_nobody() {
    let stage = Stage::set().await;
    let recorded = stage.trunk.heard.lock().unwrap().clone();
    let frame = |at: usize| {
        at + 4 + usize::try_from(u32::from_be_bytes(recorded[at..at + 4].try_into().unwrap())).unwrap()
    };
    let calls = stage.trunk.calls.load(Relaxed);
    let mut replay = TcpStream::connect(stage.relay.wallets).await.unwrap();
    replay.write_all(&recorded[..frame(frame(0))]).await.unwrap();
    // Answered, as whoever holds the key would be; so the relay has taken it for Ben's by now, if it is so easily fooled.
    let mut answer = [0; 5];
    replay.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer[4], b'A');

    stage.ana.pay(&stage.tally, 300).await;
    stage.match_at(1, 300).await;

    assert_eq!(stage.trunk.calls.load(Relaxed), calls, "Ben had to call his relay again");
    drop(replay);
    stage.close().await;
}

#[tokio::test]
async fn strangers_hear_nothing_from_a_relay() {
    let guest =
        Guest { agent: AgentSecret::from_seed(Zeroizing::new([7; 32])).agent_id(), port: free_port().await };
    let mut relay = Running::new(guest).await;
    let stranger = AgentSecret::from_seed(Zeroizing::new([8; 32]));
    let (_, frames) = Link::initiate(&stranger, &relay.name, None, b"{\"relay\":1}", 0).unwrap();
    let door = SocketAddr::from(([127, 0, 0, 1], guest.port));

    for (address, said) in
        [(relay.wallets, frames), (relay.wallets, b"GET / HTTP/1.1\r\n\r\n".to_vec()), (door, vec![0; 64])]
    {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&said).await.unwrap();
        let mut heard = Vec::new();
        let ended =
            tokio::time::timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("it hangs up");
        // Hanging up on what was not read is a reset; either way, nothing is said.
        assert!(heard.is_empty(), "{ended:?}");
    }
    relay.stops().await;
}
