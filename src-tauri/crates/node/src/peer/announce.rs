//! Telling partners where we can be called: a numbered list, signed by our agent key, whenever it has changed.
//!
//! Partners are told once each, and again whenever a link opens until they say that they know the newest list. A
//! partner whose program does not know of such lists is told once a link and takes no harm.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tallystick_core::message::{Body, Envelope};
use tallystick_core::{AgentId, Chad, SignedPlaces};
use tallystick_store::{How, NewLetter, Rows, Source, StoreError};

use super::own_addresses;
use crate::receive::Taken;
use crate::view::{Failure, Happening};
use crate::wallet::{Inner, held};

/// How often it is looked whether this computer has other addresses: a laptop that was carried elsewhere.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The newest list of ours.
#[derive(Debug)]
pub(crate) struct Told {
    from: Chad,
    list: SignedPlaces,
}

/// The newest list as it is remembered between two runs.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    number: u64,
    places: Vec<(String, u16)>,
}

/// Tells partners whenever our places have changed, for as long as the wallet is open.
pub(crate) async fn keep_told(inner: Arc<Inner>) {
    loop {
        held(&inner.reach).own = own_addresses();
        if let Err(failure) = tell(&inner).await {
            tracing::error!(%failure, "partners cannot be told of our places");
        }
        tokio::select! {
            () = inner.stop.cancelled() => return,
            () = inner.moved.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn tell(inner: &Arc<Inner>) -> Result<(), Failure> {
    let own =
        inner.own_places().iter().map(|place| (place.host().to_owned(), place.port())).collect::<Vec<_>>();
    let now = inner.now();
    let kept = inner.book.read::<_, Failure>(|rows| Ok(kept(rows)?)).await?;
    let chad = inner.me.chad();
    let kept = match next(kept, own, (chad.host().to_owned(), chad.port()), now) {
        Next::Nothing => return Ok(()),
        Next::AsBefore(kept) => {
            held(&inner.told).get_or_insert_with(|| Arc::new(signed(inner, &kept)));
            return Ok(());
        }
        Next::Changed(kept) => kept,
    };
    let told = Arc::new(signed(inner, &kept));
    *held(&inner.told) = Some(Arc::clone(&told));
    let text = serde_json::to_string(&kept).map_err(Failure::internal)?;
    inner
        .act(move |rows| {
            rows.set_choice(CHOICE, &text)?;
            for partner in rows.partners()? {
                told.queue(rows, partner, now)?;
            }
            Ok(((), vec![Happening::ConnectionChanged]))
        })
        .await
}

/// What is to be told next.
#[derive(Debug)]
enum Next {
    /// Partners know us from our certificate, and that still holds; or we cannot be called, which is nobody's concern.
    Nothing,
    /// What was told before.
    AsBefore(Kept),
    /// Something new.
    Changed(Kept),
}

fn next(kept: Option<Kept>, own: Vec<(String, u16)>, of_certificate: (String, u16), now: i64) -> Next {
    match kept {
        Some(kept) if own.is_empty() || kept.places == own => Next::AsBefore(kept),
        None if own.is_empty() || own == [of_certificate] => Next::Nothing,
        kept => {
            // The clock, so that a ledger restored from an old copy does not use a number twice.
            let after = kept.map_or(0, |kept| kept.number);
            let number = u64::try_from(now).unwrap_or(0).max(after.saturating_add(1));
            Next::Changed(Kept { number, places: own })
        }
    }
}

fn kept(rows: &Rows<'_>) -> Result<Option<Kept>, StoreError> {
    Ok(rows.choice(CHOICE)?.and_then(|text| serde_json::from_str(&text).ok()))
}

fn signed(inner: &Inner, kept: &Kept) -> Told {
    let agent = inner.keys.agent();
    let list = SignedPlaces::sign(agent.agent_id(), kept.number, &kept.places, |bytes| agent.sign(bytes));
    Told { from: inner.me.chad().clone(), list }
}

impl Told {
    /// Tells a partner whose link has just opened, unless it says that it knows.
    pub(super) fn remind(&self, rows: &Rows<'_>, agent: AgentId, now: i64) -> Result<(), StoreError> {
        if rows.peer(agent)?.noted < self.number() { self.queue(rows, agent, now) } else { Ok(()) }
    }

    fn queue(&self, rows: &Rows<'_>, agent: AgentId, now: i64) -> Result<(), StoreError> {
        let Some(to) = rows.chad_of(agent)? else {
            return Ok(());
        };
        let message = Envelope::new(to, self.from.clone(), Body::Places(self.list.clone()));
        rows.queue(&letter(agent, &format!("{PLACES}{agent}"), &message), now)
    }

    /// Which list of ours it is.
    pub(crate) fn number(&self) -> i64 {
        i64::try_from(self.list.number()).unwrap_or(i64::MAX)
    }
}

fn letter(partner: AgentId, key: &str, message: &Envelope) -> NewLetter {
    let (key, message) = (key.to_owned(), message.to_value().to_string());
    NewLetter { partner, key, tally: None, how: How::Once, message }
}

/// Whether a letter is about places: no person waits for it.
pub(crate) fn is_about_places(key: &str) -> bool {
    key.starts_with(PLACES) || key.starts_with(NOTED)
}

/// Takes a list of places that came over a link proven to be `agent`'s, and answers with what is known now.
pub(crate) fn take_places(
    rows: &Rows<'_>,
    (agent, them, us): (AgentId, &Chad, &Chad),
    list: &SignedPlaces,
    now: i64,
) -> Result<Taken, StoreError> {
    if list.agent() != agent || list.verify().is_err() {
        return Ok(Taken::Dropped { why: "a list of places that is not theirs", strike: true });
    }
    let (number, known) = (i64::try_from(list.number()).unwrap_or(i64::MAX), rows.peer(agent)?.told);
    if number < known {
        return Ok(Taken::Dropped { why: "a list of places that has been replaced", strike: false });
    }
    if number > known {
        rows.learn(agent, list.places(), Source::Told, now)?;
        rows.told(agent, number)?;
    }
    let answer = Envelope::new(them.clone(), us.clone(), Body::Noted { number: list.number() });
    rows.queue(&letter(agent, &format!("{NOTED}{agent}"), &answer), now)?;
    Ok(Taken::Kept(if number > known { vec![Happening::ConnectionChanged] } else { Vec::new() }))
}

/// Takes the answer to a list of ours.
pub(crate) fn take_noted(rows: &Rows<'_>, agent: AgentId, number: u64) -> Result<Taken, StoreError> {
    // Who claims to know what we never told would never be told again.
    let newest = kept(rows)?.map_or(0, |kept| kept.number);
    rows.noted(agent, i64::try_from(number.min(newest)).unwrap_or(i64::MAX))?;
    Ok(Taken::Kept(Vec::new()))
}

/// The outbox key of a list of ours on its way.
const PLACES: &str = "places:";

/// The outbox key of the answer to a list.
const NOTED: &str = "noted:";

/// The name under which the newest list is remembered.
const CHOICE: &str = "places told";

#[cfg(test)]
mod tests {
    use tallystick_noise::AgentSecret;
    use tallystick_store::Ledger;
    use zeroize::Zeroizing;

    use super::*;

    fn at(host: &str) -> (String, u16) {
        (host.to_owned(), 7)
    }

    fn number(next: Next) -> Option<u64> {
        match next {
            Next::Changed(kept) => Some(kept.number),
            Next::AsBefore(_) | Next::Nothing => None,
        }
    }

    #[test]
    fn nothing_is_told_that_the_certificate_says_and_whatever_differs_is() {
        assert_eq!(number(next(None, vec![at("a")], at("a"), 50)), None);
        assert_eq!(number(next(None, vec![], at("a"), 50)), None);
        assert_eq!(number(next(None, vec![at("a"), at("b")], at("a"), 50)), Some(50));
        let kept = || Some(Kept { number: 50, places: vec![at("b")] });
        assert_eq!(number(next(kept(), vec![at("b")], at("a"), 60)), None);
        assert_eq!(number(next(kept(), vec![], at("a"), 60)), None);
        assert_eq!(number(next(kept(), vec![at("a")], at("a"), 60)), Some(60));
    }

    /// What Ana's wallet makes of these lists, which come over a link proven to be Ben's: whether each was kept or
    /// struck for, and where Ben is found after all of them.
    fn taken(lists: Vec<SignedPlaces>) -> (Vec<&'static str>, Vec<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(&folder.path().join("ledger.db"), Zeroizing::new([7; 32])).expect("opens");
        let (send, receive) = std::sync::mpsc::channel();
        let act = move |rows: &Rows<'_>| {
            let ben = secret(2).agent_id();
            let [them, us] = [ben, secret(1).agent_id()]
                .map(|agent| Chad::new("somebody", agent, "localhost", 1).expect("an address"));
            let mut became = Vec::new();
            for list in &lists {
                became.push(match take_places(rows, (ben, &them, &us), list, 5)? {
                    Taken::Kept(_) | Taken::Answered(_) => "kept",
                    Taken::Dropped { strike: true, .. } => "struck",
                    Taken::Dropped { strike: false, .. } => "dropped",
                });
            }
            let places = rows.whereabouts(ben)?.into_iter().map(|place| place.host).collect();
            Ok::<_, StoreError>((became, places))
        };
        ledger.write(act, move |result| send.send(result).expect("the test listens"));
        receive.recv().expect("an answer").expect("a ledger").expect("kept")
    }

    fn secret(seed: u8) -> AgentSecret {
        AgentSecret::from_seed(Zeroizing::new([seed; 32]))
    }

    /// A list that says it is `of` one, signed `by` another.
    fn list(of: u8, by: u8, number: u64, host: &str) -> SignedPlaces {
        SignedPlaces::sign(secret(of).agent_id(), number, &[at(host)], |bytes| secret(by).sign(bytes))
    }

    #[test]
    fn the_newest_list_counts_and_an_older_one_sent_again_changes_nothing() {
        let lists =
            vec![list(2, 2, 7, "old"), list(2, 2, 9, "new"), list(2, 2, 7, "old"), list(2, 2, 9, "new")];

        assert_eq!(taken(lists), (vec!["kept", "kept", "dropped", "kept"], vec!["new".to_owned()]));
    }

    #[test]
    fn a_forged_list_and_somebody_elses_are_struck_for() {
        let lists =
            vec![list(2, 3, 9, "forged"), list(3, 3, 9, "carols"), list(3, 2, 9, "named after carol")];

        assert_eq!(taken(lists), (vec!["struck"; 3], Vec::new()));
    }

    #[test]
    fn the_same_number_with_other_places_does_not_replace_the_first() {
        let lists = vec![list(2, 2, 9, "first"), list(2, 2, 9, "second")];

        assert_eq!(taken(lists).1, ["first"]);
    }

    #[test]
    fn numbers_grow_even_when_the_clock_runs_backwards() {
        let kept = Kept { number: 50, places: vec![at("b")] };

        assert_eq!(number(next(Some(kept), vec![at("c")], at("a"), 10)), Some(51));
    }
}
