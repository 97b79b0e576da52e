//! What the ledger knows that a step of a lift depends on.

use std::collections::BTreeSet;

use tallystick_core::lift::{
    Delegation, Due, LiftKey, Line, MAX_REFEREES, Part, RefereeAddress, SMALL, Search, Stage, Stance, Trust,
    holds,
};
use tallystick_core::tally::{Phase, Tally};
use tallystick_core::{AgentId, Date, TallyId, Units};
use tallystick_store::{Rows, StoreError};
use uuid::Uuid;

use super::choices::Paused;
use super::{Host, referees, serves_partners};

/// What a step may know, read at one instant.
pub(super) struct Read {
    pub(super) lines: Vec<Line>,
    pub(super) trust: Trust,
    pub(super) search: Option<Search>,
    pub(super) due: Option<Due>,
}

impl Read {
    /// The same for a circle of our own: it moves what is owed, and no more.
    pub(super) fn only_debts(mut self, wanted: bool) -> Self {
        self.lines.iter_mut().for_each(|line| line.only_debts = wanted);
        self
    }

    /// What concerns a session, over these tallies and the one on which it would go on.
    pub(super) fn of(
        rows: &Rows<'_>,
        host: &Host,
        session: Uuid,
        tallies: &[TallyId],
        now: i64,
    ) -> Result<Self, StoreError> {
        let search = rows.search_of(session, now)?;
        let next = search.as_ref().and_then(Search::next).map(|next| next.tally);
        let mut ids: Vec<TallyId> = tallies.iter().copied().chain(next).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Self {
            lines: lines(rows, host, &ids, now)?,
            trust: trust(rows)?,
            search,
            due: due(rows, session)?,
        })
    }

    pub(super) fn known<'a>(&'a self, host: &'a Host) -> tallystick_core::lift::Known<'a> {
        tallystick_core::lift::Known {
            lines: &self.lines,
            signer: &host.keys,
            trust: &self.trust,
            next: self.search.as_ref().and_then(Search::next),
            due: self.due,
        }
    }
}

/// These tallies, as far as lifts depend on them.
pub(super) fn lines(
    rows: &Rows<'_>,
    host: &Host,
    ids: &[TallyId],
    now: i64,
) -> Result<Vec<Line>, StoreError> {
    let paused = Paused::of(rows)?;
    let mut lines = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = rows.tally(*id)? {
            lines.push(host.bent(line(rows, &row.tally, paused.holds(*id), now)?));
        }
    }
    Ok(lines)
}

pub(crate) fn line(rows: &Rows<'_>, tally: &Tally, paused: bool, now: i64) -> Result<Line, StoreError> {
    let half = tally.mine();
    let (mine, theirs) = (tally.settings(half), tally.settings(half.other()));
    let rooms = (mine.trading().into(), theirs.trading().into());
    let records = rows.lifts_kept(tally.id(), now)?;
    let (hin, hout, kept) = holds(records.iter(), tally.id(), rooms, Date::from_millis(now));
    Ok(Line {
        tally: tally.id(),
        half,
        open: tally.phase() == Phase::Open && tally.dispute().is_none() && !tally.is_mending() && !paused,
        stance: Stance {
            net: tally.balance(),
            hin,
            hout,
            mine: rooms.0,
            theirs: rooms.1,
            clings: mine.trading().clutch > 0,
        },
        only_debts: false,
        kept,
        my_key: mine.delegation().map(|delegation| delegation.key),
        their_key: theirs.delegation().map(|delegation| delegation.key),
    })
}

/// The tally over which lifts run with a partner: of several the first that takes part, in an order both sides know.
pub(super) fn tally_with(
    rows: &Rows<'_>,
    host: &Host,
    partner: AgentId,
    now: i64,
) -> Result<Option<Line>, StoreError> {
    let lines = lines(rows, host, &rows.open_tallies(Some(partner))?, now)?;
    Ok(lines.into_iter().find(Line::takes_part))
}

/// A tally over which lifts run, and who is at its other end.
#[derive(Clone, Debug)]
pub(super) struct Neighbour {
    pub(super) line: Line,
    pub(super) partner: AgentId,
    /// What the partner says of its reach.
    pub(super) reach: Option<u32>,
}

/// One for each partner.
pub(super) fn all_lines(rows: &Rows<'_>, host: &Host, now: i64) -> Result<Vec<Neighbour>, StoreError> {
    let paused = Paused::of(rows)?;
    let (mut partners, mut lines) = (BTreeSet::new(), Vec::new());
    for id in rows.open_tallies(None)? {
        let Some(row) = rows.tally(id)? else { continue };
        let Some(partner) = row.tally.partner().filter(|partner| !partners.contains(partner)) else {
            continue;
        };
        let line = host.bent(line(rows, &row.tally, paused.holds(id), now)?);
        if line.takes_part() {
            partners.insert(partner);
            let said = row.tally.settings(row.tally.mine().other()).delegation();
            lines.push(Neighbour { line, partner, reach: said.and_then(|delegation| delegation.reach) });
        }
    }
    Ok(lines)
}

/// Whose decisions are accepted here.
///
/// A referee that says void here and commit there can move a balance past its bound, as often as it is believed. So what
/// those whom the person does not name decided against is added up, and beyond [`RISKED`] only the named ones count.
pub(super) fn trust(rows: &Rows<'_>) -> Result<Trust, StoreError> {
    let mut named: Vec<LiftKey> = referees(rows)?.into_iter().map(|referee| referee.key).collect();
    named.extend(rows.me()?.map(|me| LiftKey::from(me.certificate.chad().agent())));
    if rows.lifts_at_stake(&named)? >= RISKED {
        return Ok(Trust { trusted: named.into_iter().collect(), small: Units::ZERO });
    }
    let trusted = accepted(rows, None)?.into_iter().map(|referee| referee.key).collect();
    Ok(Trust { trusted, small: Units::new(SMALL).unwrap_or(Units::ZERO) })
}

/// So much may be at stake with referees whom the person does not name: ten circles of the smallest kind, in milli-CHIPs.
const RISKED: i64 = 100_000;

/// The referees that are accepted here, the best first: the person's list, ourselves at `own` if we serve, and
/// partners who say in their signed settings that they serve.
pub(crate) fn accepted(
    rows: &Rows<'_>,
    own: Option<RefereeAddress>,
) -> Result<Vec<RefereeAddress>, StoreError> {
    let mut found = referees(rows)?;
    if serves_partners(rows)? {
        let own = match own {
            Some(own) => Some(own),
            None => rows.me()?.map(|me| {
                let chad = me.certificate.chad();
                let (host, port) = (chad.host().to_owned(), chad.port());
                RefereeAddress { key: chad.agent().into(), host, port }
            }),
        };
        found.extend(own);
    }
    for id in rows.open_tallies(None)? {
        let Some(row) = rows.tally(id)? else { continue };
        let Some(partner) = row.tally.partner() else { continue };
        let said = row.tally.settings(row.tally.mine().other()).delegation();
        let said = said.into_iter().flat_map(|delegation| delegation.referees);
        found.extend(said.filter(|referee| referee.key.agent() == partner));
    }
    Ok(found)
}

/// What a person signs who takes part in lifts.
pub(crate) fn delegation(
    rows: &Rows<'_>,
    host: &Host,
    own: RefereeAddress,
) -> Result<Delegation, StoreError> {
    let mut referees = if serves_partners(rows)? { vec![own] } else { Vec::new() };
    referees.extend(super::referees(rows)?);
    referees.truncate(MAX_REFEREES);
    // Whoever has many tallies is asked first for a payment: else no way through a large network is found in few messages.
    let reach = rows.open_tallies(None)?.len().checked_ilog2();
    Ok(Delegation { key: host.delegate(), referees, reach })
}

/// The invoice of a session, unless it was claimed before: whoever claimed once never claims again for the same one,
/// since only the referee's word says that nothing came of it.
pub(super) fn due(rows: &Rows<'_>, session: Uuid) -> Result<Option<Due>, StoreError> {
    let Some(row) = rows.invoice(session)?.filter(|row| row.mine) else { return Ok(None) };
    let taken = rows
        .lifts_of_session(session)?
        .iter()
        .any(|lift| lift.record.part == Part::Payee && lift.record.stage() != Stage::Waived);
    let invoice = &row.invoice;
    Ok((!taken).then(|| Due { units: invoice.units(), payh: invoice.payh(), exp: invoice.exp() }))
}
