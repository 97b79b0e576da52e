//! Codes that are cut, changed, stale or not ours: each says what is wrong with it, and none makes a wallet speak.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tallystick_core::code::Invoice;
use tallystick_core::{AgentId, Chad, Ticket, Token, Units};
use tallystick_node::view::{
    Check, CheckName, CheckResult, CodeCard, CodeKind, CodeProblem, FailureCode, InviteTerms, NewIdentity,
    ProtectorChoice, Template,
};
use tallystick_node::{Clock, Config, Session, Wallet};
use tallystick_vault::testing::Works;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A maker's key: a real one, whose owner is never heard of again.
const MAKER: &str = "gHQLZ5GJ-WYwJGx6RI_80E-SLJdJorUxIgkTVg38NtQ";

/// Ben, and a maker of codes whose door counts who knocks.
struct Scene {
    _folder: TempDir,
    session: Session,
    wallet: Wallet,
    maker: Chad,
    knocks: Arc<AtomicUsize>,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let session = session(&folder, "ben", 0).await;
        let wallet = session.wallet().await.expect("an open wallet");
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = door.local_addr().expect("an address").port();
        let knocks = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&knocks);
        tokio::spawn(async move {
            while door.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        let maker =
            Chad::new("ana", MAKER.parse().expect("an agent"), "127.0.0.1", port).expect("an address");
        Self { _folder: folder, session, wallet, maker, knocks }
    }

    fn ticket(&self) -> Ticket {
        Ticket {
            chad: self.maker.clone(),
            token: Token::from_bytes([9; 16]),
            expires: now() + 900,
            bound: None,
            alternatives: Vec::new(),
            name: Some("Ana Ruiz".to_owned()),
            limit: Units::new(20_000).ok(),
        }
    }

    fn invoice(&self, units: i64) -> Invoice {
        let units = Units::new(units).expect("an amount");
        Invoice { chad: self.maker.clone(), units, memo: Some("x".to_owned()), id: None, extra: Vec::new() }
    }

    async fn look(&self, code: &str) -> CodeCard {
        self.wallet.code_inspect(code).await.expect("a card")
    }

    /// The code has this problem and offers nothing to act on.
    async fn refuses(&self, code: &str, problem: CodeProblem) -> CodeCard {
        let card = self.look(code).await;
        assert_eq!((card.problem, &card.inspection), (Some(problem), &None), "{code}");
        card
    }

    /// Nobody was called, and nothing waits to be said.
    async fn nothing_was_said(&self) {
        assert_eq!(self.wallet.connection().await.expect("a state").waiting, 0);
        assert_eq!(self.wallet.tallies().await.expect("tallies"), Vec::new());
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(self.knocks.load(Ordering::SeqCst), 0);
        self.session.shutdown().await;
    }
}

async fn session(folder: &TempDir, name: &str, offset: i64) -> Session {
    let mut config = Config::new(folder.path().join(name));
    config.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    config.advertise = Some("127.0.0.1".to_owned());
    config.clock = Clock { offset };
    let session = Session::open(config, Arc::new(Works::default())).await.expect("the profile opens");
    let identity = NewIdentity { name: name.to_owned(), protector: ProtectorChoice::Keychain };
    session.create(identity).await.expect("an identity");
    session
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

fn checked(card: &CodeCard, name: CheckName) -> Option<CheckResult> {
    card.checks.iter().find(|check| check.name == name).map(|check| check.result)
}

#[tokio::test]
async fn a_good_code_sends_nothing_before_consent() {
    let scene = Scene::new().await;

    let card = scene.look(&scene.ticket().to_link()).await;

    assert_eq!((card.problem, card.kind), (None, CodeKind::Invitation));
    assert!(card.inspection.is_some());
    assert_eq!(checked(&card, CheckName::Unaltered), Some(CheckResult::Pass));
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn a_code_cut_at_any_length_is_cut_or_nothing_of_ours() {
    let scene = Scene::new().await;
    let link = scene.ticket().to_link();
    let address = link.find('?').expect("parameters");
    let needed = link.find("&c=").expect("a seal");

    for length in 0..link.len() {
        let card = scene.look(&link[..length]).await;

        if length == needed {
            // Cut right here it lacks only what is for show, as a ticket of another program may: taken, and marked.
            assert!(
                card.checks.contains(&Check { name: CheckName::Unaltered, result: CheckResult::Unknown })
            );
            assert_eq!((card.problem, card.name, card.limit), (None, None, None));
            continue;
        }
        assert_eq!(card.inspection, None, "{length} of {link}");
        if card.problem == Some(CodeProblem::Expired) {
            // Cut inside its time, it speaks of long ago.
            assert!(link[..length].contains("&exp=") && length < needed, "{}", &link[..length]);
            continue;
        }
        let problem = match length {
            0..=4 => CodeProblem::Foreign,
            // Cut inside its port, or right behind it, it reads as an address; that is no invitation.
            _ if card.kind == CodeKind::Address => {
                assert!(length <= address);
                CodeProblem::NotYetSupported
            }
            _ => CodeProblem::Truncated,
        };
        assert_eq!(card.problem, Some(problem), "{}", &link[..length]);
    }
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn a_code_with_any_character_changed_is_never_acted_on() {
    let scene = Scene::new().await;
    let link = scene.ticket().to_link();

    for at in 0..link.len() {
        for with in ["7", "A", "&", "=", "%", " ", "é", ""] {
            if link.get(at..=at) == Some(with) {
                continue;
            }
            let changed = format!("{}{with}{}", &link[..at], &link[at + 1..]);
            // A blank at either end is no change: codes are pasted with blanks around them.
            let changed = if changed.trim() == link { continue } else { changed };
            let card = scene.look(&changed).await;

            assert_ne!(card.problem, None, "{changed}");
            assert_eq!(card.inspection, None, "{changed}");
        }
    }
    for at in (link.find('@').expect("an address")..link.find("&c=").expect("a seal"))
        .chain(link.len() - 3..link.len())
    {
        let with = if link.get(at..=at) == Some("8") { "7" } else { "8" };
        scene.refuses(&format!("{}{with}{}", &link[..at], &link[at + 1..]), CodeProblem::Altered).await;
    }
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn a_code_that_is_not_for_now_says_when() {
    let scene = Scene::new().await;
    let with = |expires: u64| Ticket { expires, ..scene.ticket() }.to_link();

    scene.refuses(&with(now() - 1), CodeProblem::Expired).await;
    scene.refuses(&with(0), CodeProblem::Expired).await;
    scene.refuses(&with(now() + 40 * 86_400), CodeProblem::FromTheFuture).await;
    scene.refuses(&with(253_402_207_199), CodeProblem::FromTheFuture).await;

    let bound = Ticket { bound: Some(AgentId::from_bytes([4; 32])), ..scene.ticket() };
    let card = scene.refuses(&bound.to_link(), CodeProblem::ForAnother).await;
    assert_eq!(checked(&card, CheckName::ForMe), Some(CheckResult::Fail));
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn a_code_that_ran_out_on_the_screen_is_not_acted_on() {
    let scene = Scene::new().await;
    let ending = Ticket { expires: now() + 1, ..scene.ticket() };

    let card = scene.look(&ending.to_link()).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;

    let inspection = card.inspection.expect("good when it was looked at");
    let refused = scene.wallet.contact(&inspection, Vec::new()).await.expect_err("ran out");
    assert_eq!(refused.code, FailureCode::NotContactable);
    let never = scene
        .wallet
        .contact("00000000-0000-0000-0000-000000000000", Vec::new())
        .await
        .expect_err("never looked at");
    assert_eq!(never.code, FailureCode::NotContactable);
    assert_eq!(
        scene.wallet.contact("'; --", Vec::new()).await.expect_err("no name").code,
        FailureCode::NotContactable
    );
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn codes_of_ones_own_say_how_they_stand() {
    let scene = Scene::new().await;
    let terms = || InviteTerms {
        template: Template::Friend,
        they_may_owe: 5_000,
        notice_days: 1,
        good_for: 900,
        note: None,
        uses: 1,
        only_for: None,
        contract: None,
        disclose: Vec::new(),
        memo: None,
    };
    let open = scene.wallet.invite(terms()).await.expect("a ticket");
    let revoked = scene.wallet.invite(terms()).await.expect("a ticket");
    scene.wallet.ticket_revoke(&revoked.id).await.expect("revoked");

    scene.refuses(&open.link.expect("a link"), CodeProblem::Own).await;
    scene.refuses(&revoked.link.expect("a link"), CodeProblem::OwnRevoked).await;

    assert_eq!(scene.wallet.connection().await.expect("a state").waiting, 0);
}

#[tokio::test]
async fn a_code_used_here_is_not_used_again() {
    let scene = Scene::new().await;
    let link = scene.ticket().to_link();
    let first = scene.look(&link).await.inspection.expect("contactable");
    let second = scene.look(&link).await.inspection.expect("contactable");

    let contact = scene.wallet.contact(&first, Vec::new()).await.expect("contact");
    let again = scene.wallet.contact(&second, Vec::new()).await.expect("the same contact");

    assert_eq!(contact, again);
    assert_eq!(scene.wallet.connection().await.expect("a state").waiting, 1);
    scene.refuses(&link, CodeProblem::UsedHere).await;
}

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
        ("javascript:alert(document.cookie)".to_owned(), CodeProblem::ForeignLink),
        ("JaVaScRiPt:alert(1)".to_owned(), CodeProblem::ForeignLink),
        ("data:text/html,<script>1</script>".to_owned(), CodeProblem::ForeignLink),
        ("file:///etc/passwd".to_owned(), CodeProblem::ForeignLink),
        ("WIFI:T:WPA;S:home;P:secret;;".to_owned(), CodeProblem::Foreign),
        ("4006381333931".to_owned(), CodeProblem::Foreign),
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
        let card = scene.refuses(&code, CodeProblem::NotYetSupported).await;
        assert_eq!((card.kind, card.units), (CodeKind::PaymentRequest, Some(milli)), "{code}");
    }
    scene.nothing_was_said().await;
}

#[tokio::test]
async fn names_that_play_with_the_eye_come_through_as_they_are() {
    let scene = Scene::new().await;
    for name in
        ["\u{202e}zziuR anA", "Ana\u{200b}\u{2066} Ruiz", "Ana\u{7}\u{0}\nBank", "<b>Ana</b>", "{{name}}"]
    {
        let link = Ticket { name: Some(name.to_owned()), ..scene.ticket() }.to_link();

        let card = scene.look(&link).await;

        // The name is a claim, handed on exactly so that the window can box what does not print.
        assert_eq!(card.name.as_deref(), Some(name));
        assert!(card.text.is_ascii(), "{}", card.text);
    }
    scene.refuses(&format!("{}&n=", unsealed(&nameless(&scene))), CodeProblem::Truncated).await;
    scene
        .refuses(&format!("{}&n={}", unsealed(&nameless(&scene)), "x".repeat(81)), CodeProblem::Truncated)
        .await;
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

/// A link without its checksum.
fn unsealed(link: &str) -> String {
    let Some((needed, sealed)) = link.split_once("&c=") else {
        return link.to_owned();
    };
    format!("{needed}{}", sealed.find('&').map_or("", |at| &sealed[at..]))
}

fn nameless(scene: &Scene) -> String {
    Ticket { name: None, ..scene.ticket() }.to_link()
}
