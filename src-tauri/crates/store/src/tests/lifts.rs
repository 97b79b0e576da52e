//! Lifts in the ledger: what is found by what, and that whatever somebody with the key changes is found.

use serde_json::json;
use tallystick_core::chit::{ChitObject, ComposeChit, Kind};
use tallystick_core::lift::bucket::Flow;
use tallystick_core::lift::{
    Aim, Cert, ComposeCore, ComposeInvoice, Core, Decision, Delegation, Known, Lift, LiftInvoice, LiftSecret,
    Line, Next, Purpose, RefereeAddress, Room, Search, Signer as _, Stage, Stance, Trust,
};
use tallystick_core::{ChitId, Date, Half, TallyId, Units};
use uuid::Uuid;

use super::tampering::rewritten;
use super::{Disk, NOW, Pair, tally_id};
use crate::InvoiceRow;

const SESSION: Uuid = Uuid::from_u128(77);

fn keys(seed: u8) -> LiftSecret {
    LiftSecret::from_seed([seed; 32])
}

fn referee() -> RefereeAddress {
    RefereeAddress { key: keys(3).key(Purpose::Referee), host: "localhost".to_owned(), port: 9 }
}

/// The person of a half lets a key of theirs sign.
fn delegates(pair: &Pair, by: Half, name: u128, key: &LiftSecret) -> ChitObject {
    let said = Delegation { key: key.key(Purpose::Delegate), referees: Vec::new(), reach: None };
    let chit = ChitObject::compose(
        Kind::Set,
        ComposeChit {
            uuid: ChitId::new(Uuid::from_u128(name)),
            tally: tally_id(),
            by,
            date: Date::from_millis(NOW),
            units: None,
            memo: None,
            reference: Some(json!({"target": 9_000, "bound": 9_000, "l1": said.to_value()})),
        },
    )
    .expect("a chit");
    let signer = if by == Half::Stock { &pair.alice } else { &pair.bob };
    chit.with_signature(signer.sign(&chit.signing_bytes()))
}

fn core() -> Core {
    Core::compose(ComposeCore {
        session: SESSION,
        aim: Aim::Pay,
        units: Units::new(500).expect("an amount"),
        made: Date::from_millis(NOW),
        exp: Date::from_millis(NOW + 60_000),
        claim: keys(4).key(Purpose::Claim(SESSION)),
        cancel: keys(1).key(Purpose::Cancel(SESSION)),
        referee: referee(),
        payh: None,
        salt: [5; 16],
    })
    .expect("a core")
}

/// A lift that Alice began over her tally with Bob.
fn begun() -> Lift {
    let room = Room { target: Units::new(9_000).expect("fits"), bound: Units::new(9_000).expect("fits") };
    let line = Line {
        tally: tally_id(),
        half: Half::Stock,
        open: true,
        stance: Stance { mine: room, theirs: room, ..Stance::default() },
        only_debts: false,
        kept: 0,
        my_key: Some(keys(1).key(Purpose::Delegate)),
        their_key: Some(keys(2).key(Purpose::Delegate)),
    };
    let trust = Trust { small: Units::new(1_000).expect("fits"), ..Trust::default() };
    let (lines, signer) = ([line], keys(1));
    let known = Known { lines: &lines, signer: &signer, trust: &trust, next: None, due: None };
    let next = Next { tally: tally_id(), hops: 2 };
    Lift::begin(core(), next, &known, Date::from_millis(NOW)).expect("begun").0
}

/// A ledger with a lift, a decision and an invoice in it.
fn ledger() -> Disk {
    let (disk, pair) = (Disk::new(), Pair::new());
    let set = [delegates(&pair, Half::Stock, 1, &keys(1)), delegates(&pair, Half::Foil, 2, &keys(2))];
    pair.write(&disk, 2, &set);
    let void = Cert::sign(core().hash(), Decision::Void, Date::from_millis(NOW), None, &keys(3));
    let parts = ComposeInvoice {
        payee: pair.me.chad().clone(),
        units: Units::new(7).ok(),
        memo: Some("bread".to_owned()),
        reference: None,
        date: Date::from_millis(NOW),
        referees: vec![referee()],
        session: Uuid::from_u128(78),
        exp: Date::from_millis(NOW + 9),
    };
    let invoice = LiftInvoice::sign(parts, &keys(1)).expect("an invoice");
    let (shown_until, ask_at) = (Some(NOW + 5), Some(NOW));
    let invoice = InvoiceRow { invoice, mine: true, units: None, shown_until, ask_at, made_at: NOW };
    disk.act(move |rows| {
        rows.put_lift(begun().record(), NOW)?;
        rows.put_decision(&core(), &void, NOW)?;
        rows.put_invoice(&invoice)
    })
    .expect("kept");
    disk
}

#[test]
fn what_is_kept_of_a_lift_is_found_again() {
    let disk = ledger();
    let hash = core().hash();

    let row = disk.ask(|rows| rows.lift(hash)).expect("the lift");
    assert_eq!((row.record.stage(), &row.record), (Stage::Open, begun().record()));
    assert_eq!(disk.ask(|rows| rows.lifts_of_session(SESSION)).len(), 1);
    assert_eq!(disk.ask(|rows| rows.lifts_kept(tally_id(), NOW)), [row.record]);
    assert_eq!(disk.ask(|rows| rows.lifts_kept(TallyId::new(Uuid::nil()), NOW)), []);
    assert_eq!(disk.ask(|rows| rows.lifts_due(NOW + 59_999)), []);
    assert_eq!(disk.ask(|rows| rows.lifts_due(NOW + 60_000)), [hash]);
    assert_eq!(disk.ask(|rows| rows.next_lift()), Some(NOW), "the invoice is on show");
    assert_eq!(disk.ask(|rows| rows.invoices_asking(NOW)).len(), 1);
    assert_eq!(disk.ask(|rows| rows.verify()).wrong, []);
}

#[test]
fn a_decision_is_never_changed_and_a_commit_never_forgotten() {
    let disk = ledger();
    let other = Core::compose(ComposeCore {
        session: Uuid::from_u128(5),
        aim: Aim::Clear,
        units: Units::new(1).expect("an amount"),
        made: Date::from_millis(NOW),
        exp: Date::from_millis(NOW + 60_000),
        claim: keys(4).key(Purpose::Claim(SESSION)),
        cancel: keys(1).key(Purpose::Cancel(SESSION)),
        referee: referee(),
        payh: None,
        salt: [6; 16],
    })
    .expect("a core");
    let commit =
        |core: &Core| Cert::sign(core.hash(), Decision::Commit, Date::from_millis(NOW), None, &keys(3));
    let (late, kept) = (commit(&core()), commit(&other));
    let asked = other.hash();
    disk.act(move |rows| {
        rows.put_decision(&core(), &late, NOW)?;
        rows.put_decision(&other, &kept, NOW)
    })
    .expect("kept");
    let said = |lift| disk.ask(move |rows| rows.decision(lift)).map(|cert| cert.decision());
    assert_eq!(said(core().hash()), Some(Decision::Void));

    disk.act(|rows| rows.tidy_lifts(NOW + 10_000_000)).expect("tidied");

    assert_eq!((said(core().hash()), said(asked)), (None, Some(Decision::Commit)));
    assert!(disk.ask(|rows| rows.lift(core().hash())).is_some(), "what is held is never forgotten");
}

#[test]
fn searches_end_and_buckets_are_emptied() {
    let disk = Disk::new();
    let search = Search::new(SESSION, Date::from_millis(NOW + 10));
    let kept = search.clone();
    disk.act(move |rows| rows.put_search(&kept)).expect("kept");
    assert_eq!(disk.ask(|rows| rows.search_of(SESSION, NOW + 9)), Some(search));
    assert_eq!(disk.ask(|rows| rows.search_of(SESSION, NOW + 10)), None);

    let flow = Flow { most: 3, every: 100 };
    let take = |tokens, at| disk.act(move |rows| rows.take_tokens("x", tokens, flow, at)).expect("asked");
    assert_eq!(
        [take(2, NOW), take(2, NOW), take(1, NOW), take(1, NOW + 99), take(1, NOW + 100)],
        [true, false, true, false, true]
    );
}

#[test]
fn whatever_is_changed_about_a_lift_is_found() {
    for statement in [
        "update lift set session = '00000000-0000-0000-0000-000000000001'",
        "update lift set part = 'payee'",
        "update lift set stage = 'void'",
        "update lift set units = units + 1",
        "update lift set exp = exp + 1",
        "update lift set wake_at = null",
        "update lift set wake_at = wake_at + 1",
        "update lift set record = '{}'",
        "update lift set record = replace(record, '\"units\":500', '\"units\":501')",
        "update lift set record = replace(record, '\"state\":\"held\"', '\"state\":\"good\"')",
        "update lift set record = replace(record, '\"part\":\"originator\"', '\"part\":\"relay\"'), part = 'relay'",
        "delete from lift_leg",
        "update lift set hash = 'x' || substr(hash, 2)",
        "update lift_decision set decision = 'commit'",
        "update lift_decision set exp = exp + 1",
        "update lift_decision set cert = replace(cert, '\"void\"', '\"commit\"')",
        "update lift_decision set core = replace(core, '\"units\":500', '\"units\":501')",
        "update lift_decision set lift = 'x' || substr(lift, 2)",
        "update lift_invoice set invoice = replace(invoice, 'bread', 'beer')",
        "update lift_invoice set exp = exp + 1",
        "update lift_invoice set session = '00000000-0000-0000-0000-000000000001'",
        "delete from chit where idx = 1",
    ] {
        let (_folder, ledger) = rewritten(ledger(), statement);
        let findings = ledger.read(|rows| rows.verify()).expect("verified");
        assert_ne!(findings.wrong, Vec::new(), "{statement}");
    }
}
