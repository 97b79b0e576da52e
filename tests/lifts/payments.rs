//! Invoices paid by strangers, along people both trust.

use std::time::{Duration, Instant};

use tallystick_core::lift::Receipt;
use tallystick_node::view::{
    CheckResult, CodeKind, CodeProblem, FailureCode, InvoiceState, LiftPart, LiftStage, PaymentState,
    PaymentView,
};

use crate::people::Person;
use crate::say;
use crate::town::Town;

/// Asks for an amount and has somebody pay it.
async fn pay(payer: &Person, payee: &Person, units: i64) -> (PaymentView, Duration) {
    let invoice = payee.wallet.invoice(Some(units), Some("bread".to_owned()), None, 900).await.expect("made");
    let began = Instant::now();
    let look = payer.wallet.pay_look(&invoice.code, None).await.expect("looked at");
    assert_eq!((look.state, look.cost, look.units), (PaymentState::Reachable, 0, Some(units)));
    let paid = payer.wallet.pay_sign(&look.id, None).await.expect("signed");
    (paid, began.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_invoice_is_paid_along_a_row_of_five() {
    let town = Town::row(5).await;
    let (ana, eve) = (&town.people[0], &town.people[4]);
    let mut took = Vec::new();
    for number in 0..20 {
        let units = 1_000 + number;
        let (paid, time) = pay(ana, eve, units).await;
        assert_eq!((paid.state, paid.why), (PaymentState::Paid, None), "payment {number}");
        took.push(time);
    }
    took.sort_unstable();
    say(&format!("a payment over four tallies: median {:.0?}, worst {:.0?}", took[10], took[19]));

    town.at_rest().await;
    let sum: i64 = (0..20).map(|number| 1_000 + number).sum();
    assert_eq!(town.nets().await, [-sum, 0, 0, 0, sum]);
    for invoice in eve.wallet.invoices().await.expect("invoices") {
        assert_eq!(invoice.state, InvoiceState::Paid);
        let receipts = [&ana.wallet, &eve.wallet].map(|wallet| wallet.receipt(&invoice.id));
        for receipt in receipts {
            let text = receipt.await.expect("a receipt");
            assert!(Receipt::parse(&serde_json::from_str(&text).expect("JSON")).is_ok());
        }
    }
    for (person, part) in town.people.iter().zip([
        LiftPart::Began,
        LiftPart::Through,
        LiftPart::Through,
        LiftPart::Through,
        LiftPart::Payee,
    ]) {
        let lifts = person.wallet.lifts().await.expect("lifts");
        assert!(lifts.iter().all(|lift| lift.sound && lift.stage == LiftStage::Good && lift.part == part));
        assert_eq!(lifts.len(), 20);
    }
    town.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_does_not_fit_is_not_paid_and_changes_nothing() {
    let town = Town::row(3).await;
    let (ana, cleo) = (&town.people[0], &town.people[2]);

    // More than anybody on the way takes.
    let invoice = cleo.wallet.invoice(Some(2_000_000), None, None, 900).await.expect("made");
    let look = ana.wallet.pay_look(&invoice.code, None).await.expect("looked at");
    assert_eq!(look.state, PaymentState::NoWay);
    let refused = ana.wallet.pay_sign(&look.id, None).await.expect_err("no way");
    assert_eq!(refused.code, FailureCode::NoWay);

    // On the card of codes it is a request for payment that can be looked into from there; its maker's own is told so.
    let card = ana.wallet.code_inspect(&invoice.code).await.expect("a card");
    assert_eq!((card.kind, card.units), (CodeKind::PaymentRequest, Some(2_000_000)));
    assert_eq!((card.problem, card.pay.as_ref()), (None, Some(&invoice.code)));
    assert!(card.tally.is_none() && card.checks.iter().all(|check| check.result == CheckResult::Pass));
    let card = cleo.wallet.code_inspect(&invoice.code).await.expect("a card");
    assert_eq!((card.problem, card.pay), (Some(CodeProblem::Own), None));

    // Altered, and somebody's own.
    let altered = invoice.code.replace("pay=2000000", "pay=2000001");
    let refused = ana.wallet.pay_look(&altered, None).await.expect_err("altered");
    assert_eq!(refused.code, FailureCode::BadCode);
    let refused = cleo.wallet.pay_look(&invoice.code, None).await.expect_err("their own");
    assert_eq!(refused.code, FailureCode::OutOfTurn);

    // Open amounts are the payer's to choose, and an invoice is paid once.
    let open = cleo.wallet.invoice(None, None, Some("7".to_owned()), 900).await.expect("made");
    let refused = ana.wallet.pay_look(&open.code, None).await.expect_err("no amount");
    assert_eq!(refused.code, FailureCode::BadAmount);
    let look = ana.wallet.pay_look(&open.code, Some(5_000)).await.expect("looked at");
    let paid = ana.wallet.pay_sign(&look.id, Some(5_000)).await.expect("signed");
    assert_eq!((paid.state, paid.units), (PaymentState::Paid, Some(5_000)));
    let refused = ana.wallet.pay_sign(&look.id, Some(5_000)).await.expect_err("once");
    assert_eq!(refused.code, FailureCode::OutOfTurn);
    town.at_rest().await;
    assert_eq!(town.nets().await, [-5_000, 0, 5_000]);
    town.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_invoice_that_nobody_looks_at_is_paid_all_the_same() {
    let mut town = Town::row(4).await;
    let dan = town.people.pop().expect("four");
    // Nobody is there who could hear that Dan shows it; and a day later Dan does not.
    let mut away = Vec::new();
    while let Some(person) = town.people.pop() {
        away.push(person.leave().await);
    }
    let invoice = dan.wallet.invoice(Some(12_000), None, None, 900).await.expect("made");
    let dan = dan.leave().await;
    dan.damage(
        "update lift_invoice set shown_until = null, ask_at = null;
         delete from lift_search; delete from outbox where key like 'l1-%';",
    );
    while let Some(person) = away.pop() {
        town.people.push(person.back().await);
    }
    town.people.push(dan.back().await);

    let look = town.people[0].wallet.pay_look(&invoice.code, None).await.expect("looked at");
    assert_eq!(look.state, PaymentState::Reachable);
    let paid = town.people[0].wallet.pay_sign(&look.id, None).await.expect("signed");
    assert_eq!(paid.state, PaymentState::Paid);
    town.at_rest().await;
    assert_eq!(town.nets().await, [-12_000, 0, 0, 12_000]);
    town.verify().await;
}
