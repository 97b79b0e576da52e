//! Codes of other programs and of the other form, requests for payment, addresses and keys.

use serde_json::json;
use tallystick_node::view::{CheckName, CheckResult, CodeForm, CodeKind, CodeProblem};

use super::scene::{MAKER, Scene, checked};

#[tokio::test]
async fn codes_of_other_programs_are_shown_and_never_opened() {
    let scene = Scene::new().await;
    let link = scene.ticket().to_link();
    for (code, problem) in [
        ("https://example.org/pay?units=5".to_owned(), CodeProblem::ForeignLink),
        ("HTTP://EXAMPLE.ORG".to_owned(), CodeProblem::ForeignLink),
        (link.replace("chip://", "https://"), CodeProblem::ForeignLink),
        (
            link.replace("chip://", "https://mychips.org.example/invite?token=x&chad="),
            CodeProblem::ForeignLink,
        ),
        ("javascript:alert(document.cookie)".to_owned(), CodeProblem::Script),
        ("JaVaScRiPt:alert(1)".to_owned(), CodeProblem::Script),
        ("data:text/html,<script>1</script>".to_owned(), CodeProblem::Script),
        ("file:///etc/passwd".to_owned(), CodeProblem::Script),
        ("WIFI:T:WPA;S:home;P:secret;;".to_owned(), CodeProblem::Wifi),
        ("4006381333931".to_owned(), CodeProblem::Barcode),
        (
            "bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq?amount=0.1".to_owned(),
            CodeProblem::OtherWallet,
        ),
        ("LIGHTNING:LNBC25M1PVJLUEZ".to_owned(), CodeProblem::OtherWallet),
        ("hello".to_owned(), CodeProblem::Foreign),
        (String::new(), CodeProblem::Foreign),
        ("{\"a\":1}".to_owned(), CodeProblem::Foreign),
        ("x".repeat(4_096), CodeProblem::TooLong),
        (format!("{link}{}", "x".repeat(4_000)), CodeProblem::TooLong),
        (format!("{}?v=2&ticket=new&exp=never", scene.maker.to_uri()), CodeProblem::TooNew),
        (scene.maker.to_uri(), CodeProblem::NotYetSupported),
    ] {
        let card = scene.refuses(&code, problem).await;
        assert!(card.text.chars().count() <= 500);
    }
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn keys_are_never_taken_from_a_code_nor_repeated() {
    let scene = Scene::new().await;
    for code in [
        r#"{"signkey":{"s":"0102","i":"0304","d":"c2VjcmV0"}}"#,
        "https://mychips.org/signkey?s=0102&i=0304&d=c2VjcmV0",
    ] {
        let card = scene.refuses(code, CodeProblem::KeyBackup).await;
        assert!(!format!("{card:?}").contains("c2VjcmV0"));
    }
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn amounts_that_cannot_be_are_called_so() {
    let scene = Scene::new().await;
    let ours = |units: &str| format!("{}?pay={units}&memo=x", scene.maker.to_uri());
    let link = |units: &str| format!("https://mychips.org/pay?chad=:{MAKER}&units={units}");
    let json = |units: &str| format!("{{\"pay\":{{\"chad\":{},\"units\":{units}}}}}", scene.maker.to_value());

    for units in ["0", "-5", "9007199254740992", "99999999999999999999", "12.5", "1e3", "five", ""] {
        scene.refuses(&ours(units), CodeProblem::BadAmount).await;
    }
    for units in ["0", "-1", "0.0005", "9999999999999", "x"] {
        scene.refuses(&link(units), CodeProblem::BadAmount).await;
    }
    for units in ["0", "-1", "12.5", "9007199254740992", "99999999999999999999999", "\"5\""] {
        scene.refuses(&json(units), CodeProblem::BadAmount).await;
    }
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn one_amount_is_the_same_however_it_is_counted() {
    let scene = Scene::new().await;
    let link = |units: &str| format!("https://mychips.org/pay?chad=:{MAKER}&units={units}");
    let json = |units: &str| format!("{{\"pay\":{{\"chad\":{},\"units\":{units}}}}}", scene.maker.to_value());

    for (code, milli) in [
        (scene.invoice(12_500).to_link(), 12_500),
        (link("12.5"), 12_500),
        (json("12500"), 12_500),
        (link("12500"), 12_500_000),
    ] {
        let card = scene.refuses(&code, CodeProblem::PartnersOnly).await;
        assert_eq!((card.kind, card.units), (CodeKind::PaymentRequest, Some(milli)), "{code}");
    }
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn invitations_of_the_other_form_are_read_as_strictly() {
    let scene = Scene::new().await;
    let chad = scene.maker.to_value();
    let token = "a8434a5c55403f9fb198e0943245bbe3";
    let invite =
        |token: &str, expires: &str| json!({"invite": {"token": token, "expires": expires, "chad": chad}});

    scene.refuses(&invite(token, "2020-01-01T00:00:00.000Z").to_string(), CodeProblem::Expired).await;
    scene.refuses(&invite(token, "2099-01-01T00:00:00.000Z").to_string(), CodeProblem::FromTheFuture).await;
    for code in [
        invite(token, "soon").to_string(),
        invite("short", "2099-01-01T00:00:00.000Z").to_string(),
        format!("{{\"invite\":{{\"token\":\"{token}\",\"token\":\"{token}\",\"chad\":{chad}}}}}"),
        format!("{{\"invite\":{{\"token\":\"{token}\""),
        format!("https://mychips.org/invite?token={token}&token={token}&chad={chad}"),
        format!("https://mychips.org/invite?token={token}"),
    ] {
        scene.refuses(&code, CodeProblem::Malformed).await;
    }
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn an_invitation_of_the_other_form_claims_no_more_than_it_says() {
    let scene = Scene::new().await;
    let chad = scene.maker.to_value();
    let token = "a8434a5c55403f9fb198e0943245bbe3";
    let dated = json!({"invite": {"token": token, "expires": "2020-01-01T00:00:00.000Z", "chad": chad}});

    let link = scene.look(&format!("https://mychips.org/invite?token={token}&chad={chad}")).await;
    let json = scene.look(&dated.to_string()).await;

    assert_eq!((link.kind, link.form, link.problem), (CodeKind::Invitation, Some(CodeForm::Reference), None));
    assert_eq!((link.name, link.limit, link.expires_at), (None, None, None));
    for name in [CheckName::Unaltered, CheckName::NotExpired, CheckName::ClockFits] {
        let found = link.checks.iter().find(|check| check.name == name).map(|check| check.result);
        assert_eq!(found, Some(CheckResult::Unknown), "{name:?}");
    }
    assert!(link.inspection.is_some());
    assert_eq!(json.form, Some(CodeForm::Reference));
    assert_eq!(checked(&json, CheckName::NotExpired), Some(CheckResult::Fail));
    assert_eq!(json.expires_at, Some(1_577_836_800_000));
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn a_request_for_payment_shows_all_that_it_claims() {
    let scene = Scene::new().await;
    let chad = scene.maker.to_value();
    let pay = json!({"pay": {
        "chad": chad, "units": 12_500, "memo": "bike\u{202e}", "ref": {"invoice": 7}, "date": "2026-01-02T00:00:00.000Z",
    }});
    let mut ours = scene.invoice(12_500);
    ours.id = Some("A-17".to_owned());

    let theirs = scene.refuses(&pay.to_string(), CodeProblem::PartnersOnly).await;
    let ours = scene.refuses(&ours.to_link(), CodeProblem::PartnersOnly).await;
    let open =
        scene.refuses(&format!("https://mychips.org/pay?chad=:{MAKER}"), CodeProblem::PartnersOnly).await;

    assert_eq!((theirs.units, theirs.memo.as_deref()), (Some(12_500), Some("bike\u{202e}")));
    assert_eq!(theirs.reference.as_deref(), Some("{\"invoice\":7}"));
    assert_eq!(theirs.dated, Some(1_767_312_000_000));
    assert_eq!(checked(&theirs, CheckName::Unaltered), Some(CheckResult::Unknown));
    assert_eq!((ours.memo.as_deref(), ours.reference.as_deref()), (Some("x"), Some("A-17")));
    assert_eq!(checked(&ours, CheckName::Unaltered), Some(CheckResult::Pass));
    assert_eq!((open.units, open.memo, open.address), (None, None, None));
    for card in [&theirs, &ours] {
        assert_eq!(checked(card, CheckName::NotOwn), Some(CheckResult::Pass));
        assert!(card.words.is_some());
    }
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn ones_own_address_is_known_as_such() {
    let scene = Scene::new().await;
    let state = scene.session.state().await.expect("a state");
    let own = state.identity.expect("an identity").address;

    let card = scene.refuses(&own, CodeProblem::Own).await;

    assert_eq!(card.kind, CodeKind::Address);
    assert_eq!(checked(&card, CheckName::NotOwn), Some(CheckResult::Fail));
    scene.nothing_was_said().await;
}
