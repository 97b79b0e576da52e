//! The records file: single objects beside what another implementation made of them.

use aws_lc_rs::digest::{SHA256, SHA384, digest as sha};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tallystick_core::canonical::{self, parse_strict};
use tallystick_core::code::{Code, inspect};
use tallystick_core::{Chad, Signature, Units, UserKey};

use crate::keys::TestSigner;
use crate::vectors::Report;
use crate::vectors::hashes::{core, digest, link, signed_by, signed_by_agent, unsigned};
use crate::vectors::secrets::{check_agent_key, check_export, parameter};
use crate::vectors::text::breaks_number_rule;
use crate::vectors::walk::Known;

/// Checks every section there is.
pub(super) fn check(name: &str, file: &Value, known: &Known, report: &mut Report) {
    let list = |section: &str| file.get(section).and_then(Value::as_array).into_iter().flatten().enumerate();
    for (at, case) in list("canonical_cases") {
        check_case(&format!("{name}/canonical_cases/{at}"), case, report);
    }
    for (at, case) in list("generic") {
        check_generic(&format!("{name}/generic/{at}"), case, known, report);
    }
    for (who, pair) in file.get("keys").and_then(Value::as_object).into_iter().flatten() {
        check_pair(&format!("{name}/keys/{who}"), pair, report);
    }
    if let Some(tally) = file.get("tally") {
        check_tally(&format!("{name}/tally"), tally, report);
    }
    for (at, chit) in list("chits") {
        check_chit(&format!("{name}/chits/{at}"), chit, known, report);
    }
    let agents = agent_keys(file);
    if let Some(lift) = file.get("lift") {
        check_lift(&format!("{name}/lift"), lift, known, &agents, report);
    }
    if let Some(case) = file.get("ed25519") {
        let place = format!("{name}/ed25519");
        let message = case.get("message").unwrap_or(&Value::Null);
        same_form(&place, canonical::signing(message), case, "canonical", report);
        let signed = signed_by_agent(message, text(case, "signature"), &agents);
        report.same(&place, &signed, &flag(case, "ok"), "the signature");
    }
    if let Some(links) = file.get("deeplinks") {
        check_links(&format!("{name}/deeplinks"), links, report);
    }
    if let Some(export) = file.get("keyexport") {
        check_export(&format!("{name}/keyexport"), export, report);
    }
    if let Some(jwk) = file.get("agentkeyfile").and_then(|agent| agent.get("key")) {
        check_agent_key(&format!("{name}/agentkeyfile"), jwk, report);
    }
}

/// A case is either refused for its numbers, or made into both forms.
fn check_case(place: &str, case: &Value, report: &mut Report) {
    let input = text(case, "input");
    match parse_strict(input.as_bytes()) {
        Err(why) => report.check(
            place,
            breaks_number_rule(input),
            &format!("refused, but not for its numbers: {why}"),
        ),
        Ok(_) if breaks_number_rule(input) => {
            report.check(place, false, "its numbers should have been refused")
        }
        Ok(value) => {
            same_form(place, canonical::signing(&value), case, "js_canonical", report);
            same_form(place, canonical::hashing(&value), case, "python_canonical", report);
            let js = canonical::signing(&value).map(|bytes| URL_SAFE_NO_PAD.encode(sha(&SHA256, &bytes)));
            report.same(
                place,
                &js.as_deref().ok(),
                &Some(text(case, "js_sha256")),
                "the hash of the signing form",
            );
            report.same(place, &digest(&value).as_deref(), &Some(text(case, "python_sha256")), "the digest");
        }
    }
}

fn check_generic(place: &str, case: &Value, known: &Known, report: &mut Report) {
    let message = case.get("message").unwrap_or(&Value::Null);
    same_form(place, canonical::signing(message), case, "canonical", report);
    let made = canonical::signing(message).map(|bytes| hex::encode(sha(&SHA384, &bytes)));
    report.same(
        place,
        &made.as_deref().ok(),
        &Some(text(case, "canonical_sha384_hex")),
        "SHA-384 of the signing form",
    );
    let signed = signed_by(message, text(case, "signature"), &known.keys);
    report.same(place, &signed, &flag(case, "verified"), "the signature");
}

fn check_pair(place: &str, pair: &Value, report: &mut Report) {
    let signer = pair.get("priv").and_then(|jwk| TestSigner::from_jwk(jwk).ok());
    let public = pair.get("publ").and_then(|jwk| UserKey::from_jwk(jwk).ok());
    let fits =
        signer.zip(public).is_some_and(|(signer, public)| public.verify(b"x", &signer.sign(b"x")).is_ok());
    report.check(place, fits, "the two halves of the key fit");
}

fn check_tally(place: &str, tally: &Value, report: &mut Report) {
    let Some(object) = tally.get("object") else { return };
    let body = unsigned(object);
    same_form(place, canonical::signing(&body), tally, "canonical", report);
    same_form(place, canonical::hashing(&body), tally, "python_canonical", report);
    for name in ["digest", "ack0_hash_seen_on_wire"] {
        if let Some(recorded) = tally.get(name).and_then(Value::as_str) {
            report.same(place, &digest(&body).as_deref(), &Some(recorded), name);
        }
    }
    for (half, name) in [("stock", "stock_ok"), ("foil", "foil_ok")] {
        let key = object.get(half).and_then(|side| side.get("cert")).and_then(|cert| cert.get("public"));
        let key = key.and_then(|jwk| UserKey::from_jwk(jwk).ok());
        let sign = object.get("sign").map_or("", |sign| text(sign, half));
        report.same(
            place,
            &signed_by(&body, sign, &key),
            &flag(tally, name),
            &format!("the signature of the {half}"),
        );
    }
}

fn check_chit(place: &str, case: &Value, known: &Known, report: &mut Report) {
    let Some(chit) = case.get("wire_object") else { return };
    let promise = core(chit);
    same_form(place, canonical::signing(&promise), case, "sign_canonical", report);
    let keys = known.signers(text(chit, "tally"), text(chit, "by"));
    let signed = signed_by(&promise, text(chit, "sign"), keys);
    report.same(place, &signed, &flag(case, "signature_ok"), "the signature");
    report.same(place, &digest(&promise).as_deref(), &Some(text(case, "digest")), "the digest");

    let Some(index) = chit.get("chain").and_then(|chain| chain.get("index")).and_then(Value::as_u64) else {
        return;
    };
    let linked = link(chit, index, text(case, "chain_prior"));
    same_form(place, canonical::hashing(&linked), case, "chain_canonical", report);
    let made = digest(&linked);
    report.same(place, &made.as_deref(), &Some(text(case, "chain_hash_computed")), "the chain hash");
    let agrees = made.as_deref() == Some(text(case, "chain_hash_on_wire"));
    report.same(place, &agrees, &flag(case, "match"), "the chain hash agrees with the wire");
}

fn check_lift(place: &str, lift: &Value, known: &Known, agents: &[Vec<u8>], report: &mut Report) {
    if let Some(promise) = lift.get("payor_core") {
        same_form(place, canonical::signing(promise), lift, "payor_canonical", report);
        let sign = text(lift, "payor_sign");
        report.check(place, sign.parse::<Signature>().is_ok(), "the payor's signature has 132 bytes");
        match (signed_by(promise, sign, &known.keys), lift.get("payor_sign_ok")) {
            (signed, Some(_)) => {
                report.same(place, &signed, &flag(lift, "payor_sign_ok"), "the payor's signature")
            }
            (true, None) => report.check(place, true, "the payor's signature"),
            (false, None) => report.skip(place, "the payor's signature is by none of the recorded keys"),
        }
    }
    if let (Some(object), Some(auth)) = (lift.get("lift_json"), lift.get("agent_auth")) {
        same_form(place, canonical::signing(object), lift, "agent_sign_canonical", report);
        let signed = signed_by_agent(object, text(auth, "agent"), agents);
        report.same(place, &signed, &flag(lift, "agent_sign_ok"), "the agent's signature");
    }
    if let Some(jwk) = lift.get("agent_key").and_then(|pair| pair.get("privateKey")) {
        check_agent_key(place, jwk, report);
    }
}

fn check_links(place: &str, links: &Value, report: &mut Report) {
    for (name, entry) in links.as_object().into_iter().flatten() {
        let place = format!("{place}/{name}");
        let json = entry.get("json");
        let url = entry.as_str().or_else(|| entry.get("url").and_then(Value::as_str));
        for code in json.map(Value::to_string).into_iter().chain(url.map(str::to_owned)) {
            check_code(&place, &code, json, report);
        }
    }
}

fn check_code(place: &str, code: &str, json: Option<&Value>, report: &mut Report) {
    let read = inspect(code);
    match (&read, json.and_then(|json| json.get("invite"))) {
        (Code::ReferenceInvite(invite), Some(recorded)) => {
            let chad = recorded.get("chad").and_then(|chad| Chad::from_value(chad).ok());
            report.same(place, &Some(invite.chad.clone()), &chad, "the inviter's address");
            report.same(place, &invite.token.expose(), &text(recorded, "token"), "the token");
        }
        (Code::ReferencePay(pay), _) => {
            report.check(place, code.contains(&pay.agent.to_string()), "the payee's agent");
            if let Some(units) = parameter(code, "units") {
                let recorded = Units::parse_chips(&units).ok();
                report.same(place, &pay.units, &recorded, "the amount, which links give in chips");
            }
        }
        _ => {
            let path = code.strip_prefix("https://mychips.org/").unwrap_or_default();
            let ours = ["invite?", "pay?", "signkey?"].iter().any(|kind| path.starts_with(kind))
                || code.starts_with('{');
            let wanted = if ours {
                matches!(read, Code::ReferenceInvite(_) | Code::KeyBackup)
            } else {
                !matches!(read, Code::Damaged(_))
            };
            report.check(place, wanted, &format!("read as {read:?}"));
        }
    }
}

/// Every Ed25519 public key of the file.
fn agent_keys(value: &Value) -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = match value {
        Value::Object(members) => members.values().flat_map(agent_keys).collect(),
        Value::Array(items) => items.iter().flat_map(agent_keys).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    if text(value, "crv") == "Ed25519" {
        keys.extend(URL_SAFE_NO_PAD.decode(text(value, "x")));
    }
    keys
}

fn same_form<E>(place: &str, ours: Result<Vec<u8>, E>, case: &Value, name: &str, report: &mut Report) {
    let ours = ours.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    report.same(place, &ours.as_deref(), &case.get(name).and_then(Value::as_str), name);
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(true)
}
