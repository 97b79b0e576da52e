//! The forms that the reference implementation writes: `https://mychips.org/…` links and JSON. The links are read as
//! text and never opened.

use serde_json::{Map, Value};

use crate::canonical::{ParseError, parse_strict};
use crate::certificate::json_size;
use crate::chad::{Chad, is_cuid, split_host_port};
use crate::chit::MAX_REF;
use crate::code::invoice::{above_zero, chips};
use crate::code::{BadAmount, Code, Damage, Seal, has_prefix};
use crate::date::Date;
use crate::field::{self, is_memo};
use crate::ids::AgentId;
use crate::lift::{BadInvoice, LiftInvoice};
use crate::percent;
use crate::ticket::TokenText;
use crate::units::Units;

/// An invitation as the reference writes it; it says no more than a ticket of ours, and has no checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceInvite {
    /// Who issued it, and where to find them.
    pub chad: Chad,
    /// The secret that opens the door.
    pub token: TokenText,
    /// When it ends; its links do not say.
    pub expires: Option<Date>,
}

/// A request for payment as the reference writes it. Its links have units in CHIPs, its JSON in milli-CHIPs
/// (protocol.md 4); here they are the same.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferencePay {
    /// Who is to be paid: the agent, which its links always have.
    pub agent: AgentId,
    /// The payee's name on that agent; its links may lack it.
    pub cuid: Option<String>,
    /// Where the agent was last seen, if it says.
    pub place: Option<(String, u16)>,
    /// How much, if the payer is not to choose.
    pub units: Option<Units>,
    /// What for.
    pub memo: Option<String>,
    /// What the payee refers to.
    pub reference: Option<Value>,
    /// When it was made, if it says.
    pub date: Option<Date>,
}

/// Reads one of the reference's links, or says nothing if it is another link.
pub(super) fn inspect_url(text: &str) -> Option<Result<Code, Damage>> {
    if !has_prefix(text, SITE) {
        return None;
    }
    let (path, query) = text.get(SITE.len()..)?.split_once('?')?;
    match path {
        "invite" => Some(invite_url(query)),
        "pay" => Some(pay_url(query)),
        "signkey" => Some(Ok(Code::KeyBackup)),
        _ => None,
    }
}

/// Reads one of the reference's JSON codes, or says nothing if it is other JSON.
pub(super) fn inspect_json(text: &str) -> Option<Result<Code, Damage>> {
    let named = |value: &Value| ["invite", "pay", "signkey"].iter().any(|name| value.get(name).is_some());
    match parse_strict(text.as_bytes()) {
        Ok(value) if named(&value) => Some(code_from_json(&value)),
        Ok(_) => None,
        Err(error) => {
            let loose = serde_json::from_str::<Value>(text).ok().filter(named);
            let ours = loose.is_some()
                || ["{\"invite\"", "{\"pay\"", "{\"signkey\""].iter().any(|s| text.starts_with(s));
            ours.then(|| Err(loose.map_or(Damage::Json, |loose| unreadable(&loose, error))))
        }
    }
}

fn code_from_json(value: &Value) -> Result<Code, Damage> {
    if value.get("signkey").is_some() {
        return Ok(Code::KeyBackup);
    }
    if let Some(invite) = value.get("invite") {
        let members = invite.as_object().ok_or(Damage::Form)?;
        let expires = field::present(members, "expires")
            .map(|date| date.as_str().and_then(|d| Date::parse_lenient(d).ok()));
        return Ok(Code::ReferenceInvite(ReferenceInvite {
            chad: Chad::from_value(invite.get("chad").unwrap_or(&Value::Null))?,
            token: invite
                .get("token")
                .and_then(Value::as_str)
                .and_then(TokenText::new)
                .ok_or(Damage::Token)?,
            expires: expires.map(|date| date.ok_or(Damage::Expiry)).transpose()?,
        }));
    }
    let pay = value.get("pay").filter(|pay| pay.is_object()).ok_or(Damage::Form)?;
    let read = pay_json(pay.as_object().ok_or(Damage::Form)?)?;
    match LiftInvoice::parse(pay.clone()) {
        Ok(invoice) => Ok(Code::LiftInvoice(Box::new(invoice), Seal::Unchecked)),
        Err(BadInvoice::Altered) => Err(Damage::Altered),
        // Without our part, or with one of a later version: a request that partners can pay.
        Err(BadInvoice::Form | BadInvoice::Field(_) | BadInvoice::PartnersOnly) => Ok(read),
    }
}

fn pay_json(pay: &Map<String, Value>) -> Result<Code, Damage> {
    let payee = read_payee(pay.get("chad").unwrap_or(&Value::Null))?;
    let units = field::present(pay, "units").map(milli_number).transpose().map_err(Damage::Amount)?;
    let memo = field::memo(pay, "memo").map_err(|_| Damage::Memo)?.map(str::to_owned);
    let date =
        field::present(pay, "date").map(|date| date.as_str().and_then(|d| Date::parse_lenient(d).ok()));
    let reference = field::present(pay, "ref").cloned();
    if reference.as_ref().is_some_and(|reference| json_size(reference) > MAX_REF) {
        return Err(Damage::Reference);
    }
    let date = date.map(|date| date.ok_or(Damage::Date)).transpose()?;
    Ok(Code::ReferencePay(ReferencePay { units, memo, reference, date, ..payee }))
}

/// Reads `{cuid, agent, host, port}` where only the agent must be there.
fn read_payee(chad: &Value) -> Result<ReferencePay, Damage> {
    if let Ok(chad) = Chad::from_value(chad) {
        let place = Some((chad.host().to_owned(), chad.port()));
        return Ok(payee(chad.agent(), Some(chad.cuid().to_owned()), place));
    }
    let agent = chad
        .get("agent")
        .and_then(Value::as_str)
        .and_then(|agent| agent.parse().ok())
        .ok_or(Damage::Agent)?;
    match chad.get("cuid").and_then(Value::as_str) {
        None | Some("") => Ok(payee(agent, None, None)),
        Some(cuid) if is_cuid(cuid) => Ok(payee(agent, Some(cuid.to_owned()), None)),
        Some(_) => Err(Damage::User),
    }
}

fn payee(agent: AgentId, cuid: Option<String>, place: Option<(String, u16)>) -> ReferencePay {
    ReferencePay { agent, cuid, place, units: None, memo: None, reference: None, date: None }
}

fn invite_url(query: &str) -> Result<Code, Damage> {
    let query = Query::parse(query, &["token", "chad", "expires"])?;
    let chad = query.get("chad").ok_or(Damage::Agent)?;
    let chad = parse_strict(chad.as_bytes()).map_err(|_| Damage::Json)?;
    Ok(Code::ReferenceInvite(ReferenceInvite {
        chad: Chad::from_value(&chad)?,
        token: query.get("token").and_then(TokenText::new).ok_or(Damage::Token)?,
        expires: query.get("expires").map(Date::parse_lenient).transpose().map_err(|_| Damage::Expiry)?,
    }))
}

fn pay_url(query: &str) -> Result<Code, Damage> {
    let query = Query::parse(query, &["chad", "units", "ref", "memo", "date", "hint"])?;
    let chad = query.get("chad").ok_or(Damage::Agent)?;
    let payee = if chad.starts_with('{') {
        read_payee(&parse_strict(chad.as_bytes()).map_err(|_| Damage::Json)?)?
    } else {
        payee_text(chad)?
    };
    let memo = query.get("memo").map(str::to_owned);
    if memo.as_ref().is_some_and(|memo| !is_memo(memo)) {
        return Err(Damage::Memo);
    }
    let units = query.get("units").filter(|units| !units.is_empty()).map(chips).transpose();
    let reference = query.get("ref").map(|text| parse_strict(text.as_bytes())).transpose();
    Ok(Code::ReferencePay(ReferencePay {
        units: units.map_err(Damage::Amount)?,
        memo,
        reference: reference.map_err(|_| Damage::Reference)?,
        date: query.get("date").map(Date::parse_lenient).transpose().map_err(|_| Damage::Date)?,
        ..payee
    }))
}

/// Reads `cuid:agent` or `cuid:agent@host:port`; the reference leaves the name out by mistake.
fn payee_text(text: &str) -> Result<ReferencePay, Damage> {
    let (user, place) = text.split_once('@').map_or((text, None), |(user, place)| (user, Some(place)));
    let (cuid, agent) = user.split_once(':').ok_or(Damage::Agent)?;
    if !cuid.is_empty() && !is_cuid(cuid) {
        return Err(Damage::User);
    }
    let agent = agent.parse().map_err(|_| Damage::Agent)?;
    let cuid = (!cuid.is_empty()).then(|| cuid.to_owned());
    Ok(payee(agent, cuid, place.map(split_host_port).transpose()?))
}

/// Reads a JSON amount in milli-CHIPs.
fn milli_number(units: &Value) -> Result<Units, BadAmount> {
    let Value::Number(number) = units else { return Err(BadAmount::Unreadable) };
    match number.as_i64() {
        Some(milli) if milli < 0 => Err(BadAmount::Negative),
        Some(milli) => above_zero(Units::new(milli).map_err(|_| BadAmount::TooLarge)?),
        None if number.as_f64().is_some_and(|n| n < 0.0) => Err(BadAmount::Negative),
        // Beyond 2^53 doubles have no decimals left, so a fraction means a small amount written too finely.
        None if number.as_f64().is_some_and(|n| n.fract() != 0.0) => Err(BadAmount::TooFine),
        None => Err(BadAmount::TooLarge),
    }
}

/// Why JSON of the right kind was refused: its amount, if that is what has no agreed text.
fn unreadable(loose: &Value, error: ParseError) -> Damage {
    let units = loose.get("pay").and_then(|pay| pay.get("units"));
    match (error, units.map(milli_number)) {
        (ParseError::Number(_), Some(Err(bad))) => Damage::Amount(bad),
        _ => Damage::Json,
    }
}

/// The parameters of one of the reference's links. It encodes a whole link at once, so an `&` inside a value stays
/// bare: only the known names begin a new parameter.
struct Query(Vec<(String, String)>);

impl Query {
    fn parse(query: &str, known: &[&str]) -> Result<Self, Damage> {
        let mut parts: Vec<(String, String)> = Vec::new();
        for part in query.split('&') {
            if let Some((key, value)) = part.split_once('=').filter(|(key, _)| known.contains(key)) {
                if parts.iter().any(|(seen, _)| seen == key) {
                    return Err(Damage::Repeated);
                }
                parts.push((key.to_owned(), value.to_owned()));
            } else if let Some((_, value)) = parts.last_mut() {
                value.push('&');
                value.push_str(part);
            }
        }
        let decoded = |(key, value): (String, String)| percent::decode(&value).map(|value| (key, value));
        parts.into_iter().map(decoded).collect::<Option<Vec<_>>>().map(Self).ok_or(Damage::Escape)
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// Where the reference's links point.
const SITE: &str = "https://mychips.org/";
