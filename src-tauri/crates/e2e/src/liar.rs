//! A partner whose keys are good and whose word is not: the link and the records of a wallet, spoken by hand.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;
use tallystick_core::chit::{ChitLink, ChitObject, ComposeChit};
use tallystick_core::message::{Body, Envelope, TallyAction};
use tallystick_core::tally::TallyObject;
use tallystick_core::{
    AgentId, Certificate, Chad, ChitId, ComposeCert, Date, Digest, Half, Ticket, TokenText, Units,
};
use tallystick_noise::{AgentSecret, Effect, Input, Link, frame};
use tallystick_testkit::TestSigner;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Fault, PATIENCE};

/// Somebody who answers an invitation and signs what is offered, as any partner would, until they do not.
#[derive(Debug)]
pub struct Liar {
    signer: TestSigner,
    chad: Chad,
    to: Chad,
    stream: TcpStream,
    link: Link,
    buffer: Vec<u8>,
    tally: Option<TallyObject>,
}

impl Liar {
    /// Answers an invitation, under this name, at its maker's wallet.
    pub fn answer(name: &str, code: &str) -> Result<Self, Fault> {
        let ticket = Ticket::parse(code).map_err(|error| failed("the invitation", error))?;
        let secret = AgentSecret::from_seed(Zeroizing::new([13; 32]));
        let signer = TestSigner::fresh();
        let cert = certificate(name, secret.agent_id(), &signer)?;
        let chad = cert.chad().clone();
        let body = Body::Ticket { token: TokenText::from(&ticket.token), cert };
        let message = Envelope::new(ticket.chad.clone(), chad.clone(), body).to_value().to_string();
        let (link, packet) = Link::initiate_ticket(&secret, &ticket.chad.agent(), message.as_bytes(), 0)
            .map_err(|error| failed("the first packet", error))?;
        let address = (ticket.chad.host().to_owned(), ticket.chad.port());
        let mut stream = TcpStream::connect(address).map_err(Fault::file("the wallet's port"))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(Fault::file("the wallet's port"))?;
        stream.write_all(&packet).map_err(Fault::file("the wallet's port"))?;
        let to = ticket.chad.clone();
        let mut liar = Self { signer, chad, to, stream, link, buffer: Vec::new(), tally: None };
        match liar.frame()?.as_slice() {
            [Effect::Opened] => Ok(liar),
            other => Err(failed("the link to open", format!("{other:?}"))),
        }
    }

    /// Signs what the other offers: the tally is in force.
    pub fn accept(&mut self) -> Result<(), Fault> {
        let Body::Tally { object: offer, .. } = self.receive()? else {
            return Err(failed("an offer", "another message"));
        };
        let tally = offer.with_signature(Half::Foil, self.signer.sign(&offer.signing_bytes()));
        let open = Body::Tally { action: TallyAction::Open, object: tally.clone(), reason: None };
        self.tally = Some(tally);
        self.send(open)?;
        self.acknowledged()
    }

    /// Signs a promise, and then another one under the same name.
    pub fn contradict(&mut self, first: i64, second: i64, memo: &str) -> Result<(), Fault> {
        let tally = self.tally.clone().ok_or_else(|| failed("a tally", "none was signed"))?;
        let uuid = ChitId::new(Uuid::new_v4());
        for milli in [first, second] {
            let chit = ChitObject::compose_tran(ComposeChit {
                uuid,
                tally: tally.uuid(),
                by: Half::Foil,
                date: Date::from_millis(DATE),
                units: Units::new(milli).ok(),
                memo: Some(memo.to_owned()),
                reference: None,
            })
            .map_err(|error| failed("a promise", error))?;
            let chit = chit.with_signature(self.signer.sign(&chit.signing_bytes()));
            let index = if milli == first { 1 } else { 2 };
            let hash: Digest = chit.chain_hash(index, &tally.digest());
            let object = chit.with_chain(ChitLink { new: true, index, hash, conf: Some(0) });
            self.send(Body::good(object))?;
            if milli == first {
                self.acknowledged()?;
            }
        }
        Ok(())
    }

    fn acknowledged(&mut self) -> Result<(), Fault> {
        loop {
            match self.receive()? {
                Body::Chain(_) => return Ok(()),
                // What was not answered yet may be said again.
                Body::Tally { .. } => {}
                other => return Err(failed("an acknowledgement", format!("{:?}", other.name()))),
            }
        }
    }

    fn send(&mut self, body: Body) -> Result<(), Fault> {
        let message: Value = Envelope::new(self.to.clone(), self.chad.clone(), body).to_value();
        let effects = self
            .link
            .handle(Input::Send(message.to_string().as_bytes()), 0)
            .map_err(|error| failed("the link", error))?;
        for effect in effects {
            if let Effect::Transmit(bytes) = effect {
                self.stream.write_all(&bytes).map_err(Fault::file("the wallet's port"))?;
            }
        }
        Ok(())
    }

    fn receive(&mut self) -> Result<Body, Fault> {
        match self.frame()?.as_slice() {
            [Effect::Received { payload }] => {
                Envelope::parse(payload).map(|envelope| envelope.body).map_err(|e| failed("a message", e))
            }
            other => Err(failed("a message", format!("{other:?}"))),
        }
    }

    fn frame(&mut self) -> Result<Vec<Effect>, Fault> {
        loop {
            if let Some(frame) = frame::parse(&self.buffer).map_err(|error| failed("a frame", error))? {
                let input = Input::Frame { header: frame.header, body: frame.body };
                let effects = self.link.handle(input, 0).map_err(|error| failed("a packet", error))?;
                self.buffer.drain(..frame.consumed);
                return Ok(effects);
            }
            let mut bytes = [0; 4_096];
            let read = self.stream.read(&mut bytes).map_err(Fault::file("the wallet's port"))?;
            if read == 0 {
                return Err(failed("a message", "the wallet hung up"));
            }
            self.buffer.extend_from_slice(&bytes[..read]);
        }
    }
}

/// When everything here was signed.
const DATE: i64 = 1_795_341_954_463;

fn certificate(name: &str, agent: AgentId, signer: &TestSigner) -> Result<Certificate, Fault> {
    // Nobody listens there: they are heard only on the link they open.
    let chad = Chad::new("b", agent, "127.0.0.1", 1).map_err(|error| failed("an address", error))?;
    let parts =
        ComposeCert { chad, name: name.into(), key: signer.public().clone(), date: Date::from_millis(DATE) };
    Certificate::compose(parts).map_err(|error| failed("a certificate", error))
}

fn failed(what: &str, error: impl ToString) -> Fault {
    Fault::Waited { what: format!("{what}, as a hostile partner"), seen: error.to_string() }
}
