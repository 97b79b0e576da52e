//! Ben, who looks at codes, and a maker of codes whose door counts who knocks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tallystick_core::code::Invoice;
use tallystick_core::{Chad, Ticket, Token, Units};
use tallystick_node::view::{CheckName, CheckResult, CodeCard, CodeProblem, NewIdentity, ProtectorChoice};
use tallystick_node::{Clock, Config, Session, Wallet};
use tallystick_vault::testing::Works;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A maker's key: a real one, whose owner is never heard of again.
pub(super) const MAKER: &str = "gHQLZ5GJ-WYwJGx6RI_80E-SLJdJorUxIgkTVg38NtQ";

/// Ben, and a maker of codes whose door counts who knocks.
pub(super) struct Scene {
    _folder: TempDir,
    pub(super) session: Session,
    pub(super) wallet: Wallet,
    pub(super) maker: Chad,
    knocks: Arc<AtomicUsize>,
}

impl Scene {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let session = session(&folder, "ben", 0).await;
        let wallet = session.wallet().await.expect("an open wallet");
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = door.local_addr().expect("an address").port();
        let knocks = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&knocks);
        tokio::spawn(async move {
            while door.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        let maker =
            Chad::new("ana", MAKER.parse().expect("an agent"), "127.0.0.1", port).expect("an address");
        Self { _folder: folder, session, wallet, maker, knocks }
    }

    pub(super) fn ticket(&self) -> Ticket {
        Ticket {
            chad: self.maker.clone(),
            token: Token::from_bytes([9; 16]),
            expires: now() + 900,
            bound: None,
            alternatives: Vec::new(),
            name: Some("Ana Ruiz".to_owned()),
            limit: Units::new(20_000).ok(),
        }
    }

    pub(super) fn invoice(&self, units: i64) -> Invoice {
        let units = Units::new(units).expect("an amount");
        Invoice { chad: self.maker.clone(), units, memo: Some("x".to_owned()), id: None, extra: Vec::new() }
    }

    pub(super) async fn look(&self, code: &str) -> CodeCard {
        self.wallet.code_inspect(code).await.expect("a card")
    }

    /// The code has this problem and offers nothing to act on.
    pub(super) async fn refuses(&self, code: &str, problem: CodeProblem) -> CodeCard {
        let card = self.look(code).await;
        assert_eq!((card.problem, &card.inspection), (Some(problem), &None), "{code}");
        card
    }

    /// Nobody was called, and nothing waits to be said.
    pub(super) async fn nothing_was_said(&self) {
        assert_eq!(self.wallet.connection().await.expect("a state").waiting, 0);
        assert_eq!(self.wallet.tallies().await.expect("tallies"), Vec::new());
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(self.knocks.load(Ordering::SeqCst), 0);
        self.session.shutdown().await;
    }
}

async fn session(folder: &TempDir, name: &str, offset: i64) -> Session {
    let mut config = Config::new(folder.path().join(name));
    config.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    config.advertise = Some("127.0.0.1".to_owned());
    config.clock = Clock { offset };
    let session = Session::open(config, Arc::new(Works::default())).await.expect("the profile opens");
    let identity = NewIdentity { name: name.to_owned(), protector: ProtectorChoice::Keychain };
    session.create(identity).await.expect("an identity");
    session
}

pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// What one check of a card found.
pub(super) fn checked(card: &CodeCard, name: CheckName) -> Option<CheckResult> {
    card.checks.iter().find(|check| check.name == name).map(|check| check.result)
}

/// A link without its checksum.
pub(super) fn unsealed(link: &str) -> String {
    let Some((needed, sealed)) = link.split_once("&c=") else {
        return link.to_owned();
    };
    format!("{needed}{}", sealed.find('&').map_or("", |at| &sealed[at..]))
}

pub(super) fn nameless(scene: &Scene) -> String {
    Ticket { name: None, ..scene.ticket() }.to_link()
}
