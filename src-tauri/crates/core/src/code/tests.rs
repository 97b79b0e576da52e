use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ids::AgentId;
use crate::ticket::Token;
use crate::units::Units;

const AGENT: &str = "gHQLZ5GJ-WYwJGx6RI_80E-SLJdJorUxIgkTVg38NtQ";

fn chad() -> Chad {
    Chad::new("alice", AGENT.parse().unwrap(), "localhost", 45400).unwrap()
}

fn ticket() -> Ticket {
    Ticket {
        chad: chad(),
        token: Token::from_bytes([9; 16]),
        expires: 1_795_341_954,
        bound: None,
        alternatives: Vec::new(),
        name: Some("\u{202e}Ana\u{200b}".to_owned()),
        limit: None,
    }
}

fn invoice() -> Invoice {
    Invoice {
        chad: chad(),
        units: Units::new(12_500).unwrap(),
        memo: Some("Lunch & tea".to_owned()),
        id: Some("77".to_owned()),
        extra: vec![("claim".to_owned(), "x y".to_owned())],
    }
}

fn damage(text: &str) -> Damage {
    match inspect(text) {
        Code::Damaged(damage) => damage,
        other => panic!("{text} is {other:?}"),
    }
}

fn amount(text: &str) -> BadAmount {
    match damage(text) {
        Damage::Amount(bad) => bad,
        other => panic!("{text} is {other:?}"),
    }
}

fn hint(text: &str) -> Hint {
    match inspect(text) {
        Code::Foreign { hint, .. } => hint,
        other => panic!("{text} is {other:?}"),
    }
}

/// A link without a checksum, as another program might write it.
fn unsealed(rest: &str) -> String {
    format!("{}?{rest}", chad().to_uri())
}

#[test]
fn our_own_codes_are_known() {
    assert_eq!(inspect(&ticket().to_link()), Code::Ticket(ticket(), Seal::Checked));
    assert_eq!(inspect(&invoice().to_link()), Code::Invoice(invoice(), Seal::Checked));
    assert_eq!(inspect(&chad().to_uri()), Code::Address(chad()));
    assert_eq!(
        inspect(&format!("  {}\n", chad().to_uri().replace("chip://", "CHIP://"))),
        Code::Address(chad())
    );
}

#[test]
fn a_code_without_checksum_is_taken_and_marked() {
    let ticket = ticket().to_link();
    let invoice = invoice().to_link();

    assert!(matches!(inspect(ticket.rsplit_once("&c=").unwrap().0), Code::Ticket(_, Seal::Unchecked)));
    assert!(matches!(inspect(invoice.rsplit_once("&c=").unwrap().0), Code::Invoice(_, Seal::Unchecked)));
}

#[test]
fn a_cut_or_altered_ticket_says_so() {
    let link = ticket().to_link();
    let token = Token::from_bytes([9; 16]).expose();

    assert_eq!(damage(&link[..link.len() - 1]), Damage::Cut);
    assert_eq!(damage(&link[..link.find("&c=").unwrap() + 6]), Damage::Cut);
    assert_eq!(damage(&link.replace("&c=", "&d=")), Damage::Form);
    assert_eq!(damage(&link.replace("exp=1795", "exp=1895")), Damage::Altered);
    assert_eq!(damage(&format!("{link}&lim=5")), Damage::Altered);
    assert_eq!(damage(&unsealed(&format!("ticket={}&exp=5", &token[..21]))), Damage::Token);
    assert_eq!(damage(&unsealed("ticket=&exp=5")), Damage::Token);
    assert_eq!(damage(&unsealed("exp=5")), Damage::Token);
    assert_eq!(damage(&unsealed(&format!("ticket={token}"))), Damage::Expiry);
    assert_eq!(damage(&unsealed(&format!("ticket={token}&ex"))), Damage::Form);
    for cut in 1..link.len() {
        assert!(!matches!(inspect(&link[..cut]), Code::Ticket(_, Seal::Checked)), "{}", &link[..cut]);
    }
}

#[test]
fn every_parameter_of_a_ticket_has_its_limits() {
    let token = Token::from_bytes([9; 16]).expose();
    let with = |rest: &str| damage(&unsealed(&format!("ticket={token}&exp=5&{rest}")));
    let late = |exp: &str| damage(&unsealed(&format!("ticket={token}&exp={exp}")));

    assert_eq!(with("for=short"), Damage::Bound);
    assert_eq!(with("alt=h"), Damage::Alternative);
    assert_eq!(with("alt=h:0"), Damage::Alternative);
    assert_eq!(with("alt=a:1&alt=b:1&alt=c:1&alt=d:1"), Damage::Alternative);
    assert_eq!(with("n="), Damage::Name);
    assert_eq!(with(&format!("n={}", "x".repeat(81))), Damage::Name);
    assert_eq!(with("lim=-5"), Damage::Limit);
    assert_eq!(with("lim=9007199254740992"), Damage::Limit);
    assert_eq!(with("n=a&n=b"), Damage::Repeated);
    assert_eq!(with("n=%zz"), Damage::Escape);
    assert_eq!(with("pay=5"), Damage::Form);
    for exp in ["", "-1", "05", "1e9", "253402207200", "99999999999999999999", "soon"] {
        assert_eq!(late(exp), Damage::Expiry, "{exp}");
    }
}

#[test]
fn a_wrong_address_says_which_part() {
    assert_eq!(damage("chip://alice:short@localhost:45400"), Damage::Agent);
    assert_eq!(damage(&format!("chip://:{AGENT}@localhost:45400")), Damage::User);
    assert_eq!(damage(&format!("chip://alice:{AGENT}@localhost:70000")), Damage::Place);
    assert_eq!(damage(&format!("chip://alice:{AGENT}@:45400")), Damage::Place);
    assert_eq!(damage(&format!("chip://alice:{AGENT}")), Damage::Form);
    assert_eq!(damage("chip:"), Damage::Form);
    assert_eq!(damage("chip://"), Damage::Form);
}

#[test]
fn amounts_that_are_none_say_why() {
    for (text, bad) in [
        ("-5", BadAmount::Negative),
        ("0", BadAmount::Zero),
        ("9223372036854775808", BadAmount::TooLarge),
        ("9007199254740992", BadAmount::TooLarge),
        ("12.5", BadAmount::TooFine),
        ("", BadAmount::Unreadable),
        ("1e3", BadAmount::Unreadable),
        ("five", BadAmount::Unreadable),
    ] {
        assert_eq!(amount(&unsealed(&format!("pay={text}"))), bad, "{text}");
    }
    assert_eq!(amount(&unsealed("memo=x")), BadAmount::Unreadable);
}

#[test]
fn a_reference_link_counts_chips_and_json_counts_thousandths() {
    let link = |units: &str| format!("https://mychips.org/pay?chad=:{AGENT}&units={units}&memo=x");
    let json = |units: &str| format!(r#"{{"pay":{{"chad":{},"units":{units}}}}}"#, chad().to_value());
    let units = |text: &str| match inspect(text) {
        Code::ReferencePay(pay) => pay.units.map(Units::milli),
        other => panic!("{text} is {other:?}"),
    };

    assert_eq!(units(&link("12.5")), Some(12_500));
    assert_eq!(units(&json("12500")), Some(12_500));
    assert_eq!(units(&link("12500")), Some(12_500_000));
    assert_eq!(units(&format!("https://mychips.org/pay?chad=:{AGENT}")), None);
    for (text, bad) in [
        (link("-1"), BadAmount::Negative),
        (link("0"), BadAmount::Zero),
        (link("0.0005"), BadAmount::TooFine),
        (link("9999999999"), BadAmount::TooLarge),
        (link("x"), BadAmount::Unreadable),
        (json("-1"), BadAmount::Negative),
        (json("0"), BadAmount::Zero),
        (json("12.5"), BadAmount::TooFine),
        (json("9223372036854775808"), BadAmount::TooLarge),
        (json("99999999999999999999999"), BadAmount::TooLarge),
        (json("\"5\""), BadAmount::Unreadable),
    ] {
        assert_eq!(amount(&text), bad, "{text}");
    }
}

#[test]
fn a_reference_invitation_that_is_broken_says_so() {
    let invite = |token: &str, chad: &Value| json!({"invite": {"token": token, "chad": chad}}).to_string();
    let good = "a8434a5c55403f9fb198e0943245bbe3";

    assert!(matches!(inspect(&invite(good, &chad().to_value())), Code::ReferenceInvite(_)));
    assert_eq!(damage(&invite("x", &chad().to_value())), Damage::Token);
    assert_eq!(
        damage(&invite(good, &json!({"cuid": "a", "agent": "x", "host": "h", "port": 1}))),
        Damage::Agent
    );
    assert_eq!(damage("{\"invite\":{\"token\":"), Damage::Json);
    assert_eq!(damage(r#"{"invite":{},"invite":{}}"#), Damage::Json);
    assert_eq!(damage(r#"{"invite":5}"#), Damage::Form);
    assert_eq!(damage("https://mychips.org/invite?token=a8434a5c"), Damage::Agent);
    assert_eq!(damage("https://mychips.org/invite?token=a&chad=%7B"), Damage::Json);
    assert_eq!(damage("https://mychips.org/invite?token=a&token=b&chad={}"), Damage::Repeated);
    assert_eq!(damage("https://mychips.org/pay?units=5"), Damage::Agent);
}

#[test]
fn keys_are_never_taken_for_anything_else() {
    assert_eq!(inspect(r#"{"signkey":{"s":"01","i":"02","d":"AAAA"}}"#), Code::KeyBackup);
    assert_eq!(inspect("https://mychips.org/signkey?s=01&i=02&d=AAAA"), Code::KeyBackup);
}

#[test]
fn what_is_not_ours_is_told_by_its_kind() {
    assert_eq!(hint("https://example.org/x"), Hint::Url);
    assert_eq!(hint("HTTP://EXAMPLE.ORG"), Hint::Url);
    assert_eq!(hint("https://mychips.org/ticket?token=x"), Hint::Url);
    assert_eq!(hint("https://mychips.org.evil.example/invite?token=x"), Hint::Url);
    assert_eq!(hint("WIFI:T:WPA;S:net;P:secret;;"), Hint::Wifi);
    assert_eq!(hint("javascript:alert(1)"), Hint::Script);
    assert_eq!(hint("JavaScript:alert(1)"), Hint::Script);
    assert_eq!(hint("data:text/html,x"), Hint::Script);
    assert_eq!(hint("4006381333931"), Hint::Barcode);
    for bill in
        ["bitcoin:bc1qar0?amount=1", "BITCOIN:BC1Q", "lnbc25m1pvj", "BCD\n002\n1\nSCT", "upi://pay?pa=x"]
    {
        assert_eq!(hint(bill), Hint::Wallet, "{bill}");
    }
    assert_eq!(hint("hello"), Hint::Other);
    assert_eq!(hint("{\"a\":1}"), Hint::Other);
    assert_eq!(hint(""), Hint::Other);
}

#[test]
fn a_blob_is_refused_by_its_size() {
    assert_eq!(damage(&"x".repeat(4096)), Damage::TooLong);
    assert_eq!(damage(&format!("{}&memo={}", unsealed("pay=5"), "x".repeat(1001))), Damage::Memo);
    let Code::Foreign { text, .. } = inspect(&"é".repeat(1000)) else { panic!() };
    assert_eq!(text.chars().count(), MAX_FOREIGN);
}

#[test]
fn kinds_of_later_versions_are_told_as_such() {
    assert_eq!(inspect(&unsealed("lift=abc")), Code::TooNew);
    assert_eq!(inspect(&unsealed("v=2&ticket=what&exp=ever")), Code::TooNew);
}

#[test]
fn names_keep_the_characters_that_are_boxed_on_screen() {
    let Code::Ticket(read, _) = inspect(&ticket().to_link()) else { panic!() };

    assert_eq!(read.name, ticket().name);
}

proptest! {
    #[test]
    fn any_text_is_something(text in any::<String>()) {
        let _ = inspect(&text);
    }

    #[test]
    fn any_link_is_something(rest in "[a-z0-9:@.?&=%\\[\\]-]{0,80}", query in "[a-z0-9=&%.-]{0,60}") {
        let _ = inspect(&format!("chip://{rest}"));
        let _ = inspect(&unsealed(&query));
        let _ = inspect(&format!("https://mychips.org/pay?{query}&chad=:{AGENT}{rest}"));
    }

    #[test]
    fn any_invoice_survives(milli in 1_i64..1 << 53, memo in proptest::option::of(".{0,200}"), agent: [u8; 32]) {
        let chad = Chad::new("bob", AgentId::from_bytes(agent), "::1", 9).unwrap();
        let invoice = Invoice { chad, units: Units::new(milli).unwrap(), memo, ..invoice() };
        prop_assert_eq!(inspect(&invoice.to_link()), Code::Invoice(invoice, Seal::Checked));
    }
}
