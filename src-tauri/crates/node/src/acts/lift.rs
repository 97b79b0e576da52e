//! What a person decides about lifts: taking part, pausing, who decides; and looking at what happened.

use std::sync::Arc;

use serde_json::{Value, json};
use tallystick_core::lift::{LiftHash, RefereeAddress};
use tallystick_core::{AgentId, Chad, TallyId};

use crate::lift::{self, delegation};
use crate::show;
use crate::view::{
    Audit, EvidenceFile, Failure, FailureCode, Happening, LiftChoices, LiftView, SignKind, SignPreview,
};
use crate::wallet::{Wallet, held};

/// Referees that a person trusts: more are no better.
const MOST_TRUSTED: usize = 16;

impl Wallet {
    /// What taking part in lifts over a tally would sign, or taking that back: that a key of this wallet may sign there
    /// by itself, within the settings.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] on a tally not in force.
    pub async fn lifts_preview(&self, tally: &str, wanted: bool) -> Result<SignPreview, Failure> {
        let said = if wanted {
            let inner = Arc::clone(&self.inner);
            let own = lift::own(&inner);
            let read = self
                .inner
                .book
                .read::<_, Failure>(move |rows| Ok(delegation(rows, &inner.lifts, own)?.to_value()));
            read.await?
        } else {
            Value::Null
        };
        let kind = if wanted { SignKind::TakePart } else { SignKind::TakeNoPart };
        self.set(tally, kind, move |_, _| Ok(json!({ "l1": said }))).await
    }

    /// How this wallet stands to lifts.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn lift_choices(&self) -> Result<LiftChoices, Failure> {
        let inner = Arc::clone(&self.inner);
        self.inner
            .book
            .read::<_, Failure>(move |rows| {
                let own = lift::own(&inner);
                let accepted = lift::accepted(rows, Some(own))?;
                Ok(LiftChoices {
                    paused: lift::is_paused(rows)?,
                    serves: lift::is_referee(rows)?,
                    trusted: accepted.iter().map(show::referee).collect(),
                    named: lift::referees(rows)?.iter().map(show::referee).collect(),
                    paused_tallies: rows.lifts_paused()?.iter().map(ToString::to_string).collect(),
                    least: lift::least(rows)?.milli(),
                    joins: lift::joins(rows)?,
                    not_cleared: *held(&inner.lifts.last_round),
                })
            })
            .await
    }

    /// Lets no lift go over a tally, or over any, or lets them again. What is promised already stays promised.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`] if there is no such tally.
    pub async fn clearing_pause(&self, tally: Option<String>, wanted: bool) -> Result<LiftChoices, Failure> {
        let now = self.inner.now();
        let act = self.inner.act(move |rows| {
            let Some(tally) = tally else {
                lift::pause(rows, wanted)?;
                return Ok(((), Vec::new()));
            };
            let missing = || Failure::plain(FailureCode::NotFound);
            let id: TallyId = tally.parse().map_err(|_| missing())?;
            rows.tally(id)?.ok_or_else(missing)?;
            rows.pause_lifts(id, wanted, now)?;
            Ok(((), vec![Happening::TallyChanged { tally }]))
        });
        act.await?;
        self.lift_choices().await
    }

    /// Has tallies that come into force take part by themselves, or not.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn clearing_join(&self, wanted: bool) -> Result<LiftChoices, Failure> {
        self.inner.act(move |rows| Ok((lift::join(rows, wanted)?, Vec::new()))).await?;
        self.lift_choices().await
    }

    /// Leaves circles of less than so many milli-CHIPs alone.
    ///
    /// # Errors
    /// [`FailureCode::BadAmount`] unless it is above zero.
    pub async fn clearing_least(&self, units: i64) -> Result<LiftChoices, Failure> {
        let least = super::amount(units)?;
        self.inner.act(move |rows| Ok((lift::set_least(rows, least)?, Vec::new()))).await?;
        self.lift_choices().await
    }

    /// Decides lifts for whoever asks, or for nobody any more. Partners learn of it when we take part anew.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn referee_serve(&self, wanted: bool) -> Result<LiftChoices, Failure> {
        self.inner.act(move |rows| Ok((lift::serve(rows, wanted)?, Vec::new()))).await?;
        self.lift_choices().await
    }

    /// Trusts a referee, `agent@host:port`, or does not any more.
    ///
    /// # Errors
    /// [`FailureCode::BadAddress`] if it is none, [`FailureCode::TooLong`] if there are too many.
    pub async fn referee_trust(&self, address: &str, wanted: bool) -> Result<LiftChoices, Failure> {
        let referee = parse(address).ok_or(Failure::plain(FailureCode::BadAddress))?;
        self.inner
            .act(move |rows| {
                let mut trusted = lift::referees(rows)?;
                trusted.retain(|known| known.key != referee.key);
                if wanted {
                    trusted.push(referee);
                }
                if trusted.len() > MOST_TRUSTED {
                    return Err(Failure::plain(FailureCode::TooLong));
                }
                lift::trust_also(rows, &trusted)?;
                Ok(((), Vec::<Happening>::new()))
            })
            .await?;
        self.lift_choices().await
    }

    /// The lifts this wallet has to do with, the one that changed last first.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn lifts(&self) -> Result<Vec<LiftView>, Failure> {
        Ok(self.lift_page().await?.lifts)
    }

    /// One lift.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn lift(&self, id: &str) -> Result<LiftView, Failure> {
        let (hash, now) = (hash(id)?, self.inner.now());
        self.ask(move |inner, rows| {
            let row = rows.lift(hash)?.ok_or(Failure::plain(FailureCode::NotFound))?;
            Ok(show::lift(inner, rows, &row, now)?)
        })
        .await
    }

    /// Checks a lift again: its papers, its entries, and whether it is within what was signed then.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn lift_audit(&self, id: &str) -> Result<Audit, Failure> {
        let (hash, now) = (hash(id)?, self.inner.now());
        self.ask(move |_, rows| {
            let row = rows.lift(hash)?.ok_or(Failure::plain(FailureCode::NotFound))?;
            Ok(show::audit(rows, &row, now)?)
        })
        .await
    }

    /// All that the check of a lift rests on, for somebody else to check: signed settings, entries, certificate.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn lift_evidence(&self, id: &str) -> Result<EvidenceFile, Failure> {
        let (hash, now) = (hash(id)?, self.inner.now());
        self.ask(move |_, rows| {
            let row = rows.lift(hash)?.ok_or(Failure::plain(FailureCode::NotFound))?;
            let text = match rows.lift_finding(hash)? {
                // What was found first, as it stood then.
                Some((kept, _)) => kept,
                None => show::evidence(rows, &row, now)?.to_string(),
            };
            let name = hash.to_string();
            Ok(EvidenceFile { name: format!("lift-{}.evidence.json", name.get(..8).unwrap_or(&name)), text })
        })
        .await
    }
}

fn hash(id: &str) -> Result<LiftHash, Failure> {
    id.parse().map_err(|_| Failure::plain(FailureCode::NotFound))
}

/// Reads `agent@host:port`, or an address as people copy it: `chip://name:agent@host:port`.
fn parse(text: &str) -> Option<RefereeAddress> {
    let text = text.trim();
    if let Ok(chad) = Chad::parse_uri(text) {
        return Some(RefereeAddress {
            key: chad.agent().into(),
            host: chad.host().to_owned(),
            port: chad.port(),
        });
    }
    let (agent, place) = text.split_once('@')?;
    let agent: AgentId = agent.parse().ok()?;
    let (host, port) = place.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let place = tallystick_noise::Address::new(host, port.parse().ok()?).ok()?;
    Some(RefereeAddress { key: agent.into(), host: place.host().to_owned(), port: place.port() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_referee_is_named_by_either_form_of_its_address() {
        let agent = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
        let plain = parse(&format!("{agent}@203.0.113.7:65430")).expect("an address");
        assert_eq!((plain.host.as_str(), plain.port), ("203.0.113.7", 65_430));

        assert_eq!(parse(&format!(" chip://ana:{agent}@203.0.113.7:65430 ")), Some(plain.clone()));
        for bad in [
            format!("chip://{agent}@203.0.113.7:65430"),
            format!("ana:{agent}@203.0.113.7:65430"),
            format!("chip://ana:{agent}"),
            "chip://ana:nobody@203.0.113.7:65430".to_owned(),
        ] {
            assert_eq!(parse(&bad), None, "{bad}");
        }
    }
}
