//! How a lift ends on a wallet it goes through: what was given up in writing stays given up, what was committed counts
//! whatever was said before, by whatever way either comes.
#![allow(clippy::unwrap_used, reason = "a test")]

use tallystick_core::lift::timer::LONGEST;
use tallystick_core::lift::{
    Aim, Cert, Change, ComposeCore, Core, Decision, Effect, Input, Known, LegState, Lift, LiftSecret, Line,
    Message, Next, Plea, Promise, Purpose, RefereeAddress, Refusal, Room, Signer as _, Stage, Stance, Tag,
    Told, Trust, Waive, Why,
};
use tallystick_core::{ChitId, Date, Half, TallyId, Units};
use uuid::Uuid;

const SESSION: Uuid = Uuid::from_u128(7);
const NOW: i64 = 1_800_000_000_000;

/// Ana promises to Ben, who is in the middle and promises on to Cleo.
const ANA: u8 = 1;
const BEN: u8 = 2;
const CLEO: u8 = 3;
const REFEREE: u8 = 4;

fn keys(of: u8) -> LiftSecret {
    LiftSecret::from_seed([of; 32])
}

fn units(milli: i64) -> Units {
    Units::new(milli).unwrap()
}

fn tally(name: u128) -> TallyId {
    TallyId::new(Uuid::from_u128(name))
}

fn with_ana() -> TallyId {
    tally(100)
}

fn with_cleo() -> TallyId {
    tally(200)
}

fn at(after: i64) -> Date {
    Date::from_millis(NOW + after)
}

fn core() -> Core {
    let key = keys(REFEREE).key(Purpose::Referee);
    Core::compose(ComposeCore {
        session: SESSION,
        aim: Aim::Pay,
        units: units(500),
        made: at(0),
        exp: at(60_000),
        claim: keys(CLEO).key(Purpose::Claim(SESSION)),
        cancel: keys(ANA).key(Purpose::Cancel(SESSION)),
        referee: RefereeAddress { key, host: "localhost".to_owned(), port: 9 },
        payh: None,
        salt: [5; 16],
    })
    .unwrap()
}

fn commit() -> Cert {
    let claim = Plea::sign(core(), Purpose::Claim(SESSION), Tag::Claim, &keys(CLEO)).signature();
    Cert::sign(core().hash(), Decision::Commit, at(1_000), Some(claim), &keys(REFEREE))
}

fn void() -> Cert {
    Cert::sign(core().hash(), Decision::Void, at(60_000), None, &keys(REFEREE))
}

fn of_ana() -> Promise {
    Promise::sign(core(), with_ana(), Half::Foil, at(0), &keys(ANA)).unwrap()
}

fn told(cert: Cert, tally: Option<TallyId>, promise: Option<Promise>) -> Input {
    Input::Decision(Told { cert, tally, promise: promise.map(Box::new) })
}

/// Ben's side of a lift.
struct Ben {
    lift: Lift,
    /// What he entered into chains.
    booked: Vec<(TallyId, ChitId)>,
    /// What he said.
    said: Vec<Message>,
}

fn knowing<T>(step: impl FnOnce(&Known<'_>) -> T) -> T {
    let room = Room { target: units(9_000), bound: units(9_000) };
    let line = |tally, partner| Line {
        tally,
        half: Half::Stock,
        open: true,
        stance: Stance { mine: room, theirs: room, ..Stance::default() },
        only_debts: false,
        kept: 0,
        my_key: Some(keys(BEN).key(Purpose::Delegate)),
        their_key: Some(keys(partner).key(Purpose::Delegate)),
    };
    let lines = [line(with_ana(), ANA), line(with_cleo(), CLEO)];
    let (signer, trust) = (keys(BEN), Trust { small: units(1_000), ..Trust::default() });
    let next = Some(Next { tally: with_cleo(), hops: 1 });
    step(&Known { lines: &lines, signer: &signer, trust: &trust, next, due: None })
}

impl Ben {
    /// He holds Ana's promise, and has promised on.
    fn between() -> Self {
        let (lift, effects) = knowing(|known| Lift::meet(of_ana(), known, at(100))).unwrap();
        let mut ben = Self { lift, booked: Vec::new(), said: Vec::new() };
        ben.perform(effects);
        assert!(matches!(ben.said[..], [Message::Ack(_), Message::Promise(_)]), "{:?}", ben.said);
        ben
    }

    /// Cleo has given up what he promised, and so has he what Ana did.
    fn given_up() -> Self {
        let mut ben = Self::between();
        let waive = Waive::sign(core().hash(), with_cleo(), Why::Other, &keys(CLEO));
        ben.meets(Input::Waive(waive)).unwrap();
        assert_eq!(ben.legs(), [LegState::Waived, LegState::Waived]);
        assert!(
            ben.said.iter().any(|said| matches!(said, Message::Waive(waive) if waive.tally() == with_ana()))
        );
        ben
    }

    fn meets(&mut self, input: Input) -> Result<(), Refusal> {
        let effects = knowing(|known| self.lift.handle(input, known, at(2_000)))?;
        self.perform(effects);
        Ok(())
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Save(Change::Book { promise, .. }) => {
                    self.booked.push((promise.chit().tally(), promise.chit().uuid()));
                }
                Effect::Send(outgoing) => self.said.push(outgoing.message),
                Effect::Save(Change::Lift(_)) | Effect::Settle(_) | Effect::Tell(_) => {}
            }
        }
    }

    fn legs(&self) -> Vec<LegState> {
        self.lift.record().legs().map(|leg| leg.state).collect()
    }

    fn of_ben(&self) -> Promise {
        self.lift.record().outgoing.as_ref().unwrap().promise.clone()
    }

    fn booked_on(&self, tally: TallyId) -> bool {
        self.booked.contains(&(tally, core().hash().chit(tally)))
    }
}

#[test]
fn what_the_receiver_gave_up_is_dead_whoever_shows_the_commit() {
    for (who, from) in [("the referee", None), ("cleo", Some(with_cleo())), ("ana", Some(with_ana()))] {
        let mut ben = Ben::given_up();

        ben.meets(told(commit(), from, None)).unwrap();

        assert_eq!((ben.legs(), &ben.booked), (vec![LegState::Waived, LegState::Waived], &vec![]), "{who}");
    }
}

#[test]
fn what_the_receiver_gave_up_is_dead_in_the_chain_as_well() {
    let mut ben = Ben::given_up();
    let waive = ben.lift.record().given_up(with_cleo()).cloned().unwrap();
    assert!(waive.verify(&keys(CLEO).key(Purpose::Delegate)).is_ok(), "what proves it is kept");
    assert_eq!(ben.lift.record().given_up(with_ana()), None, "that one is our own");

    let shown = Input::Chained(Box::new(ben.of_ben()), Box::new(commit()));

    assert_eq!(ben.meets(shown), Err(Refusal::Misfit));
    assert_eq!(ben.booked, []);
}

#[test]
fn what_we_gave_up_is_no_gain_unless_its_giver_says_so() {
    let mut ben = Ben::given_up();
    ben.meets(told(commit(), None, None)).unwrap();
    assert!(!ben.booked_on(with_ana()));

    ben.meets(told(commit(), Some(with_ana()), Some(of_ana()))).unwrap();

    assert!(ben.booked_on(with_ana()) && !ben.booked_on(with_cleo()));
}

#[test]
fn a_commit_binds_although_void_was_seen_and_by_whatever_way_it_comes() {
    let shown = |ben: &Ben| Input::Chained(Box::new(ben.of_ben()), Box::new(commit()));
    let ways: [(&str, &dyn Fn(&Ben) -> Input); 4] = [
        ("the referee", &|_| told(commit(), None, None)),
        ("cleo", &|_| told(commit(), Some(with_cleo()), None)),
        ("ana", &|_| told(commit(), Some(with_ana()), Some(of_ana()))),
        ("the chain with cleo", &shown),
    ];
    for (who, way) in ways {
        for was_void in [false, true] {
            let mut ben = Ben::between();
            if was_void {
                ben.meets(told(void(), None, None)).unwrap();
                assert_eq!(ben.legs(), [LegState::Void, LegState::Void]);
            }

            let input = way(&ben);
            ben.meets(input).unwrap();

            assert_eq!(ben.legs(), [LegState::Good, LegState::Good], "{who}, void before: {was_void}");
            assert!(ben.booked_on(with_ana()) && ben.booked_on(with_cleo()), "{who}");
        }
    }
}

#[test]
fn a_void_after_a_commit_changes_nothing() {
    let mut ben = Ben::between();
    ben.meets(told(commit(), None, None)).unwrap();
    ben.meets(told(void(), None, None)).unwrap();

    assert_eq!(ben.legs(), [LegState::Good, LegState::Good]);
    assert_eq!(ben.booked.len(), 2);
}

/// Its referee may have lied: a commit that turns up a year later still finds both promises.
#[test]
fn a_void_is_never_forgotten_once_we_had_promised_it_on() {
    let late = at(60_000 + LONGEST + 1);
    let mut voided = Ben::between();
    voided.meets(told(void(), None, None)).unwrap();
    assert_eq!(voided.lift.record().stage(), Stage::Void);
    assert!(!voided.lift.record().may_go(late) && !voided.lift.record().may_go(at(365 * 86_400_000)));
    assert!(!voided.lift.record().is_kept(late), "it stands in nobody's way");

    // Nothing went out for what the partner gave up; its word is kept apart.
    let given_up = Ben::given_up();
    assert!(given_up.lift.record().may_go(late));
    assert!(!given_up.lift.record().may_go(at(60_000 + LONGEST)), "its promise could come again");
    // What is held, and what counts, stays as well.
    assert!(!Ben::between().lift.record().may_go(late));
    let mut good = Ben::between();
    good.meets(told(commit(), None, None)).unwrap();
    assert!(!good.lift.record().may_go(late));
}
