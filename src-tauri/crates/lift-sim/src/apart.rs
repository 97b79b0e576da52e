//! Two lifts that touch nothing in common, proved to: then all that can befall both is what can befall each alone.
//!
//! Each lift is explored alone. Every step that a wallet took there is then taken once more beside every state that the
//! other lift ever had on that wallet's disk: it must do the same to its own lift, say the same, and leave the other
//! alone. If all do, then by induction every state of both together is a pair of states of each, in any order of events.

use std::collections::HashSet;

use crate::explore::{Explored, Explorer};
use crate::local::{Local, Meets, as_index, mark};
use crate::scene::Scene;
use crate::wallet::Disk;

/// Explores both lifts of a scene apart, and proves that this says everything of both together.
pub(crate) fn explore_apart(scene: &Scene, most: u64) -> Explored {
    let mut told = Explored { name: scene.name, ..Explored::default() };
    let mut locals = Vec::new();
    let mut pairs = 1;
    for start in &scene.starts {
        let alone = Scene { starts: vec![start.clone()], ..scene.clone() };
        let (one, local) = Explorer::new(&alone).walk(most, false);
        if one.broken.is_some() || one.cut {
            return Explored { name: scene.name, ..crate::explore::explore_jointly(&alone, most) };
        }
        told.states += one.states;
        told.ways += one.ways;
        told.steps += one.steps;
        told.healed += one.healed;
        told.ends += one.ends;
        pairs *= one.states;
        locals.push(local);
    }
    told.stands_for = Some(pairs);
    for (one, other) in [(0, 1), (1, 0)] {
        match beside(&locals[one], &locals[other]) {
            Ok(tried) => told.steps += tried,
            Err(what) => {
                told.broken = Some((what, Vec::new()));
                return told;
            }
        }
    }
    told
}

/// Takes every step of one lift beside every state of the other.
fn beside(one: &Local, other: &Local) -> Result<u64, String> {
    let many = one.people.len();
    let mut theirs = vec![HashSet::new(); many];
    for (node, disk) in other.kept() {
        theirs[node].insert(disk);
    }
    let mut tried = 0;
    let mut merged = Local::new(one.people.clone(), one.starts.clone());
    for ((node, disk, now, meets), becomes) in one.taken() {
        for theirs in &theirs[node] {
            let (theirs, base) = (&other.disks[as_index(*theirs)], &one.people[node].disk);
            let meets = match meets {
                Meets::Message(number) => {
                    let flying = &one.messages[as_index(number)];
                    Meets::Message(merged.number(flying.from, flying.to, flying.message.clone()))
                }
                Meets::Begin(_) | Meets::Wake(_) => meets,
            };
            let both = merged.keep(node, together(&one.disks[as_index(disk)], theirs, base));
            let got = merged.meet(node, both, now, meets);
            let after = becomes.map_or(disk, |becomes| becomes.disk);
            let wanted = mark(&together(&one.disks[as_index(after)], theirs, base));
            let got_disk = mark(&merged.disks[as_index(got.as_ref().map_or(both, |got| got.disk))]);
            let says = |local: &Local, sends: &[u32]| -> Vec<(usize, String)> {
                let said = sends.iter().map(|number| &local.messages[as_index(*number)]);
                said.map(|flying| (flying.to, flying.text.clone())).collect()
            };
            let said = says(&merged, got.as_ref().map_or(&[], |got| &got.sends));
            if got_disk != wanted || said != says(one, becomes.map_or(&[], |becomes| &becomes.sends)) {
                return Err(format!("{node} does not do the same beside the other lift"));
            }
            if let Some(what) = merged.broken.take() {
                return Err(what);
            }
            tried += 1;
        }
        merged.forget();
    }
    Ok(tried)
}

/// A disk on which both lifts are: what each changed, on the disk on which neither was.
fn together(one: &Disk, other: &Disk, base: &Disk) -> Disk {
    let mut both = one.clone();
    both.lifts.extend(other.lifts.clone());
    both.outbox.extend(other.outbox.clone());
    both.decided.extend(other.decided.clone());
    for (tally, account) in &mut both.accounts {
        let (Some(theirs), Some(before)) = (other.accounts.get(tally), base.accounts.get(tally)) else {
            continue;
        };
        let sum = account.net.milli() + theirs.net.milli() - before.net.milli();
        account.net = tallystick_core::Units::new(sum).unwrap_or(account.net);
        account.booked.extend(theirs.booked.iter().skip(before.booked.len()).copied());
    }
    both
}
