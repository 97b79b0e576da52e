//! Recorded conversations of the reference, replayed from either side: our machine stands in one party's place, its
//! person does what that party did, signatures come from the record, and every message must come out as it was
//! recorded, `try` and `last` aside.
#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tallystick_core::chain::{Chain, Linked};
use tallystick_core::chit::ChitObject;
use tallystick_core::effect::{Change, Effect, Outgoing};
use tallystick_core::message::{Body, ChitAction, Envelope, TallyAction};
use tallystick_core::request::Request;
use tallystick_core::settings::Settings;
use tallystick_core::tally::{Input, Known, Phase, Record, Tally, TallyObject};
use tallystick_core::{AgentId, Certificate, Half, Units};

const SIDES: [&str; 2] = ["site0", "site1"];

fn read(name: &str) -> Value {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    let dir = std::env::var_os("TALLYSTICK_SHARED").map_or_else(beside, PathBuf::from);
    let path = dir.join("vectors/transcripts").join(format!("{name}.json"));
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

/// One party of a conversation, with what its ledger would hold.
struct Party {
    side: &'static str,
    agent: AgentId,
    tally: Option<Tally>,
    requests: Vec<Request>,
    said: VecDeque<Value>,
    /// The certificate that went out with a ticket.
    card: Option<Certificate>,
}

impl Party {
    fn new(side: &'static str, transcript: &Value) -> Self {
        let agents = transcript["agents"].as_object().unwrap();
        let agent = agents.iter().find(|(_, site)| *site == side).unwrap().0.parse().unwrap();
        Self { side, agent, tally: None, requests: Vec::new(), said: VecDeque::new(), card: None }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        let mut letters: Vec<Outgoing> = Vec::new();
        for effect in effects {
            match effect {
                Effect::Send(outgoing) => {
                    letters.retain(|waiting| waiting.subject != outgoing.subject);
                    letters.push(*outgoing);
                }
                // Within one transaction a letter can be settled before it could ever leave.
                Effect::Settle(subject) => letters.retain(|waiting| waiting.subject != subject),
                Effect::Save(Change::Request(request)) => {
                    self.requests.retain(|known| known.id() != request.id());
                    self.requests.push(*request);
                }
                Effect::Save(Change::Evidence { .. }) => panic!("the reference was taken for a liar"),
                Effect::Save(_) | Effect::Tell(_) => {}
            }
        }
        for letter in letters {
            self.said.push_back(comparable(&letter.envelope.to_value()));
            self.input(Input::Delivered(letter.subject));
        }
    }

    fn input(&mut self, input: Input) {
        let effects = self.tally.as_mut().expect("a tally by now").handle(input).unwrap();
        self.perform(effects);
    }

    /// The person does what led to this message of theirs.
    fn act(&mut self, envelope: &Envelope) {
        match &envelope.body {
            Body::Ticket { cert, .. } => {
                self.card = Some(cert.clone());
                self.said.push_back(comparable(&envelope.to_value()));
            }
            Body::Tally { action: TallyAction::Offer, object, .. } => {
                self.input(Input::Offer(object.clone()))
            }
            Body::Tally { action: TallyAction::Open, object, .. } => {
                self.input(Input::Accept(object.clone()))
            }
            Body::Tally { action: TallyAction::Draft, .. } => self.input(Input::Revise),
            Body::Tally { action: TallyAction::Void, .. } => self.input(Input::Refuse(None)),
            Body::Chit { action: ChitAction::Pend, object, .. } => {
                self.input(Input::Ask { before: None, chit: object.clone(), until: None });
            }
            Body::Chit { action: ChitAction::Good, object, .. } => {
                let chit = object.without_chain();
                match self.requests.iter().find(|request| request.id() == object.uuid()) {
                    Some(request) => self.input(Input::Grant { request: request.clone(), chit }),
                    None => self.input(Input::Sign(chit)),
                }
            }
            // What the machine answers by itself.
            Body::Chit { action: ChitAction::Void, .. }
            | Body::Chain(_)
            | Body::Places(_)
            | Body::Noted { .. }
            | Body::Lift(_)
            | Body::Unknown { .. } => {}
        }
    }

    /// A message of the other party's arrives.
    fn receive(&mut self, envelope: Envelope) {
        let from = envelope.from.agent();
        match (&self.tally, envelope.body) {
            (Some(_), Body::Ticket { cert, .. }) => self.input(Input::Answered(cert)),
            (None, Body::Tally { action: TallyAction::Offer, object, .. }) => {
                let card = self.card.as_ref().expect("a ticket was used");
                let (tally, effects) = Tally::offered(object, card, from).unwrap();
                self.tally = Some(tally);
                self.perform(effects);
            }
            (_, body) => {
                let known = Known { requests: self.requests.clone(), ..Known::default() };
                self.input(Input::Received { body, known });
            }
        }
    }
}

/// A message without what differs from try to try.
fn comparable(message: &Value) -> Value {
    let mut message = message.clone();
    let members = message.as_object_mut().unwrap();
    members.remove("try");
    members.remove("last");
    message
}

/// Plays a conversation from one side and gives that side as it is afterwards.
fn play(name: &str, transcript: &Value, mut party: Party) -> Party {
    for frame in transcript["frames"].as_array().unwrap() {
        if frame["body"].is_null() {
            continue;
        }
        let place = format!("{name}, frame {}, as {}", frame["n"], party.side);
        let text = frame["body"].to_string();
        let envelope = Envelope::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{place}: {error}"));
        if envelope.from.agent() == party.agent {
            party.act(&envelope);
            let said = party.said.pop_front().unwrap_or_else(|| panic!("{place}: nothing is said"));
            assert_eq!(said, comparable(&frame["body"]), "{place}");
        } else if !frame["frame"].as_str().unwrap().contains("DROPPED") {
            party.receive(envelope);
        }
    }
    assert!(party.said.is_empty(), "{name}, as {}: more is said: {:?}", party.side, party.said);
    party
}

/// The draft behind the first offer, as it lay with whoever made the ticket.
fn draft_of(transcript: &Value, maker: AgentId) -> Tally {
    let offer = transcript["frames"]
        .as_array()
        .unwrap()
        .iter()
        .find(|frame| frame["body"]["action"] == "offer")
        .unwrap();
    let mut raw = offer["body"]["object"].clone();
    raw["sign"] = json!({"hash": null, "stock": null, "foil": null});
    let stock: AgentId = raw["stock"]["cert"]["chad"]["agent"].as_str().unwrap().parse().unwrap();
    let mine = if stock == maker { Half::Stock } else { Half::Foil };
    raw[mine.other().as_str()]["cert"] = Value::Null;
    Tally::draft(mine, TallyObject::parse(raw).unwrap())
}

/// Plays a negotiation from both sides; gives both parties.
fn negotiation(name: &str) -> [Party; 2] {
    let transcript = read(name);
    SIDES.map(|side| {
        let mut party = Party::new(side, &transcript);
        // Site 0 made the ticket in every recording.
        if side == "site0" {
            party.tally = Some(draft_of(&transcript, party.agent));
        }
        play(name, &transcript, party)
    })
}

/// The chits of the long recording, as one side's table holds them, and the tally they belong to.
fn ledger() -> (TallyObject, Vec<Linked>) {
    let object = TallyObject::parse(read("01-ticket-offer-open")["rowO"].clone()).unwrap();
    let rows = read("07a-consensus-foil-chit-lost")["chainA"].clone();
    let linked = |row: &Value| {
        let chit = ChitObject::parse(row["json_h"].clone()).unwrap().without_chain();
        Linked {
            index: row["chain_idx"].as_u64().unwrap(),
            hash: row["dgst"].as_str().unwrap().parse().unwrap(),
            chit: ChitObject::parse(row["json_core"].clone())
                .map_or(chit.clone(), |core| core.with_signature(*chit.signature().unwrap())),
        }
    };
    let rows = rows.as_array().unwrap().iter().filter(|row| row["chain_idx"].is_u64()).map(linked).collect();
    (object, rows)
}

/// One side of the open tally when its chain agreed up to an index.
fn open_at(agreed: u64, party: &mut Party) {
    let (object, rows) = ledger();
    let stock = object.cert(Half::Stock).unwrap().chad().agent();
    let mine = if party.agent == stock { Half::Stock } else { Half::Foil };
    let mut chain = Chain::new(object.digest());
    let mut balance = Units::ZERO;
    let mut blank = Tally::draft(mine, object).record().clone();
    for linked in rows.into_iter().filter(|linked| linked.index <= agreed) {
        balance = balance.checked_add(linked.chit.change_for(mine).unwrap()).unwrap();
        assert_eq!(chain.append(linked.chit.clone()).hash, linked.hash);
        if let Some(said) = linked.chit.reference().filter(|_| linked.chit.units().is_none()) {
            let side: &mut Settings =
                if linked.chit.by() == mine { &mut blank.settings.mine } else { &mut blank.settings.theirs };
            side.take(said);
        }
    }
    chain.confirm(agreed);
    party.tally = Some(Tally::restore(Record { phase: Phase::Open, chain: Some(chain), balance, ..blank }));
}

/// Plays a conversation inside the open tally from both sides.
fn inside(name: &str, agreed: u64) -> [Party; 2] {
    let transcript = read(name);
    SIDES.map(|side| {
        let mut party = Party::new(side, &transcript);
        open_at(agreed, &mut party);
        play(name, &transcript, party)
    })
}

fn phases(parties: &[Party; 2]) -> [&'static str; 2] {
    parties.each_ref().map(|party| party.tally.as_ref().unwrap().phase().as_str())
}

/// Both ended at this index, agree on it, and owe each other what the record says.
fn assert_end(parties: &[Party; 2], index: u64) {
    let (_, rows) = ledger();
    for party in parties {
        let tally = party.tally.as_ref().unwrap();
        let chain = tally.chain().unwrap();
        let last = rows.iter().find(|linked| linked.index == index).unwrap();
        assert_eq!((chain.head(), chain.agreed()), (index, Some(index)), "as {}", party.side);
        assert_eq!(chain.head_hash(), last.hash, "as {}", party.side);
        let sum = rows.iter().filter(|linked| linked.index <= index);
        let sum: i64 = sum.map(|linked| linked.chit.change_for(tally.mine()).unwrap().milli()).sum();
        assert_eq!(tally.balance().milli(), sum, "as {}", party.side);
    }
}

#[test]
fn a_ticket_an_offer_and_its_acceptance() {
    let parties = negotiation("01-ticket-offer-open");
    let transcript = read("01-ticket-offer-open");

    assert_eq!(phases(&parties), ["open", "open"]);
    for (party, row) in parties.iter().zip(["rowO", "rowS"]) {
        let tally = party.tally.as_ref().unwrap();
        assert_eq!(
            tally.object().unsigned(),
            TallyObject::parse(transcript[row].clone()).unwrap().unsigned()
        );
        assert_eq!(json!(tally.object().digest().to_string()), transcript[row]["sign"]["hash"]);
        assert_eq!(tally.chain().unwrap().agreed(), Some(0));
    }
}

#[test]
fn an_offer_that_is_changed_and_then_accepted() {
    let parties = negotiation("02-counter-offer");

    assert_eq!(json!(phases(&parties)), read("02-counter-offer")["states"]);
    let [made, answered] = parties.map(|party| party.tally.unwrap());
    assert_eq!(made.object(), answered.object());
    assert_eq!((made.object().revision(), made.object().memo()), (2, Some("Revised offer")));
    assert_eq!(made.previous().unwrap().revision(), 1);
}

#[test]
fn an_offer_that_is_refused() {
    assert_eq!(json!(phases(&negotiation("03-refusal"))), read("03-refusal")["states"]);
}

#[test]
fn a_payment() {
    assert_end(&inside("04a-pay-foil-to-stock", 0), 1);
}

#[test]
fn a_request_and_its_payment() {
    let parties = inside("05a-invoice-good", 2);

    assert_end(&parties, 3);
    for party in &parties {
        let [request] = party.requests.as_slice() else { panic!("one request, as {}", party.side) };
        assert_eq!(request.state.as_str(), "granted");
    }
}

#[test]
fn settings() {
    let parties = inside("06-setting-chit", 3);
    let transcript = read("06-setting-chit");

    assert_end(&parties, 4);
    for (party, row) in parties.iter().zip(["tallyA", "tallyB"]) {
        let tally = party.tally.as_ref().unwrap();
        let kept = |half| Value::Object(tally.settings(half).kept().clone());
        assert_eq!(kept(tally.mine()), transcript[row]["hold_sets"], "as {}", party.side);
        assert_eq!(kept(tally.mine().other()), transcript[row]["part_sets"], "as {}", party.side);
    }
}

#[test]
fn a_lost_chit_and_how_both_find_one_order() {
    assert_end(&inside("07a-consensus-foil-chit-lost", 4), 6);
}

#[test]
fn every_recording_is_replayed() {
    let played = [
        "01-ticket-offer-open",
        "02-counter-offer",
        "03-refusal",
        "04a-pay-foil-to-stock",
        "05a-invoice-good",
        "06-setting-chit",
        "07a-consensus-foil-chit-lost",
    ];
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    let dir = std::env::var_os("TALLYSTICK_SHARED").map_or_else(beside, PathBuf::from);
    let mut found: Vec<String> = fs::read_dir(dir.join("vectors/transcripts"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".json", ""))
        .collect();
    found.sort();

    assert_eq!(found, played);
}
