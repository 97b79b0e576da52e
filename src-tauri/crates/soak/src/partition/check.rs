//! What must be true once nobody has anything left to say.

use std::collections::{BTreeMap, BTreeSet};

use super::people::Promise;
use super::words::{Copy, Whole};

/// What was compared.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) tallies: u64,
    pub(super) entries: u64,
    pub(super) requests: u64,
    /// What is wrong, in words.
    pub(super) wrong: Vec<String>,
}

/// Compares everything every node knows, with the others and with what its person was told.
pub(super) fn compare(wholes: &[Whole], promises: &[Promise], met: &[(usize, usize)]) -> Seen {
    let mut seen = Seen::default();
    let mut copies: BTreeMap<&str, Vec<(usize, &Copy)>> = BTreeMap::new();
    for (node, whole) in wholes.iter().enumerate() {
        seen.wrong.extend(whole.wrong.iter().map(|wrong| format!("node {node} does not verify: {wrong}")));
        if whole.glance.waiting != 0 {
            seen.wrong.push(format!("node {node} keeps {} letters", whole.glance.waiting));
        }
        // A draft that nobody has answered is nobody else's.
        for copy in whole.tallies.iter().filter(|copy| copy.phase != "Draft") {
            copies.entry(&copy.id).or_default().push((node, copy));
        }
    }
    let mut holders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut degree: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for (id, copies) in &copies {
        match copies.as_slice() {
            [(one, here), (other, there)] => {
                seen.wrong.extend(
                    disagree(here, there)
                        .map(|what| format!("tally {id} of nodes {one} and {other}: {what}")),
                );
                *degree.entry((*one.min(other), *one.max(other))).or_default() += 1;
                for (node, copy) in copies {
                    for entry in &copy.entries {
                        holders.entry(&entry.id).or_default().push(*node);
                    }
                }
                seen.tallies += 1;
            }
            _ => {
                let nodes: Vec<_> = copies.iter().map(|(node, copy)| (node, &copy.phase)).collect();
                seen.wrong.push(format!("tally {id} is known to {nodes:?}"));
            }
        }
    }
    for (entry, nodes) in &holders {
        seen.entries += 1;
        if nodes.len() != 2 {
            seen.wrong.push(format!("entry {entry} exists {} times", nodes.len()));
        }
    }
    for Promise { node, entry, cancelled } in promises {
        let there = holders.get(entry.as_str()).is_some_and(|nodes| nodes.contains(node));
        if there == *cancelled {
            let what = if *cancelled { "was taken back and exists" } else { "was signed and is lost" };
            seen.wrong.push(format!("entry {entry} of node {node} {what}"));
        }
    }
    let mut wanted: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for (one, other) in met {
        *wanted.entry((*one.min(other), *one.max(other))).or_default() += 1;
    }
    for (pair, times) in wanted {
        if degree.get(&pair).copied().unwrap_or(0) < times {
            seen.wrong.push(format!("nodes {pair:?} met and have no tally"));
        }
    }
    requests(wholes, &mut seen);
    seen
}

/// What two copies of a tally do not agree on.
fn disagree(here: &Copy, there: &Copy) -> Option<String> {
    if (here.phase.as_str(), there.phase.as_str()) != ("Open", "Open") {
        return Some(format!("{} here and {} there", here.phase, there.phase));
    }
    if here.half == there.half {
        return Some("both hold the same half".to_owned());
    }
    let proof = |copy: &Copy| (copy.digest.clone(), copy.head, copy.hash.clone());
    if here.hash.is_none() || proof(here) != proof(there) {
        return Some(format!("the chains end in {:?} and {:?}", proof(here), proof(there)));
    }
    if (here.agreed, there.agreed) != (Some(here.head), Some(there.head)) {
        return Some(format!("of {} entries {:?} and {:?} are agreed", here.head, here.agreed, there.agreed));
    }
    if here.balance != -there.balance {
        return Some(format!("the balances are {} and {}", here.balance, there.balance));
    }
    let mirrored = here.entries.len() == there.entries.len()
        && here.entries.iter().zip(&there.entries).all(|(one, other)| {
            (one.index, &one.id, one.toward_me) == (other.index, &other.id, -other.toward_me)
        });
    if !mirrored {
        return Some("the entries differ".to_owned());
    }
    let sum: i64 = here.entries.iter().map(|entry| entry.toward_me).sum();
    let names: BTreeSet<&str> = here.entries.iter().map(|entry| entry.id.as_str()).collect();
    if sum != here.balance || names.len() != here.entries.len() {
        return Some("the entries do not add up".to_owned());
    }
    let gone = here.cancelled.iter().chain(&there.cancelled).find(|id| names.contains(id.as_str()));
    gone.map(|id| format!("{id} was taken back and stands"))
}

fn requests(wholes: &[Whole], seen: &mut Seen) {
    let all = wholes.iter().flat_map(|whole| &whole.requests);
    let theirs: BTreeMap<&str, &str> = all
        .clone()
        .filter(|asked| !asked.mine)
        .map(|asked| (asked.id.as_str(), asked.state.as_str()))
        .collect();
    for asked in all.filter(|asked| asked.mine) {
        seen.requests += 1;
        let there = theirs.get(asked.id.as_str()).copied();
        let fits = match asked.state.as_str() {
            // One that was taken back in time is never seen there, and nothing repeats that it was.
            "Withdrawn" => there != Some("Paid"),
            state => there == Some(state),
        };
        if !fits {
            seen.wrong.push(format!("request {} is {} and {there:?}", asked.id, asked.state));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::{Entry, Glance};
    use super::*;

    fn whole(half: &str, toward_me: i64) -> Whole {
        let entries = vec![Entry { index: 1, id: "e".to_owned(), toward_me }];
        let copy = Copy {
            id: "t".to_owned(),
            phase: "Open".to_owned(),
            half: half.to_owned(),
            balance: toward_me,
            digest: Some("d".to_owned()),
            head: 1,
            hash: Some("h".to_owned()),
            agreed: Some(1),
            entries,
            cancelled: Vec::new(),
        };
        Whole { glance: Glance::default(), tallies: vec![copy], requests: Vec::new(), wrong: Vec::new() }
    }

    fn wrongs(change: impl FnOnce(&mut [Whole; 2], &mut Promise)) -> usize {
        let mut wholes = [whole("stock", 5), whole("foil", -5)];
        let mut promise = Promise { node: 0, entry: "e".to_owned(), cancelled: false };
        change(&mut wholes, &mut promise);
        compare(&wholes, &[promise], &[(1, 0)]).wrong.len()
    }

    #[test]
    fn two_copies_that_agree_are_found_to_agree() {
        assert_eq!(wrongs(|_, _| {}), 0);
    }

    #[test]
    fn whatever_is_lost_doubled_or_different_is_found() {
        assert_ne!(wrongs(|wholes, _| wholes[1].tallies[0].entries.clear()), 0);
        assert_ne!(wrongs(|wholes, _| wholes[0].tallies[0].hash = Some("other".to_owned())), 0);
        assert_ne!(wrongs(|wholes, _| wholes[0].tallies[0].balance = 4), 0);
        assert_ne!(wrongs(|wholes, _| wholes[0].tallies[0].agreed = Some(0)), 0);
        assert_ne!(wrongs(|wholes, _| wholes[1].tallies[0].phase = "Accepting".to_owned()), 0);
        assert_ne!(wrongs(|wholes, _| wholes[1].tallies.clear()), 0);
        assert_ne!(wrongs(|wholes, _| wholes[1].glance.waiting = 1), 0);
        assert_ne!(wrongs(|wholes, _| wholes[1].wrong.push("a hash".to_owned())), 0);
        assert_ne!(wrongs(|_, promise| promise.entry = "lost".to_owned()), 0);
        assert_ne!(wrongs(|_, promise| promise.cancelled = true), 0);
        let twice = |wholes: &mut [Whole; 2]| {
            for whole in wholes {
                let again = whole.tallies[0].entries[0].clone();
                whole.tallies[0].entries.push(again);
            }
        };
        assert_ne!(wrongs(|wholes, _| twice(wholes)), 0);
    }
}
