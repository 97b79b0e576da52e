//! A wallet to be attacked over its real listener, and whoever attacks it: sockets and the link's own machine.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use tallystick_core::message::{Body, Envelope};
use tallystick_core::{AgentId, Certificate, Chad, ComposeCert, Date, Ticket, TokenText};
use tallystick_node::view::{
    EntryView, HistoryFilter, InviteTerms, NewIdentity, ProtectorChoice, TallyView, Template, TicketView,
};
use tallystick_node::{Clock, Config, Room, Session, Wallet};
use tallystick_noise::{AgentSecret, Effect, Input, Link, frame};
use tallystick_testkit::TestSigner;
use tallystick_vault::testing::Works;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use zeroize::Zeroizing;

mod door;
mod frozen;
mod lifts;
mod offers;
mod partner;
pub(crate) mod partners;
mod rules;

/// Nothing here may take longer than the ten seconds of a handshake and a little.
const PATIENCE: Duration = Duration::from_secs(20);

/// A promise that is kept in time, or broken.
pub(crate) async fn in_time<T>(what: &str, promise: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, promise).await {
        Ok(kept) => kept,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Asks again until the answer is yes.
pub(crate) async fn eventually(what: &str, mut ask: impl AsyncFnMut() -> bool) {
    in_time(what, async {
        while !ask().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// The wallet under attack.
pub(crate) struct Ana {
    folder: TempDir,
    keychain: Arc<Works>,
    pub(crate) session: Session,
    pub(crate) wallet: Wallet,
    room: Room,
}

/// Everything of Ana's that an attack could change.
#[derive(Debug, PartialEq)]
pub(crate) struct Snapshot {
    tallies: Vec<TallyView>,
    tickets: Vec<TicketView>,
    entries: Vec<EntryView>,
}

impl Snapshot {
    /// The same, but for when it was: a suspicion is looked into, and leaves only that trace.
    pub(crate) fn without_times(mut self) -> Self {
        self.tallies.iter_mut().for_each(|view| view.row.last_activity = 0);
        self
    }

    pub(crate) fn entries(&self) -> &[EntryView] {
        &self.entries
    }

    pub(crate) fn balances(&self) -> Vec<i64> {
        self.tallies.iter().map(|view| view.row.balance).collect()
    }
}

impl Ana {
    pub(crate) async fn new() -> Self {
        Self::with(Room::default()).await
    }

    /// Ana with another doorkeeper.
    pub(crate) async fn with(room: Room) -> Self {
        Self::open(tempfile::tempdir().expect("a folder"), Arc::default(), 0, room).await
    }

    async fn open(folder: TempDir, keychain: Arc<Works>, offset: i64, room: Room) -> Self {
        let mut config = Config::new(folder.path().join("ana"));
        config.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        config.advertise = Some("127.0.0.1".to_owned());
        config.clock = Clock { offset };
        config.room = room;
        let session = Session::open(config, keychain.clone()).await.expect("the profile opens");
        if session.wallet().await.is_err() {
            let identity = NewIdentity { name: "Ana Ruiz".to_owned(), protector: ProtectorChoice::Keychain };
            session.create(identity).await.expect("an identity");
        }
        let wallet = session.wallet().await.expect("an open wallet");
        Self { folder, keychain, session, wallet, room }
    }

    /// Closes the program and opens it again that many seconds later.
    pub(crate) async fn later(self, seconds: i64) -> Self {
        self.session.shutdown().await;
        let Self { folder, keychain, session, wallet, room } = self;
        drop((session, wallet));
        Self::open(folder, keychain, seconds * 1_000, room).await
    }

    pub(crate) fn chad(&self) -> Chad {
        Chad::parse_uri(&self.wallet.identity().address).expect("her own address")
    }

    /// A call from an address that nobody has called from before: what one test did wrong is held against nobody else.
    pub(crate) async fn connect(&self) -> TcpStream {
        self.connect_from(another_address()).await
    }

    /// A call from this address.
    pub(crate) async fn connect_from(&self, from: Ipv4Addr) -> TcpStream {
        let chad = self.chad();
        let there = SocketAddr::from((chad.host().parse::<Ipv4Addr>().expect("an address"), chad.port()));
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((from, 0))).expect("an address of this computer");
        socket.connect(there).await.expect("she listens")
    }

    /// A live ticket: what a code of hers says.
    pub(crate) async fn invite(&self, template: Template) -> (Ticket, TicketView) {
        self.invite_with(template, 1, None).await
    }

    /// A live ticket that may be used so often, perhaps by nobody but this person.
    pub(crate) async fn invite_with(
        &self,
        template: Template,
        uses: u32,
        only_for: Option<&Somebody>,
    ) -> (Ticket, TicketView) {
        let terms = InviteTerms {
            template,
            they_may_owe: 20_000,
            notice_days: 14,
            good_for: 900,
            note: None,
            uses,
            only_for: only_for.map(|person| person.chad().to_uri()),
            contract: None,
            disclose: Vec::new(),
            memo: None,
        };
        let view = self.wallet.invite(terms).await.expect("a ticket");
        let link = view.link.clone().expect("a live ticket has a link");
        (Ticket::parse(&link).expect("her own link"), view)
    }

    pub(crate) async fn snapshot(&self) -> Snapshot {
        let mut tallies = Vec::new();
        let mut entries = Vec::new();
        for row in self.wallet.tallies().await.expect("tallies") {
            let mut view = self.wallet.tally(&row.id).await.expect("a tally");
            // That somebody was heard, or compared with, is no change of anything.
            view.row.partner.iter_mut().for_each(|partner| partner.heard_at = None);
            view.proof.compared_at = None;
            tallies.push(view);
            entries.extend(
                self.wallet.history(&row.id, None, HistoryFilter::default()).await.expect("history").entries,
            );
        }
        let mut tickets = self.wallet.tickets().await.expect("tickets");
        for ticket in &mut tickets {
            ticket.now = 0;
            ticket.used_by.iter_mut().for_each(|person| person.heard_at = None);
        }
        Snapshot { tallies, tickets, entries }
    }

    pub(crate) async fn verify(&self) {
        assert_eq!(self.wallet.verify().await.expect("verified").wrong, Vec::new());
    }

    /// Sends bytes as a first packet and demands silence, and that nothing has changed.
    pub(crate) async fn ignores(&self, what: &str, bytes: &[u8]) {
        let before = self.snapshot().await;
        let mut stream = self.connect().await;
        // She may hang up before all of it is written.
        let _ = stream.write_all(bytes).await;
        silence(what, stream).await;
        assert_eq!(self.snapshot().await, before, "{what}");
        self.verify().await;
    }
}

/// An address of this computer that is used once.
pub(crate) fn another_address() -> Ipv4Addr {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    // Every 127.x.y.z is this computer, on systems that have not been told otherwise.
    let next = if cfg!(target_os = "macos") { 0 } else { NEXT.fetch_add(1, Ordering::Relaxed) };
    Ipv4Addr::from_bits(Ipv4Addr::LOCALHOST.to_bits() + 0x1_0000 * u32::from(next > 0) + next)
}

/// Not one byte comes back before the connection ends.
pub(crate) async fn silence(what: &str, mut stream: TcpStream) {
    let mut bytes = Vec::new();
    if let Err(error) = in_time(what, stream.read_to_end(&mut bytes)).await {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{what}");
    }
    assert_eq!(bytes, b"", "{what} got an answer");
}

/// Waits until she says something or hangs up; true for the former.
pub(crate) async fn is_answered(stream: &TcpStream) -> bool {
    in_time("a word or none", stream.peek(&mut [0])).await.is_ok_and(|count| count > 0)
}

/// Somebody with keys of their own.
pub(crate) struct Somebody {
    pub(crate) secret: AgentSecret,
    pub(crate) signer: TestSigner,
    pub(crate) cert: Certificate,
}

impl Somebody {
    pub(crate) fn new(name: &str, seed: u8) -> Self {
        let secret = AgentSecret::from_seed(Zeroizing::new([seed; 32]));
        let signer = TestSigner::fresh();
        let cert = certificate(name, secret.agent_id(), &signer);
        Self { secret, signer, cert }
    }

    pub(crate) fn chad(&self) -> Chad {
        self.cert.chad().clone()
    }

    /// The first packet that brings a ticket.
    pub(crate) fn first_packet(&self, to: AgentId, message: &Value) -> (Link, Vec<u8>) {
        Link::initiate_ticket(&self.secret, &to, message.to_string().as_bytes(), 0).expect("a packet")
    }

    /// The two first packets of a known caller.
    pub(crate) fn known_packets(&self, to: AgentId, message: &Value) -> (Link, Vec<u8>) {
        Link::initiate(&self.secret, &to, None, message.to_string().as_bytes(), 0).expect("packets")
    }

    /// Uses a ticket as its holder should.
    pub(crate) async fn use_ticket(&self, ana: &Ana, ticket: &Ticket) -> Call {
        let (link, bytes) = self.first_packet(ticket.chad.agent(), &ticket_message(ticket, self, &self.cert));
        Call::open(ana.connect().await, link, &bytes).await
    }
}

pub(crate) fn certificate(name: &str, agent: AgentId, signer: &TestSigner) -> Certificate {
    // A port where nobody listens: she can answer only on links that were opened to her.
    let chad = Chad::new("m", agent, "127.0.0.1", 1).expect("an address");
    let date = Date::from_millis(1_795_341_954_463);
    let parts = ComposeCert { chad, name: name.into(), key: signer.public().clone(), date };
    Certificate::compose(parts).expect("a certificate")
}

pub(crate) fn ticket_message(ticket: &Ticket, from: &Somebody, cert: &Certificate) -> Value {
    let body = Body::Ticket { token: TokenText::from(&ticket.token), cert: cert.clone() };
    Envelope::new(ticket.chad.clone(), from.chad(), body).to_value()
}

/// An open link to Ana.
pub(crate) struct Call {
    stream: TcpStream,
    link: Link,
    buffer: Vec<u8>,
}

impl Call {
    /// Sends the first packets and waits for the answer.
    pub(crate) async fn open(mut stream: TcpStream, link: Link, bytes: &[u8]) -> Self {
        stream.write_all(bytes).await.expect("she reads");
        let mut call = Self::of(stream, link);
        call.opened().await;
        call
    }

    /// A connection on which the first packets were sent.
    pub(crate) fn of(stream: TcpStream, link: Link) -> Self {
        Self { stream, link, buffer: Vec::new() }
    }

    /// Waits for the answer.
    pub(crate) async fn opened(&mut self) {
        let effects = in_time("the link to open", self.frame()).await;
        assert_eq!(effects, [Effect::Opened]);
    }

    pub(crate) async fn send(&mut self, payload: &[u8]) {
        let bytes = self.sealed(payload);
        self.stream.write_all(&bytes).await.expect("she reads");
    }

    /// The frame of a message, not sent.
    pub(crate) fn sealed(&mut self, payload: &[u8]) -> Vec<u8> {
        let effects = self.link.handle(Input::Send(payload), 0).expect("an open link");
        let [Effect::Transmit(bytes)] = effects.as_slice() else { panic!("{effects:?}") };
        bytes.clone()
    }

    /// Whether bytes of hers are there already.
    pub(crate) async fn has_something(&self) -> bool {
        let mut byte = [0];
        tokio::select! {
            biased;
            peeked = self.stream.peek(&mut byte) => peeked.is_ok_and(|count| count > 0),
            () = std::future::ready(()) => false,
        }
    }

    /// The next message of hers.
    pub(crate) async fn receive(&mut self) -> Envelope {
        let effects = in_time("a message", self.frame()).await;
        let [Effect::Received { payload }] = effects.as_slice() else { panic!("{effects:?}") };
        Envelope::parse(payload).expect("a message of hers")
    }

    /// The bare connection, to misuse it.
    pub(crate) fn hijack(self) -> TcpStream {
        self.stream
    }

    async fn frame(&mut self) -> Vec<Effect> {
        loop {
            if let Some(frame) = frame::parse(&self.buffer).expect("frames of hers") {
                let input = Input::Frame { header: frame.header, body: frame.body };
                let effects = self.link.handle(input, 0).expect("packets of hers");
                self.buffer.drain(..frame.consumed);
                return effects;
            }
            let read = self.stream.read_buf(&mut self.buffer).await.expect("she talks");
            assert_ne!(read, 0, "she hung up");
        }
    }
}
