//! A partner who lies about lifts: forged promises, foreign tallies, commits of nobody's. None of it is held or booked.

use serde_json::{Value, json};
use tallystick_core::chit::{ChitObject, ComposeChit, Kind};
use tallystick_core::lift::probe::Match;
use tallystick_core::lift::{
    Ack, Aim, Arrived, Cert, ComposeCore, ComposeInvoice, Core, Decision, Delegation, LiftInvoice,
    LiftSecret, Message, Plea, Promise, Purpose, RefereeAddress, Signer as _, Tag, Told, Waive, Why,
};
use tallystick_core::message::Body;
use tallystick_core::{ChitId, Date, Half, TallyId, Units};
use tallystick_node::view::{
    DisputeKind, Failure, LiftStage, PaymentState, PaymentView, SettingsDraft, Template,
};
use uuid::Uuid;

use super::partners::Partners;
use super::{Ana, Somebody};

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("before the end of time")
}

/// Mallory's keys for lifts, those of whoever claims, and of a referee of Mallory's own.
fn keys(seed: u8) -> LiftSecret {
    LiftSecret::from_seed([seed; 32])
}

fn core(session: u128, milli: i64, claims: &LiftSecret) -> Core {
    let session = Uuid::from_u128(session);
    let referee =
        RefereeAddress { key: keys(3).key(Purpose::Referee), host: "127.0.0.1".to_owned(), port: 9 };
    let (claim, cancel) = (claims.key(Purpose::Claim(session)), keys(1).key(Purpose::Cancel(session)));
    let (made, exp) = (Date::from_millis(now()), Date::from_millis(now() + 60_000));
    let units = Units::new(milli).expect("an amount");
    Core::compose(ComposeCore {
        session,
        aim: Aim::Pay,
        units,
        made,
        exp,
        claim,
        cancel,
        referee,
        payh: None,
        salt: [7; 16],
    })
    .expect("a core")
}

fn committed(core: &Core, claims: &LiftSecret) -> Cert {
    let plea = Plea::sign(core.clone(), Purpose::Claim(core.session()), Tag::Claim, claims);
    Cert::sign(core.hash(), Decision::Commit, Date::from_millis(now()), Some(plea.signature()), &keys(3))
}

impl Partners {
    fn lift(&self, message: Message) -> Value {
        self.envelope(Body::Lift(Box::new(message)))
    }

    fn promise(&self, core: &Core, by: Half, signer: &LiftSecret) -> Promise {
        let (tally, date) = (self.tally.uuid(), Date::from_millis(now()));
        Promise::sign(core.clone(), tally, by, date, signer).expect("a promise")
    }

    /// Ana says that she takes part, and it is acknowledged.
    async fn acknowledge(&mut self) {
        let Body::Chit { object, .. } = self.call.receive().await.body else { panic!("no chit") };
        let link = object.chain().expect("a place");
        let ack =
            json!({"cmd": "ack", "tally": self.id(), "index": link.index, "hash": link.hash.to_string()});
        self.call.send(self.chain(&ack).to_string().as_bytes()).await;
    }

    /// Both take part, and take a good deal.
    async fn take_part(&mut self) {
        let draft = SettingsDraft { target: 100_000, bound: 100_000, reward_ppm: 0, clutch_ppm: 0 };
        let preview = self.ana.wallet.settings_preview(&self.id(), draft).await.expect("a preview");
        self.ana.wallet.sign(&preview.id).await.expect("signed");
        self.acknowledge().await;
        let preview = self.ana.wallet.lifts_preview(&self.id(), true).await.expect("a preview");
        self.ana.wallet.sign(&preview.id).await.expect("signed");
        self.acknowledge().await;
        let said = Delegation { key: keys(1).key(Purpose::Delegate), referees: Vec::new(), reach: None };
        let reference = Some(json!({"target": 100_000, "bound": 100_000, "l1": said.to_value()}));
        let parts = ComposeChit { units: None, reference, ..self.parts(1) };
        let chit = ChitObject::compose(Kind::Set, parts).expect("a chit");
        let chit = chit.with_signature(self.them.signer.sign(&chit.signing_bytes()));
        let (head, prior) = self.head().await;
        let said = self.announce_with(&chit, head + 1, chit.chain_hash(head + 1, &prior));
        self.call.send(said.to_string().as_bytes()).await;
        let Body::Chain(answer) = self.call.receive().await.body else { panic!("another answer") };
        assert_eq!(answer.index, Some(head + 1));
    }

    /// What Ana says of lifts next.
    async fn hears(&mut self) -> Message {
        loop {
            match self.call.receive().await.body {
                Body::Lift(message) => return *message,
                Body::Chit { .. } | Body::Chain(_) => {}
                other => panic!("another message: {:?}", other.name()),
            }
        }
    }

    async fn says(&mut self, message: Message) {
        let message = self.lift(message).to_string();
        self.call.send(message.as_bytes()).await;
    }

    /// Shows a promise of Ana's in their copy of the chain, with a commit beside it.
    async fn show_in_chain(&mut self, promise: &Promise) {
        let chit = promise.proven(&committed(promise.core(), &keys(2)));
        let (head, prior) = self.head().await;
        let said = self.announce_with(&chit, head + 1, chit.chain_hash(head + 1, &prior));
        self.call.send(said.to_string().as_bytes()).await;
    }

    /// Ana pays an invoice of theirs as far as her promise; it, and what becomes of the payment.
    async fn is_promised(
        &mut self,
        session: u128,
    ) -> (Promise, tokio::task::JoinHandle<Result<PaymentView, Failure>>) {
        let session = Uuid::from_u128(session);
        let referees = vec![core(1, 1, &keys(2)).referee().clone()];
        let parts = ComposeInvoice {
            payee: self.them.chad(),
            units: Units::new(5_000).ok(),
            memo: None,
            reference: None,
            date: Date::from_millis(now()),
            referees,
            session,
            exp: Date::from_millis(now() + 600_000),
        };
        let code = LiftInvoice::sign(parts, &keys(2)).expect("an invoice").to_link().expect("a code");
        let wallet = self.ana.wallet.clone();
        let pays = tokio::spawn(async move {
            let look = wallet.pay_look(&code, None).await?;
            wallet.pay_sign(&look.id, None).await
        });
        loop {
            match self.hears().await {
                Message::Probe(probe) if probe.sid == session => {
                    self.says(Message::Match(Match { sid: session, units: probe.units, hops: 0 })).await;
                }
                Message::Promise(promise) if promise.core().session() == session => return (promise, pays),
                _ => {}
            }
        }
    }

    async fn lie(&mut self, what: &str, message: Message) {
        let payload = self.lift(message).to_string();
        self.ignored(what, payload.as_bytes()).await;
        assert!(self.ana.wallet.lifts().await.expect("lifts").is_empty(), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lies_about_lifts_hold_nothing_and_book_nothing() {
    let mut partners = Partners::open(Ana::new().await, Somebody::new("Mallory", 13), Template::Friend).await;
    let half = partners.half;
    let (own, claims) = (keys(1), keys(2));
    let small = core(1, 5_000, &claims);

    partners.lie("nobody takes part", Message::Promise(partners.promise(&small, half, &own))).await;
    partners.take_part().await;

    partners.lie("another key", Message::Promise(partners.promise(&small, half, &keys(9)))).await;
    partners.lie("in Ana's name", Message::Promise(partners.promise(&small, half.other(), &own))).await;
    let elsewhere = TallyId::new(Uuid::from_u128(99));
    let foreign = Promise::sign(small.clone(), elsewhere, half, Date::from_millis(now()), &own);
    partners.lie("a tally of nobody's", Message::Promise(foreign.expect("a promise"))).await;
    for (name, value) in [
        ("units", json!(50_000)),
        ("exp", json!("2099-01-01T00:00:00.000Z")),
        ("claim", json!(keys(8).key(Purpose::Delegate).to_string())),
    ] {
        let mut altered = partners.lift(Message::Promise(partners.promise(&small, half, &own)));
        altered["object"]["core"][name] = value;
        partners.ignored(name, altered.to_string().as_bytes()).await;
    }
    let told = |promise, tally| Told { cert: committed(&small, &claims), tally, promise };
    let of_ours = Some(partners.tally.uuid());
    partners.lie("a commit of what nobody promised", Message::Decision(told(None, None))).await;
    // They ask Ana to decide, who decides nothing.
    let plea = Plea::sign(small.clone(), Purpose::Claim(small.session()), Tag::Claim, &claims);
    partners.lie("a claim", Message::Claim(plea)).await;
    partners.lie("a question", Message::Status(small.clone())).await;

    // Ana's own pledge, forged by a commit of their own making: as the giver's word, and in the chain.
    let forged = partners.promise(&small, half.other(), &own);
    let in_her_name = forged.proven(&committed(&small, &claims));
    let (head, prior) = partners.head().await;
    let announced =
        partners.announce_with(&in_her_name, head + 1, in_her_name.chain_hash(head + 1, &prior)).to_string();
    partners.ignored("her pledge, forged, in the chain", announced.as_bytes()).await;
    // A pledge of theirs without a commit is worth nothing; and one whose referee alone says commit is none either.
    let unclaimed = Cert::sign(small.hash(), Decision::Commit, Date::from_millis(now()), None, &keys(3));
    let unproven = partners.promise(&small, half, &own).proven(&unclaimed);
    let announced =
        partners.announce_with(&unproven, head + 1, unproven.chain_hash(head + 1, &prior)).to_string();
    partners.ignored("a commit that nobody claimed", announced.as_bytes()).await;
    // Their name for it under which something else stands.
    let mut renamed = partners.promise(&small, half, &own).proven(&committed(&small, &claims)).raw().clone();
    renamed["uuid"] = json!(ChitId::new(Uuid::from_u128(5)).to_string());
    let renamed = partners.upd(&[renamed]).to_string();
    partners.ignored("another name", renamed.as_bytes()).await;
    assert_eq!(partners.balance().await, 0);

    // An honest promise that leads nowhere is given up in writing, as often as it is said.
    let promised = partners.promise(&small, half, &own);
    let promise = Message::Promise(promised.clone());
    for _ in 0..3 {
        partners.call.send(partners.lift(promise.clone()).to_string().as_bytes()).await;
        let Body::Lift(answer) = partners.call.receive().await.body else { panic!("another answer") };
        let Message::Waive(waive) = *answer else { panic!("no waive") };
        assert_eq!((waive.lift(), waive.why()), (small.hash(), Why::Route));
    }
    let ack = Ack { lift: small.hash(), tally: partners.tally.uuid(), what: Arrived::Waive };
    partners.call.send(partners.lift(Message::Ack(ack)).to_string().as_bytes()).await;
    partners.at_rest().await;
    let lifts = partners.ana.wallet.lifts().await.expect("lifts");
    assert_eq!((lifts.len(), lifts[0].stage, lifts[0].sound), (1, LiftStage::GivenUp, true));
    assert_eq!(partners.balance().await, 0);

    // Whoever gives may still give: their own word, with its commit, is value for Ana.
    let given = Some(Box::new(promised));
    let given = partners.lift(Message::Decision(told(given, of_ours)));
    partners.call.send(given.to_string().as_bytes()).await;
    super::eventually("the gift", async || partners.balance().await == 5_000).await;
    partners.ana.verify().await;
}

/// Whoever keeps a commit back and shows it only in the chain tells of it all the same; and what they gave up in writing
/// stays given up, whatever they show later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chain_tells_of_a_commit_and_what_was_given_up_never_counts() {
    let mut partners = Partners::open(Ana::new().await, Somebody::new("Mallory", 13), Template::Friend).await;
    partners.take_part().await;

    let (promise, pays) = partners.is_promised(21).await;
    partners.show_in_chain(&promise).await;
    let paid = pays.await.expect("told").expect("signed");
    assert_eq!((paid.state, partners.balance().await), (PaymentState::Paid, -5_000));

    let (promise, pays) = partners.is_promised(22).await;
    let waive = Waive::sign(promise.lift(), partners.tally.uuid(), Why::Other, &keys(1));
    partners.says(Message::Waive(waive.clone())).await;
    let refused = pays.await.expect("told").expect("signed");
    assert_eq!((refused.state, partners.balance().await), (PaymentState::Failed, -5_000));
    partners.at_rest().await;
    for _ in 0..2 {
        partners.show_in_chain(&promise).await;
        super::eventually("the copies to differ", async || {
            let dispute = partners.ana.wallet.tally(&partners.id()).await.expect("the tally").dispute;
            dispute.is_some_and(|dispute| (dispute.kind, dispute.evidence) == (DisputeKind::Waived, 1))
        })
        .await;
    }

    assert_eq!(partners.balance().await, -5_000);
    let lifts = partners.ana.wallet.lifts().await.expect("lifts");
    let stages: Vec<_> = lifts.iter().map(|lift| (lift.stage, lift.sound)).collect();
    assert_eq!(stages, [(LiftStage::GivenUp, true), (LiftStage::Good, true)]);
    let text = partners.ana.wallet.evidence(&partners.id()).await.expect("evidence").text;
    let evidence: Value = serde_json::from_str(&text).expect("JSON");
    let said = &evidence["partnerSaid"][0]["said"];
    assert_eq!((&said["waive"], &said["chit"]["units"]), (&waive.to_value(), &json!(5_000)));
    assert_eq!(said["chit"]["l1"]["cert"]["d"], "commit", "both papers of theirs, side by side");
    partners.promises_nothing_new().await;
}
