//! The page of lifts, what clearing did, and why it does nothing.

use tallystick_core::lift::{Aim, Line, Stance};
use tallystick_core::settings::Trading;
use tallystick_core::tally::{Phase, Tally};
use tallystick_core::{TallyId, Units};
use tallystick_store::{LiftTotal, Rows, StoreError};

use super::lift;
use super::partner;
use crate::lift::{Paused, least, line, widest};
use crate::view::{
    Failure, FailureCode, Idle, IdleReason, IdleWhy, LiftAim, LiftPage, LiftStats, LiftSum, LiftWeek,
    Looking, Millis, NotCleared, SettingsDraft, SettingsRule, Simulated, SimulatedMove,
};
use crate::wallet::{Inner, Wallet, held};

/// Lifts shown at once.
const SHOWN: u32 = 200;

/// Weeks that are shown one by one: half a year.
const WEEKS: i64 = 26;

const DAY: i64 = 24 * 3_600 * 1_000;

/// A partner whose wallet was not heard of for so long, and to whom no link is open, is away.
const AWAY: i64 = 10 * 60 * 1_000;

impl Wallet {
    /// What is being looked for, and the lifts this wallet has to do with.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn lift_page(&self) -> Result<LiftPage, Failure> {
        let now = self.inner.now();
        self.ask(move |inner, rows| {
            let lifts = rows.lifts(SHOWN)?;
            let lifts = lifts.iter().map(|row| lift(inner, rows, row, now)).collect::<Result<_, _>>()?;
            Ok(LiftPage { looking: looking(inner, rows, now)?, lifts })
        })
        .await
    }

    /// What was cleared and moved.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn lift_stats(&self) -> Result<LiftStats, Failure> {
        let now = self.inner.now();
        self.ask(move |_, rows| {
            let since = |from: i64| Ok::<_, StoreError>(sum(rows.lift_total(from, i64::MAX)?));
            let first = rows.lift_first_final()?.unwrap_or(now);
            let many = ((now - first).max(0) / (7 * DAY) + 1).min(WEEKS);
            let mut weeks = Vec::new();
            for back in (0..many).rev() {
                let before = now - back * 7 * DAY;
                let from = before - 7 * DAY;
                weeks.push(LiftWeek { from, sum: sum(rows.lift_total(from + 1, before + 1)?) });
            }
            Ok(LiftStats {
                week: since(now - 7 * DAY + 1)?,
                month: since(now - 30 * DAY + 1)?,
                ever: since(i64::MIN)?,
                weeks,
            })
        })
        .await
    }

    /// Why nothing is cleared: what stands in the way, as far as this wallet can tell.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn lift_idle(&self) -> Result<Idle, Failure> {
        let now = self.inner.now();
        self.ask(move |inner, rows| Ok(idle(inner, rows, now)?)).await
    }

    /// What settings would do on a tally, before they are signed: how much could come and go free of charge, what of
    /// a circle of `amount` milli-CHIPs would go over it, and how much the next circle could move.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`]; [`FailureCode::BadAmount`] for an amount that is none.
    pub async fn settings_simulate(
        &self,
        tally: &str,
        draft: SettingsDraft,
        amount: Option<i64>,
    ) -> Result<Simulated, Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let units = |milli| Units::new(milli).map_err(|_| Failure::plain(FailureCode::BadAmount));
        let (target, bound) = (units(draft.target)?, units(draft.bound)?);
        let trading = Trading { target, bound, reward: draft.reward_ppm, clutch: draft.clutch_ppm };
        let amount = amount.map(units).transpose()?.map(Units::milli);
        let now = self.inner.now();
        self.ask(move |_, rows| simulate(rows, id, trading, amount, now)).await
    }
}

fn looking(inner: &Inner, rows: &Rows<'_>, now: Millis) -> Result<Vec<Looking>, StoreError> {
    let rounds = held(&inner.lifts.rounds).clone();
    let mut looking: Vec<Looking> = rounds
        .into_iter()
        .filter(|(_, round)| now < round.until)
        .map(|(session, round)| Looking {
            session: session.to_string(),
            aim: LiftAim::Clear,
            units: Some(round.most),
            until: round.until,
        })
        .collect();
    for row in rows.invoices(false, SHOWN)? {
        let session = row.invoice.session();
        let Some(search) = rows.search_of(session, now)?.filter(|search| search.next().is_none()) else {
            continue;
        };
        looking.push(Looking {
            session: session.to_string(),
            aim: super::lift_aim(Aim::Pay),
            units: row.units.or(row.invoice.units()).map(Units::milli),
            until: search.exp.millis(),
        });
    }
    Ok(looking)
}

const fn sum(total: LiftTotal) -> LiftSum {
    LiftSum { circles: total.circles, cleared: total.cleared, payments: total.payments, moved: total.moved }
}

fn idle(inner: &Inner, rows: &Rows<'_>, now: Millis) -> Result<Idle, StoreError> {
    let paused = Paused::of(rows)?;
    let (last, looked_at) = (*held(&inner.lifts.last_round), *held(&inner.lifts.looked_at));
    let (mut whole, mut single, mut lines, mut tallies) = (Vec::new(), Vec::new(), Vec::new(), 0_u32);
    let mut reason = |why, tally: &Tally| -> Result<(), StoreError> {
        let partner = partner(inner, rows, tally)?;
        single.push(IdleReason { why, tally: Some(tally.id().to_string()), partner });
        Ok(())
    };
    for found in rows.tallies()? {
        let Some(row) = found.whole() else { continue };
        let tally = &row.tally;
        match tally.phase() {
            Phase::Open => {}
            Phase::Closing => {
                reason(IdleWhy::Closing, tally)?;
                continue;
            }
            _ => continue,
        }
        tallies += 1;
        let line = line(rows, tally, paused.holds(tally.id()), now)?;
        if paused.holds(tally.id()) {
            reason(IdleWhy::TallyPaused, tally)?;
        } else if !line.open {
            reason(IdleWhy::CopiesDiffer, tally)?;
        } else if line.my_key.is_none() {
            reason(IdleWhy::YouTakeNoPart, tally)?;
        } else if line.their_key.is_none() {
            reason(IdleWhy::TheyTakeNoPart, tally)?;
        } else {
            if is_away(inner, rows, tally, now)? {
                reason(IdleWhy::PartnerAway, tally)?;
            }
            let free = Stance { clings: false, ..line.stance };
            if line.stance.clings && line.give().free < free.give().free {
                reason(IdleWhy::YourSettings, tally)?;
            }
            lines.push(Line { only_debts: true, ..line });
        }
    }
    let plain = if crate::lift::is_paused(rows)? {
        Some(IdleWhy::Paused)
    } else if lines.len() < 2 {
        Some(IdleWhy::TooFewTallies)
    } else if widest(&lines).is_none_or(|most| most < least(rows).map_or(0, Units::milli)) {
        Some(IdleWhy::NoRoom)
    } else {
        // What the last look came to says something only while nothing plainer keeps from looking.
        match last {
            NotCleared::NoReferee => Some(IdleWhy::NoReferee),
            NotCleared::Resting => Some(IdleWhy::Resting),
            NotCleared::NoneFound => Some(IdleWhy::NoCircle),
            NotCleared::NotYet
            | NotCleared::Paused
            | NotCleared::TooFewTallies
            | NotCleared::NothingFits
            | NotCleared::Begun => None,
        }
    };
    whole.extend(plain.map(|why| IdleReason { why, tally: None, partner: None }));
    if crate::lift::is_paused(rows)? {
        single.retain(|reason| reason.why != IdleWhy::TallyPaused);
    }
    whole.extend(single);
    Ok(Idle {
        last,
        looked_at,
        open_since: inner.lifts.open_since,
        tallies,
        taking_part: u32::try_from(lines.len()).unwrap_or(u32::MAX),
        reasons: whole,
    })
}

fn is_away(inner: &Inner, rows: &Rows<'_>, tally: &Tally, now: Millis) -> Result<bool, StoreError> {
    let Some(agent) = tally.partner() else { return Ok(false) };
    let heard = rows.peer(agent)?.heard_at;
    Ok(!inner.roster.reaches(agent) && heard.is_none_or(|heard| now - heard > AWAY))
}

fn simulate(
    rows: &Rows<'_>,
    id: TallyId,
    trading: Trading,
    amount: Option<i64>,
    now: Millis,
) -> Result<Simulated, Failure> {
    let row = rows.tally(id)?.ok_or(Failure::plain(FailureCode::NotFound))?;
    let broken = trading.check().err().map(SettingsRule::from);
    // What settings would do, were nothing paused: that is taken back without signing anything.
    let mut line = line(rows, &row.tally, false, now)?;
    if broken.is_none() {
        line.stance.mine = trading.into();
        line.stance.clings = trading.clutch > 0;
    }
    let (gain, give) = (line.gain().free.milli(), line.give().free.milli());
    let mut next_circle = 0;
    if line.takes_part() {
        // A circle of our own moves debts only, whatever more could come and go.
        line.only_debts = true;
        for other in others(rows, id, now)? {
            next_circle = next_circle.max(widest(&[line.clone(), other]).unwrap_or(0));
        }
    }
    Ok(Simulated {
        broken,
        may_come: gain,
        may_go: give,
        asked: amount.map(|amount| SimulatedMove {
            amount,
            coming: amount.min(gain),
            going: amount.min(give),
        }),
        next_circle,
        owed: (-row.tally.balance().milli()).max(0),
    })
}

fn others(rows: &Rows<'_>, id: TallyId, now: Millis) -> Result<Vec<Line>, StoreError> {
    let mut lines = Vec::new();
    for other in rows.open_tallies(None)?.into_iter().filter(|other| *other != id) {
        if let Some(row) = rows.tally(other)? {
            lines.push(line(rows, &row.tally, false, now)?);
        }
    }
    lines.retain(Line::takes_part);
    lines.iter_mut().for_each(|line| line.only_debts = true);
    Ok(lines)
}
