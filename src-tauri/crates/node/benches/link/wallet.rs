//! The wallet that is called.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tallystick_core::{Chad, Ticket};
use tallystick_node::view::{InviteTerms, NewIdentity, ProtectorChoice, Template};
use tallystick_node::{Config, Room, Session, Wallet};
use tallystick_vault::testing::Works;

/// A wallet with a listener on this machine.
pub(crate) struct Called {
    pub(crate) session: Session,
    pub(crate) wallet: Wallet,
    pub(crate) chad: Chad,
}

impl Called {
    pub(crate) async fn new(folder: &Path) -> Self {
        let mut config = Config::new(folder.join("ana"));
        config.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        config.advertise = Some("127.0.0.1".to_owned());
        // What is measured is the link, not the doorkeeper.
        config.room = Room::open_house();
        let session = Session::open(config, Arc::new(Works::default())).await.expect("the profile opens");
        let identity = NewIdentity { name: "Ana Ruiz".to_owned(), protector: ProtectorChoice::Keychain };
        session.create(identity).await.expect("an identity");
        let wallet = session.wallet().await.expect("an open wallet");
        let chad = Chad::parse_uri(&wallet.identity().address).expect("her own address");
        Self { session, wallet, chad }
    }

    /// A live ticket that may be used so often.
    pub(crate) async fn invite(&self, uses: u32) -> Ticket {
        let terms = InviteTerms {
            template: Template::Friend,
            they_may_owe: 20_000,
            notice_days: 14,
            good_for: 900,
            note: None,
            uses,
            only_for: None,
            contract: None,
            disclose: Vec::new(),
            memo: None,
        };
        let view = self.wallet.invite(terms).await.expect("a ticket");
        Ticket::parse(&view.link.expect("a live ticket has a link")).expect("her own link")
    }
}
