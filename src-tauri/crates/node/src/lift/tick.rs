//! What time brings: referees asked, ways shown, circles looked for.

use std::sync::Arc;
use std::time::Duration;

use tallystick_core::lift::{Input, LiftHash, RefereeAddress};
use tallystick_store::{Rows, StoreError};

use super::perform::go_on;
use super::round::try_round;
use super::search::{SESSION, show_way};
use super::{Host, Undone};
use crate::show;
use crate::view::{AuditVerdict, Failure, Happening, NotCleared};
use crate::wallet::{Inner, held};

/// The longest sleep: clocks jump, laptops wake.
const LONGEST_SLEEP: i64 = 5_000;

/// Between two looks at what can be forgotten, in ms.
const TIDY_EVERY: i64 = 60_000;

/// Sees to it that lifts go on, for as long as the wallet is open.
pub(crate) async fn keep_lifts(inner: Arc<Inner>) {
    let mut tidied = inner.now();
    let every = i64::from(inner.config.clearing_every);
    let mut round_at = inner.now().saturating_add(jitter(every));
    while !inner.stop.is_cancelled() {
        let now = inner.now();
        let asked = inner.book.read::<_, StoreError>(|rows| rows.next_lift()).await;
        let next = asked.unwrap_or_else(|error| {
            tracing::error!(%error, "lifts cannot be read");
            None
        });
        let (due, tidy, round) =
            (next.is_some_and(|at| at <= now), now - tidied >= TIDY_EVERY, round_at <= now);
        if due || tidy || round {
            if let Err(failure) = turn(&inner, due, tidy, round).await {
                tracing::error!(%failure, "lifts could not be taken on");
            }
            if tidy {
                tidied = now;
            }
            if round {
                round_at = now.saturating_add(jitter(every));
            }
        }
        let until = next.filter(|at| *at > now).unwrap_or(i64::MAX).min(round_at);
        let pause = until.saturating_sub(inner.now()).clamp(10, LONGEST_SLEEP);
        tokio::select! {
            () = inner.stop.cancelled() => return,
            () = inner.lifts.bell.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(pause.unsigned_abs())) => {}
        }
    }
}

/// Between half and one and a half times as long.
fn jitter(pause: i64) -> i64 {
    pause / 2 + i64::from(Inner::dice()) % pause.max(1)
}

async fn turn(inner: &Arc<Inner>, due: bool, tidy: bool, round: bool) -> Result<(), Failure> {
    let (now, host, own) = (inner.now(), Arc::clone(inner), own(inner));
    let every = i64::from(inner.config.clearing_every);
    inner
        .act(move |rows| {
            let mut happenings = Vec::new();
            if tidy {
                rows.tidy_lifts(now)?;
            }
            if due {
                happenings.extend(wake(rows, &host.lifts, now)?);
            }
            if round {
                match rows.apart(|rows| try_round(rows, &host.lifts, own, (every, now)))? {
                    Ok((why, more)) => {
                        // Until it is known to be otherwise: what is found says so itself. Resting after a look in vain is no
                        // news: that nothing was found is what keeps from looking again.
                        let mut last = held(&host.lifts.last_round);
                        if (why, *last) != (NotCleared::Resting, NotCleared::NoneFound) {
                            *last = why;
                        }
                        drop(last);
                        *held(&host.lifts.looked_at) = Some(now);
                        happenings.extend(more);
                    }
                    Err(error) => tracing::error!(%error, "no circle could be looked for"),
                }
            }
            Ok(((), happenings))
        })
        .await
}

fn wake(rows: &Rows<'_>, host: &Host, now: i64) -> Result<Vec<Happening>, StoreError> {
    let mut happenings = Vec::new();
    for lift in rows.lifts_due(now)? {
        match rows.apart(|rows| go_on(rows, host, lift, Input::Wake, now))? {
            Ok(more) => happenings.extend(more),
            Err(Undone::Ledger(error)) => return Err(error),
            Err(error) => tracing::error!(%error, "a lift could not be woken"),
        }
    }
    for lift in rows.lifts_unchecked()? {
        happenings.extend(check(rows, lift, now)?);
    }
    for mut row in rows.invoices_asking(now)? {
        let on = row.shown_until.is_some_and(|until| now < until) && now < row.invoice.exp().millis();
        row.ask_at = on.then(|| now.saturating_add(SESSION + 1_000));
        rows.put_invoice(&row)?;
        if on {
            match rows.apart(|rows| show_way(rows, host, &row, now))? {
                Ok(more) => happenings.extend(more),
                Err(Undone::Ledger(error)) => return Err(error),
                Err(error) => tracing::error!(%error, "no way to an invoice could be shown"),
            }
        }
    }
    Ok(happenings)
}

/// Our own check of a lift that has come to count, with its evidence kept if it is not within what was signed.
fn check(rows: &Rows<'_>, lift: LiftHash, now: i64) -> Result<Option<Happening>, StoreError> {
    let Some(row) = rows.lift(lift)? else { return Ok(None) };
    rows.lift_checked(lift, now)?;
    if show::audit(rows, &row, now)?.verdict == AuditVerdict::Within {
        return Ok(None);
    }
    tracing::error!(%lift, "a lift is outside of what was signed");
    rows.put_lift_finding(lift, &show::evidence(rows, &row, now)?.to_string(), now)?;
    Ok(Some(Happening::LiftAuditFailed { lift: lift.to_string() }))
}

/// Where we could be asked as a referee.
pub(crate) fn own(inner: &Inner) -> RefereeAddress {
    let chad = inner.own_chad();
    RefereeAddress { key: chad.agent().into(), host: chad.host().to_owned(), port: chad.port() }
}
