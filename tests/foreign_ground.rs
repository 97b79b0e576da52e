//! Where links are not encrypted: `tallystick-node` built for it, and a site that speaks bare JSON in the same frames, as
//! the deployed reference does. What a careful peer must write there is looked at byte for byte (protocol.md 2, 5, 7).
#![cfg(unix)]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use support::{Home, eventually};
use tallystick_core::message::{Body, Envelope, TallyAction};
use tallystick_core::{Certificate, Chad, ComposeCert, Date, Half, Ticket, TokenText};
use tallystick_noise::AgentSecret;
use tallystick_testkit::TestSigner;
use zeroize::Zeroizing;

/// A site whose links are bare.
struct Site {
    stream: TcpStream,
    chad: Chad,
    signer: TestSigner,
    cert: Certificate,
}

impl Site {
    fn call(chad: &Chad) -> Self {
        let stream = TcpStream::connect((chad.host(), chad.port())).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        let agent = AgentSecret::from_seed(Zeroizing::new([7; 32])).agent_id();
        let (own, signer) =
            (Chad::new("site", agent, "127.0.0.1", 1).expect("an address"), TestSigner::fresh());
        let date = Date::from_millis(1_795_341_954_463);
        let parts =
            ComposeCert { chad: own.clone(), name: "Some Site".into(), key: signer.public().clone(), date };
        let cert = Certificate::compose(parts).expect("a certificate");
        Self { stream, chad: own, signer, cert }
    }

    fn send(&mut self, header: u8, body: &[u8]) {
        let length = u32::try_from(body.len() + 1).expect("a short message");
        let frame = [&length.to_be_bytes()[..], &[header], body].concat();
        self.stream.write_all(&frame).expect("it reads");
    }

    fn receive(&mut self) -> (u8, Vec<u8>) {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).expect("it answers");
        let mut frame = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("a short message")];
        self.stream.read_exact(&mut frame).expect("a whole frame");
        (frame[0], frame[1..].to_vec())
    }

    /// The next message, as text that anybody on the way could read, and as what it means.
    fn message(&mut self) -> (Value, Envelope) {
        let (header, body) = self.receive();
        assert_eq!(header, b'T');
        (serde_json::from_slice(&body).expect("bare JSON"), Envelope::parse(&body).expect("a message"))
    }
}

fn members(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn a_tally_is_agreed_and_paid_on_with_a_site_that_speaks_bare_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let ana = Home::new(folder.path(), "ana");
    ana.init("Ana Ruiz");
    let (_node, _) = ana.run();
    let code = ana.verb(&["ticket", "new"]).good();
    let ticket = Ticket::parse(code["link"].as_str().expect("a link")).expect("her own link");

    // First contact, then silence until she offers.
    let mut site = Site::call(&ticket.chad);
    let token = TokenText::from(&ticket.token);
    let body = Body::Ticket { token, cert: site.cert.clone() };
    let first = Envelope::new(ticket.chad.clone(), site.chad.clone(), body).to_value().to_string();
    site.send(b'I', first.as_bytes());
    assert_eq!(site.receive(), (b'A', Vec::new()));
    let tally = ana.tally_in("partnerDraft");
    ana.verb(&["tally", "offer", &tally, "--yes"]).good();

    // The offer as anybody on the way could read it.
    let (text, offer) = site.message();
    for end in ["to", "from"] {
        for member in ["agent", "cuid", "host", "port"] {
            assert!(!text[end][member].is_null(), "{end} lacks {member}: {text}");
        }
    }
    assert_eq!(text["object"]["revision"], 1);
    let date = text["object"]["date"].as_str().expect("a date");
    assert_eq!((date.len(), &date[19..20], &date[23..]), (24, ".", "Z"), "{date}");
    let Body::Tally { action: TallyAction::Offer, object, .. } = offer.body else { panic!("{text}") };

    // The site signs, and she holds the same.
    // She invited a friend: the stock is hers.
    let signed = object.with_signature(Half::Foil, site.signer.sign(&object.signing_bytes()));
    let open = Body::Tally { action: TallyAction::Open, object: signed, reason: None };
    let open = Envelope::new(ticket.chad.clone(), site.chad.clone(), open).to_value().to_string();
    site.send(b'T', open.as_bytes());
    let (text, answer) = site.message();
    let Body::Chain(ack) = answer.body else { panic!("{text}") };
    assert_eq!(ack.index, Some(0));
    let id = ana.tally_in("open");

    // A payment of hers: exactly the members the protocol names, and a place in the chain.
    eventually("an open tally to be shown", || {
        ana.verb(&["tally", "show", &id]).good()["row"]["copies"]["state"]
            .as_str()
            .filter(|state| *state == "match")
            .map(drop)
    });
    ana.verb(&["chit", "pay", &id, "2.5", "--memo", "bare", "--yes"]).good();
    let (text, _) = site.message();
    assert_eq!(
        members(&text["object"]),
        ["by", "chain", "date", "memo", "sign", "tally", "type", "units", "uuid"]
    );
    assert_eq!(
        (&text["object"]["units"], &text["object"]["memo"]),
        (&Value::from(2_500), &Value::from("bare"))
    );
}
