//! Ana, and a partner with a good key who can say anything.

use serde_json::{Value, json};
use tallystick_core::chit::{ChitLink, ChitObject, ComposeChit};
use tallystick_core::message::{Body, ChainCmd, Envelope, TallyAction};
use tallystick_core::tally::TallyObject;
use tallystick_core::{ChitId, Date, Digest, Half, Units};
use tallystick_node::view::{CopiesState, FailureCode, PhaseView, Template};
use uuid::Uuid;

use super::{Ana, Call, Somebody, eventually};

/// Ana, somebody she deals with, and the link between them.
pub(crate) struct Partners {
    pub(crate) ana: Ana,
    pub(crate) them: Somebody,
    pub(crate) call: Call,
    /// Their half.
    pub(crate) half: Half,
    /// What Ana signed and offered.
    pub(crate) offer: TallyObject,
    /// The same, signed by both.
    pub(crate) tally: TallyObject,
}

impl Partners {
    /// Ana has signed and offered; they have not answered.
    pub(crate) async fn offered(ana: Ana, them: Somebody, template: Template) -> Self {
        let (ticket, view) = ana.invite(template).await;
        let mut call = them.use_ticket(&ana, &ticket).await;
        let preview = ana.wallet.offer_preview(&view.tally).await.expect("a preview");
        ana.wallet.sign(&preview.id).await.expect("signed");
        let Body::Tally { object: offer, .. } = call.receive().await.body else { panic!("no offer") };
        let half = if template == Template::Customer { Half::Stock } else { Half::Foil };
        let tally = offer.with_signature(half, them.signer.sign(&offer.signing_bytes()));
        let offered =
            async || ana.wallet.tally(&view.tally).await.expect("the tally").row.phase == PhaseView::Offered;
        eventually("the offer to be noted as delivered", offered).await;
        Self { ana, them, call, half, offer, tally }
    }

    /// Both have signed and agree on index 0.
    pub(crate) async fn open(ana: Ana, them: Somebody, template: Template) -> Self {
        let mut partners = Self::offered(ana, them, template).await;
        partners.still_there().await;
        partners
    }

    /// Says `open`, which Ana answers at any time: whatever was sent before has been looked at then, and answered by
    /// nothing.
    pub(crate) async fn still_there(&mut self) {
        self.still_there_besides(None).await;
    }

    /// The same, where an acknowledgement of this index was due and may come more than once.
    pub(crate) async fn still_there_besides(&mut self, acknowledged: Option<u64>) {
        let open = self.said(TallyAction::Open, &self.tally);
        self.call.send(open.to_string().as_bytes()).await;
        let answer = loop {
            match self.call.receive().await.body {
                // On a slow machine she may have repeated what was not answered yet.
                Body::Tally { action: TallyAction::Offer, object, .. } if object == self.offer => {}
                Body::Chit { object, .. } if object.by() != self.half => {}
                Body::Chain(answer) if acknowledged.is_some() && answer.index == acknowledged => {}
                Body::Chain(answer) => break answer,
                other => panic!("another answer: {:?}", other.name()),
            }
        };
        assert_eq!((answer.cmd, answer.index), (ChainCmd::Ack, Some(0)));
        assert_eq!(answer.hash, Some(self.tally.digest()));
    }

    /// Sends a message and demands that it is neither answered nor has any effect.
    pub(crate) async fn ignored(&mut self, what: &str, payload: &[u8]) {
        let before = self.ana.snapshot().await;
        self.call.send(payload).await;
        self.still_there().await;
        assert_eq!(self.ana.snapshot().await, before, "{what}");
        self.at_rest().await;
        self.ana.verify().await;
    }

    /// Ana has nothing more to say.
    pub(crate) async fn at_rest(&self) {
        let rests = async || self.ana.wallet.connection().await.expect("a state").waiting == 0;
        eventually("the outbox to be empty", rests).await;
    }

    /// A payment of theirs and one of Ana's end in one chain.
    pub(crate) async fn still_trade(&mut self) {
        let before = self.balance().await;
        let (head, prior) = self.head().await;
        let (index, chit) = (head + 1, self.tran(1_234));
        let chit = self.announce_with(&chit, index, chit.chain_hash(index, &prior));
        self.call.send(chit.to_string().as_bytes()).await;
        let Body::Chain(answer) = self.call.receive().await.body else { panic!("another answer") };
        assert_eq!((answer.cmd, answer.index), (ChainCmd::Ack, Some(index)));
        let preview = self.ana.wallet.pay_preview(&self.id(), 234, None).await.expect("a preview");
        self.ana.wallet.sign(&preview.id).await.expect("signed");
        let Body::Chit { object: theirs, .. } = self.call.receive().await.body else { panic!("no chit") };
        let link = theirs.chain().expect("a place");
        let ack =
            json!({"cmd": "ack", "tally": self.id(), "index": link.index, "hash": link.hash.to_string()});
        self.call.send(self.chain(&ack).to_string().as_bytes()).await;
        self.still_there().await;

        let view = self.ana.wallet.tally(&self.id()).await.expect("the tally");
        assert_eq!(view.row.balance, before + 1_000);
        assert_eq!(view.row.copies.state, CopiesState::Match);
        self.ana.verify().await;
    }

    /// While the copies do not match she signs nothing new, and says why.
    pub(crate) async fn promises_nothing_new(&self) {
        let before = self.ana.snapshot().await;
        let preview = self.ana.wallet.pay_preview(&self.id(), 234, None).await;
        let refused = match preview {
            Ok(preview) => self.ana.wallet.sign(&preview.id).await.err(),
            Err(refused) => Some(refused),
        };
        assert_eq!(refused.expect("a refusal").code, FailureCode::CopiesDiffer);
        assert_eq!(self.ana.snapshot().await, before);
        self.ana.verify().await;
    }

    pub(crate) fn id(&self) -> String {
        self.tally.uuid().to_string()
    }

    pub(crate) async fn balance(&self) -> i64 {
        self.ana.wallet.tally(&self.id()).await.expect("the tally").row.balance
    }

    /// Where Ana's chain ends.
    pub(crate) async fn head(&self) -> (u64, Digest) {
        let proof = self.ana.wallet.tally(&self.id()).await.expect("the tally").proof;
        (proof.head, proof.head_hash.expect("an open tally").parse().expect("a hash"))
    }

    pub(crate) fn envelope(&self, body: Body) -> Value {
        Envelope::new(self.ana.chad(), self.them.chad(), body).to_value()
    }

    pub(crate) fn said(&self, action: TallyAction, object: &TallyObject) -> Value {
        self.envelope(Body::Tally { action, object: object.clone(), reason: None })
    }

    /// An unlinked chit of theirs, signed.
    pub(crate) fn tran(&self, milli: i64) -> ChitObject {
        self.signed(&self.parts(milli))
    }

    pub(crate) fn parts(&self, milli: i64) -> ComposeChit {
        ComposeChit {
            uuid: ChitId::new(Uuid::new_v4()),
            tally: self.tally.uuid(),
            by: self.half,
            date: Date::from_millis(1_795_341_954_463),
            units: Units::new(milli).ok(),
            memo: None,
            reference: None,
        }
    }

    pub(crate) fn signed(&self, parts: &ComposeChit) -> ChitObject {
        let chit = ChitObject::compose_tran(parts.clone()).expect("a chit");
        chit.with_signature(self.them.signer.sign(&chit.signing_bytes()))
    }

    /// The message by which a chit is announced at a place, as if it were the first.
    pub(crate) fn announce(&self, chit: &ChitObject, index: u64) -> Value {
        self.announce_with(chit, index, chit.chain_hash(index, &self.tally.digest()))
    }

    pub(crate) fn announce_with(&self, chit: &ChitObject, index: u64, hash: Digest) -> Value {
        let object = chit.with_chain(ChitLink { new: true, index, hash, conf: Some(0) });
        self.envelope(Body::good(object))
    }

    pub(crate) fn chain(&self, said: &Value) -> Value {
        let object = self.tally.clone();
        let mut message = self.said(TallyAction::Open, &object);
        message["target"] = json!("chit");
        message["action"] = json!("chain");
        message["object"] = said.clone();
        message
    }

    pub(crate) fn upd(&self, chits: &[Value]) -> Value {
        self.chain(&json!({"cmd": "upd", "tally": self.id(), "chits": chits}))
    }
}
