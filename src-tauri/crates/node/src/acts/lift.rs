//! What a person decides about lifts: taking part, pausing, who decides; and looking at what happened.

use std::sync::Arc;

use serde_json::{Value, json};
use tallystick_core::AgentId;
use tallystick_core::lift::{LiftHash, RefereeAddress};

use crate::lift::{self, delegation};
use crate::show;
use crate::view::{Failure, FailureCode, Happening, LiftChoices, LiftView, SignKind, SignPreview};
use crate::wallet::{Wallet, held};

/// Lifts shown at once.
const SHOWN: u32 = 200;

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
                    not_cleared: *held(&inner.lifts.last_round),
                })
            })
            .await
    }

    /// Lets no lift go through, or lets them again. What is promised already stays promised.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn lifts_pause(&self, wanted: bool) -> Result<LiftChoices, Failure> {
        self.inner.act(move |rows| Ok((lift::pause(rows, wanted)?, Vec::new()))).await?;
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
        let read = self.inner.book.read::<_, Failure>(|rows| {
            Ok(rows.lifts(SHOWN)?.iter().map(|row| show::lift(rows, row)).collect::<Result<_, _>>()?)
        });
        read.await
    }

    /// One lift.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn lift(&self, id: &str) -> Result<LiftView, Failure> {
        let hash: LiftHash = id.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let read = self.inner.book.read::<_, Failure>(move |rows| {
            let row = rows.lift(hash)?.ok_or(Failure::plain(FailureCode::NotFound))?;
            Ok(show::lift(rows, &row)?)
        });
        read.await
    }
}

/// Reads `agent@host:port`.
fn parse(text: &str) -> Option<RefereeAddress> {
    let (agent, place) = text.trim().split_once('@')?;
    let agent: AgentId = agent.parse().ok()?;
    let (host, port) = place.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let place = tallystick_noise::Address::new(host, port.parse().ok()?).ok()?;
    Some(RefereeAddress { key: agent.into(), host: place.host().to_owned(), port: place.port() })
}
