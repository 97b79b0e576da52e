//! Invitations of our own form: cut, changed, stale, used, our own, and with names that play with the eye.

use std::time::Duration;

use tallystick_core::{AgentId, Ticket};
use tallystick_node::view::{
    Check, CheckName, CheckResult, CodeKind, CodeProblem, FailureCode, InviteTerms, Template,
};

use super::scene::{Scene, checked, nameless, now, unsealed};

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
    let ahead = scene.refuses(&with(now() + 40 * 86_400), CodeProblem::FromTheFuture).await;
    assert_eq!(checked(&ahead, CheckName::ClockFits), Some(CheckResult::Fail));
    assert_eq!(checked(&ahead, CheckName::NotExpired), Some(CheckResult::Pass));
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
