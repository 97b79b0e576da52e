//! From the command line to requests, and from answers to words.

mod activity;
mod card;
mod chit;
mod contract;
mod deal;
mod lift;
mod relay;
#[cfg(target_os = "linux")]
mod service;
mod standing;
mod tally;
mod ticket;

use std::time::Duration;

use tallystick_node::logs::Logs;
use tallystick_node::view::{Doors, EntryStage, FailureCode, PhaseView, ReachView, SignKind, TallyView};
use tokio::time::{Instant, sleep};

use crate::args::{Args, Common, DoorsVerb, Switch, Verb};
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::{Request, Status, Verified};
use crate::run;
use crate::say::Say;
use crate::sheet::Outcome;
use crate::words;

/// Between two looks at whether a letter has arrived.
const LOOK: Duration = Duration::from_millis(50);

/// Does what the command line says.
pub(crate) async fn perform(args: Args, logs: &Logs, say: Say) -> Result<(), Fault> {
    let common = args.common;
    match args.verb {
        Verb::Init(init) => run::init(&common, init, say).await,
        Verb::Run => run::run(&common, logs, say).await,
        Verb::Ticket(verb) => ticket::perform(&common, verb, say).await,
        Verb::Tally(verb) => tally::perform(&common, verb, say).await,
        Verb::Contract(verb) => contract::perform(&common, verb, say).await,
        Verb::Card(verb) => card::perform(&common, verb, say).await,
        Verb::Chit(verb) => chit::perform(&common, verb, say).await,
        Verb::Lift(verb) => lift::perform(&common, verb, say).await,
        Verb::Referee(verb) => lift::referee(&common, verb, say).await,
        Verb::Activity { before, read } => activity::perform(&common, before, read, say).await,
        Verb::Relay { verb } => relay::perform(&common, verb, say).await,
        Verb::Doors { verb } => doors(&common, verb, say).await,
        #[cfg(target_os = "linux")]
        Verb::Service { verb } => service::perform(&common, &verb, say),
        Verb::Status => status(&common, say).await,
        Verb::Reach { open_router, leave_router, lan, again } => {
            let router = (open_router || leave_router).then_some(open_router);
            let lan = lan.map(|switch| switch == Switch::On);
            reach(&common, (router, lan), again, say).await
        }
        Verb::Verify => verify(&common, say).await,
    }
}

async fn doors(common: &Common, verb: Option<DoorsVerb>, say: Say) -> Result<(), Fault> {
    let request = match verb {
        None => Request::Doors,
        // Without an address it is all of them: the command line says so.
        Some(DoorsVerb::Forgive { address, .. }) => Request::Forgive { address },
    };
    let doors: Doors = once(common, request).await?;
    say.view(&doors, || words::doors(&doors));
    Ok(())
}

async fn status(common: &Common, say: Say) -> Result<(), Fault> {
    let status: Status = once(common, Request::Status).await?;
    say.view(&status, || words::status(&status));
    Ok(())
}

async fn reach(
    common: &Common,
    (router, lan): (Option<bool>, Option<bool>),
    again: bool,
    say: Say,
) -> Result<(), Fault> {
    let mut hands = Hands::find(common).await?;
    if let Some(wanted) = router {
        let () = hands.ask(Request::OpenRouter { wanted }).await?;
    }
    if let Some(wanted) = lan {
        let () = hands.ask(Request::FindNearby { wanted }).await?;
    }
    let view: Result<ReachView, Fault> = hands.ask(Request::Reach { again }).await;
    hands.rest().await;
    let view = view?;
    say.view(&view, || words::reach(&view));
    Ok(())
}

async fn verify(common: &Common, say: Say) -> Result<(), Fault> {
    let verified: Verified = match once(common, Request::Verify).await {
        Err(Fault::Refused(failure)) if matches!(failure.code, FailureCode::Internal { .. }) => {
            return Err(Fault::Unreadable(failure));
        }
        other => other?,
    };
    if !verified.wrong.is_empty() {
        for wrong in &verified.wrong {
            say.aside(&format!("tally {} at {}: {}", wrong.tally, wrong.index, wrong.what));
        }
        return Err(Fault::Wrong(verified));
    }
    say.view(&verified, || words::verified(&verified));
    Ok(())
}

/// Asks for one thing and lets go of the profile.
async fn once<A: crate::request::Answer>(common: &Common, request: Request) -> Result<A, Fault> {
    let mut hands = Hands::find(common).await?;
    let answer = hands.ask(request).await;
    hands.rest().await;
    answer
}

/// Waits until nothing waits to be sent any more, if the person wants to wait at all.
async fn outbox_empty(hands: &mut Hands, common: &Common) -> Result<Option<bool>, Fault> {
    let Some(seconds) = common.wait else { return Ok(None) };
    let deadline = Instant::now() + Duration::from_secs(seconds.into());
    loop {
        let status: Status = hands.ask(Request::Status).await?;
        if status.connection.waiting == 0 {
            return Ok(Some(true));
        }
        if Instant::now() >= deadline {
            return Ok(Some(false));
        }
        sleep(LOOK).await;
    }
}

/// Waits until the partner's wallet has what was signed, if the person wants to wait at all.
async fn arrived(hands: &mut Hands, common: &Common, outcome: &Outcome) -> Result<Option<bool>, Fault> {
    let Some(seconds) = common.wait else { return Ok(None) };
    let deadline = Instant::now() + Duration::from_secs(seconds.into());
    loop {
        let tally: TallyView = hands.ask(Request::Tally { id: outcome.signed.tally.clone() }).await?;
        if has_arrived(&tally, outcome) {
            return Ok(Some(true));
        }
        if Instant::now() >= deadline {
            return Ok(Some(false));
        }
        sleep(LOOK).await;
    }
}

fn has_arrived(tally: &TallyView, outcome: &Outcome) -> bool {
    match outcome.preview.kind {
        SignKind::Offer | SignKind::Counter => tally.row.phase != PhaseView::Offering,
        SignKind::Accept => tally.row.phase != PhaseView::Accepting && tally.proof.agreed.is_some(),
        // In flight is what is not yet known to match.
        SignKind::Pay
        | SignKind::Settings
        | SignKind::Close
        | SignKind::KeepOpen
        | SignKind::Call
        | SignKind::TakePart
        | SignKind::TakeNoPart
        | SignKind::Forgive => tally.in_flight.iter().all(|entry| {
            Some(&entry.id) != outcome.signed.entry.as_ref() || entry.stage == EntryStage::Matched
        }),
    }
}
