//! Talking about a tally's terms, and what to do when its copies disagree.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tallystick_node::view::{CounterTerms, Difference, EvidenceFile, TallyView};
use tokio::time::{Instant, sleep};

use super::{LOOK, once, outbox_empty};
use crate::args::{Agree, Changes, Common};
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::Request;
use crate::say::Say;
use crate::sheet::journey;
use crate::words;

/// Our side as it stands, but for what changes; then preview, agreement, signature.
pub(super) async fn counter(
    common: &Common,
    id: String,
    changes: Changes,
    agree: Agree,
    say: Say,
) -> Result<(), Fault> {
    let mut hands = Hands::find(common).await?;
    let done = async {
        let view: TallyView = hands.ask(Request::Tally { id }).await?;
        let terms = CounterTerms {
            limit: changes.they_may_owe.map_or(view.my_terms.limit.unwrap_or(0), |units| units.milli()),
            notice_days: changes.notice.or(view.my_terms.notice_days),
            memo: changes.memo.or(view.memo),
        };
        let preview = Request::CounterPreview { tally: view.row.id, terms };
        super::tally::commit(&mut hands, common, preview, agree, say).await
    }
    .await;
    hands.rest().await;
    done
}

/// Takes an offer back.
pub(super) async fn withdraw(common: &Common, id: String, say: Say) -> Result<(), Fault> {
    let mut hands = Hands::find(common).await?;
    let done = async {
        let () = hands.ask(Request::Withdraw { tally: id.clone() }).await?;
        let arrived = outbox_empty(&mut hands, common).await?;
        let stay = hands.stay();
        say.view(&json!({ "withdrawn": id, "arrived": arrived }), || {
            format!("withdrawn; {}", journey(arrived, stay))
        });
        Ok(())
    }
    .await;
    hands.rest().await;
    done
}

/// What differs between the last version and this one.
pub(super) async fn differences(common: &Common, id: String, say: Say) -> Result<(), Fault> {
    let view: TallyView = once(common, Request::Tally { id }).await?;
    let found: Vec<Difference> = view.negotiation.map(|talk| talk.differences).unwrap_or_default();
    say.view(&found, || match found.as_slice() {
        [] => "nothing differs".to_owned(),
        found => found.iter().map(words::difference).collect::<Vec<_>>().join("\n"),
    });
    Ok(())
}

/// Asks for a comparison; with `--wait`, says what came of it.
pub(super) async fn compare(common: &Common, id: String, say: Say) -> Result<(), Fault> {
    let mut hands = Hands::find(common).await?;
    let done = async {
        let before: TallyView = hands.ask(Request::Tally { id }).await?;
        let tally = before.row.id.clone();
        let () = hands.ask(Request::Compare { tally: tally.clone() }).await?;
        let (view, compared) = compared(&mut hands, common, before).await?;
        let copies = words::copies(view.row.copies);
        say.view(
            &json!({
                "tally": tally,
                "compared": compared,
                "copies": view.row.copies,
                "dispute": view.dispute,
            }),
            || match compared {
                Some(true) => copies,
                Some(false) => "their wallet has not answered yet".to_owned(),
                None => "asked; `tally show` tells what comes of it".to_owned(),
            },
        );
        Ok(())
    }
    .await;
    hands.rest().await;
    done
}

/// Waits for an answer to a comparison, if the person wants to wait at all.
async fn compared(
    hands: &mut Hands,
    common: &Common,
    before: TallyView,
) -> Result<(TallyView, Option<bool>), Fault> {
    let Some(seconds) = common.wait else { return Ok((before, None)) };
    let deadline = Instant::now() + Duration::from_secs(seconds.into());
    loop {
        let view: TallyView = hands.ask(Request::Tally { id: before.row.id.clone() }).await?;
        if view.proof.compared_at > before.proof.compared_at {
            return Ok((view, Some(true)));
        }
        if Instant::now() >= deadline {
            return Ok((view, Some(false)));
        }
        sleep(LOOK).await;
    }
}

/// Writes the evidence into a file, or to standard output.
pub(super) async fn evidence(
    common: &Common,
    id: String,
    out: Option<PathBuf>,
    say: Say,
) -> Result<(), Fault> {
    written(once(common, Request::Evidence { tally: id }).await?, out, say)
}

/// Writes a file for whoever must judge, or says it.
pub(super) fn written(file: EvidenceFile, out: Option<PathBuf>, say: Say) -> Result<(), Fault> {
    let path = out.unwrap_or_else(|| PathBuf::from(&file.name));
    if path == Path::new("-") {
        let value: serde_json::Value = serde_json::from_str(&file.text).map_err(|_| Fault::OtherVersion)?;
        say.view(&value, || file.text);
        return Ok(());
    }
    std::fs::write(&path, &file.text).map_err(|source| Fault::File {
        path: path.clone(),
        doing: "written",
        source,
    })?;
    say.view(&json!({ "file": path.display().to_string(), "bytes": file.text.len() }), || {
        format!("written to {}", path.display())
    });
    Ok(())
}
