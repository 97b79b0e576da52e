//! Bytes into envelopes, every limit of protocol.md 4 applied on the way.

use serde_json::{Map, Value};

use crate::canonical::parse_strict;
use crate::certificate::Certificate;
use crate::chad::Chad;
use crate::chit::ChitObject;
use crate::date::Date;
use crate::field::{self, BadField};
use crate::ids::{ChitId, TallyId};
use crate::lift;
use crate::message::{
    BadMessage, Body, ChainCmd, ChainMessage, ChitAction, Envelope, MAX_MESSAGE, TallyAction,
};
use crate::places::SignedPlaces;
use crate::tally::TallyObject;
use crate::ticket::TokenText;

type Members = Map<String, Value>;

impl Envelope {
    /// Reads one message.
    ///
    /// # Errors
    /// [`BadMessage`] naming what is wrong. A target or action that is not known is no error but [`Body::Unknown`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BadMessage> {
        if bytes.len() > MAX_MESSAGE {
            return Err(BadMessage::TooLarge);
        }
        let Value::Object(mut members) = parse_strict(bytes)? else { return Err(BadMessage::Form) };
        let address = |name: &str| Chad::from_value(members.get(name).unwrap_or(&Value::Null));
        let to = address("to").map_err(BadMessage::To)?;
        let from = address("from").map_err(BadMessage::From)?;
        let try_count = field::optional_integer(&members, "try")?;
        let try_count = try_count.map(u32::try_from).transpose().map_err(|_| BadField("try"))?;
        let last = match field::present(&members, "last") {
            Some(_) => {
                Some(Date::parse_lenient(field::text(&members, "last")?).map_err(|_| BadField("last"))?)
            }
            None => None,
        };
        let body = read_body(&mut members)?;
        Ok(Self { to, from, body, try_count, last })
    }
}

fn read_body(members: &mut Members) -> Result<Body, BadMessage> {
    let target = field::text(members, "target")?.to_owned();
    let action = field::text(members, "action")?.to_owned();
    match (target.as_str(), action.as_str()) {
        ("tally", "ticket") => read_ticket(members),
        ("tally", "offer") => read_tally(members, TallyAction::Offer),
        ("tally", "draft") => read_tally(members, TallyAction::Draft),
        ("tally", "open") => read_tally(members, TallyAction::Open),
        ("tally", "void") => read_tally(members, TallyAction::Void),
        ("chit", "good") => read_chit(members, ChitAction::Good),
        ("chit", "pend") => read_chit(members, ChitAction::Pend),
        ("chit", "void") => read_chit(members, ChitAction::Void),
        ("chit", "chain") => read_chain(members),
        ("agent", "places") => Ok(Body::Places(SignedPlaces::read(&object(members))?)),
        ("agent", "noted") => read_noted(members),
        (lift::TARGET, said) if said.starts_with("l1.") => read_lift(members, said),
        _ => Ok(Body::Unknown { target: line(&target), action: line(&action) }),
    }
}

fn read_ticket(members: &Members) -> Result<Body, BadMessage> {
    let ticket = members.get("ticket").and_then(Value::as_object).ok_or(BadField("ticket"))?;
    let token = TokenText::new(field::text(ticket, "token")?).ok_or(BadMessage::Token)?;
    let cert = Certificate::parse(ticket.get("cert").cloned().unwrap_or(Value::Null))?;
    Ok(Body::Ticket { token, cert })
}

fn read_tally(members: &mut Members, action: TallyAction) -> Result<Body, BadMessage> {
    let reason = field::memo(members, "reason")?.map(str::to_owned);
    let object = TallyObject::parse(object(members))?;
    Ok(Body::Tally { action, object, reason })
}

fn read_chit(members: &mut Members, action: ChitAction) -> Result<Body, BadMessage> {
    let reason = field::memo(members, "reason")?.map(str::to_owned);
    let until = field::present(members, "until").map(|_| field::date(members, "until")).transpose()?;
    Ok(Body::Chit { action, object: ChitObject::parse(object(members))?, reason, until })
}

fn read_chain(members: &mut Members) -> Result<Body, BadMessage> {
    let Value::Object(mut said) = object(members) else { return Err(BadMessage::Form) };
    let cmd = match field::text(&said, "cmd")? {
        "new" => ChainCmd::New,
        "ack" => ChainCmd::Ack,
        "upd" => ChainCmd::Upd,
        "nak" => ChainCmd::Nak,
        "req" => ChainCmd::Req,
        _ => return Err(BadField("cmd").into()),
    };
    let chits = match said.remove("chits") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(chits)) => chits.into_iter().map(ChitObject::parse).collect::<Result<_, _>>()?,
        Some(_) => return Err(BadField("chits").into()),
    };
    let tally = TallyId::new(field::uuid(&said, "tally")?);
    if chits.iter().any(|chit| chit.tally() != tally) {
        return Err(BadField("chits").into());
    }
    Ok(Body::Chain(ChainMessage {
        tally,
        cmd,
        index: field::optional_integer(&said, "index")?,
        hash: field::optional_digest(&said, "hash")?,
        uuid: field::optional_uuid(&said, "uuid")?.map(ChitId::new),
        chits,
    }))
}

fn read_noted(members: &mut Members) -> Result<Body, BadMessage> {
    let Value::Object(said) = object(members) else { return Err(BadMessage::Form) };
    Ok(Body::Noted { number: field::integer(&said, "number")? })
}

fn read_lift(members: &mut Members, action: &str) -> Result<Body, BadMessage> {
    Ok(match lift::Message::read(action, &object(members))? {
        Some(message) => Body::Lift(Box::new(message)),
        None => Body::Unknown { target: lift::TARGET.to_owned(), action: line(action) },
    })
}

fn object(members: &mut Members) -> Value {
    members.remove("object").unwrap_or(Value::Null)
}

/// What a stranger wrote, cut to what a log line can hold.
fn line(text: &str) -> String {
    text.chars().take(MAX_WORD).collect()
}

/// Longer than every target and action there is.
const MAX_WORD: usize = 64;
