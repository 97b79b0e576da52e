//! What must be true once nobody has anything left to say.

use std::collections::BTreeSet;

use crate::check;
use crate::phases;
use crate::wallet::{Partner, Seen, Wallet};
use crate::world::{Violation, World};

impl World {
    /// Nothing flies, and no honest wallet waits for an honest one.
    pub(crate) fn is_at_rest(&self) -> Result<bool, Violation> {
        if self.flying > 0 {
            return Ok(false);
        }
        for wallet in self.wallets.iter().filter(|wallet| !wallet.hostile) {
            let idle = |known: &Partner| {
                !known.calling && known.inbox.is_empty() && known.sent.is_empty() && known.slot.is_empty()
            };
            if !wallet.partners.iter().all(idle) {
                return Ok(false);
            }
            for (key, partner, _) in wallet.ledger.mail()? {
                if self.waits_for_a_person(wallet, &key, &partner) {
                    continue;
                }
                let hostile = self
                    .wallets
                    .iter()
                    .any(|other| other.hostile && other.person.agent.to_string() == partner);
                if !hostile {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Whether this letter is repeated only until a person over there decides; at rest nobody does.
    fn waits_for_a_person(&self, wallet: &Wallet, key: &str, agent: &str) -> bool {
        let mut words = key.split(':');
        let (Some(what), Some(id)) = (words.next(), words.next()) else { return false };
        let there = self.wallets.iter().find(|wallet| wallet.person.agent.to_string() == agent);
        let there = there.and_then(|wallet| wallet.seen.get(id));
        let Some((here, there)) = wallet.seen.get(id).zip(there) else { return false };
        match (what, words.next()) {
            ("offer", None) => {
                here.glance.phase == "H.offer"
                    && match there.glance.phase.as_str() {
                        "P.offer" => here.glance.object == there.glance.object,
                        "P.draft" => revision(there) > revision(here),
                        _ => false,
                    }
            }
            ("pend", Some(request)) => {
                let same = |seen: &Seen| {
                    let asked = seen.asked.iter().find(|asked| asked.uuid == request)?;
                    (asked.state == "waiting").then(|| asked.object.clone())
                };
                same(here).is_some() && same(here) == same(there)
            }
            _ => false,
        }
    }

    /// Who still waits for what.
    pub(crate) fn who_waits(&self) -> Result<String, Violation> {
        let mut waits = Vec::new();
        for wallet in self.wallets.iter().filter(|wallet| !wallet.hostile) {
            let mail = wallet.ledger.mail()?;
            let keys: Vec<String> =
                mail.iter().map(|(key, _, tries)| format!("{key} ({tries} tries)")).collect();
            let phases: Vec<String> = wallet
                .seen
                .values()
                .map(|seen| format!("{} {}", &seen.glance.id[..8], seen.glance.phase))
                .collect();
            waits.push(format!("{}: [{}] with {phases:?}", wallet.person.name, keys.join(", ")));
        }
        Ok(waits.join("; "))
    }

    /// Looks at what is left.
    pub(crate) fn check_rest(&mut self) -> Result<(), Violation> {
        for wallet in 0..self.wallets.len() {
            if self.wallets[wallet].hostile {
                continue;
            }
            let findings = self.wallets[wallet].ledger.read(|rows| rows.verify())?;
            if let Some(finding) = findings.wrong.first() {
                let name = self.name(wallet);
                return Err(Violation(format!("the ledger of {name} does not verify: {}", finding.what)));
            }
            let ids: Vec<String> = self.wallets[wallet].seen.keys().cloned().collect();
            for id in ids {
                self.check_pair(wallet, &id).map_err(|what| {
                    Violation(format!("{} at rest, tally {}: {what}", self.name(wallet), &id[..8]))
                })?;
            }
        }
        self.check_signed()
    }

    fn check_pair(&mut self, wallet: usize, id: &str) -> Result<(), String> {
        let Some(here) = self.wallets[wallet].seen.get(id) else { return Ok(()) };
        let Some(partner) = self.partner_of(here) else {
            let alone = here.glance.phase == "draft";
            return if alone { Ok(()) } else { Err(format!("{} without a partner", here.glance.phase)) };
        };
        if self.wallets[partner].hostile || partner < wallet {
            return Ok(());
        }
        let name = self.name(partner);
        match self.wallets[partner].seen.get(id) {
            None if matches!(here.glance.phase.as_str(), "P.draft" | "void") => Ok(()),
            None => Err(format!("it is {} here, and {name} knows nothing of it", here.glance.phase)),
            Some(there) => {
                agree(here, there)?;
                if phases::has_chain(&here.glance.phase) {
                    self.counts.tallies += 1;
                }
                Ok(())
            }
        }
    }

    pub(crate) fn partner_of(&self, seen: &Seen) -> Option<usize> {
        let agent = seen.glance.partner.as_deref()?.parse().ok()?;
        self.whose(agent)
    }

    /// Every chit that an honest person signed stands with its partner too.
    fn check_signed(&self) -> Result<(), Violation> {
        for wallet in &self.wallets {
            for seen in wallet.seen.values() {
                let here: BTreeSet<_> = seen.places.iter().filter_map(check::name_of).collect();
                let honest_pair = !wallet.hostile
                    && self.partner_of(seen).is_some_and(|partner| !self.wallets[partner].hostile);
                for (name, signed) in &self.book.signed {
                    let ours = self.wallets[signed.wallet].person.agent == wallet.person.agent;
                    let concerned = signed.tally == seen.glance.id && (ours || honest_pair);
                    if concerned && !wallet.hostile && !here.contains(name) {
                        return Err(Violation(format!("{} lacks the chit {name}", wallet.person.name)));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Two copies of one tally.
fn agree(one: &Seen, other: &Seen) -> Result<(), String> {
    let (here, there) = (&one.glance, &other.glance);
    if !phases::may_rest(&here.phase, &there.phase) {
        return Err(format!("{} here and {} there", here.phase, there.phase));
    }
    if here.mine == there.mine {
        return Err("both hold the same half".to_owned());
    }
    if here.phase == "void" || there.phase == "void" {
        return Ok(());
    }
    requests_agree(one, other)?;
    if here.phase == "P.draft" || there.phase == "P.draft" {
        return Ok(());
    }
    let (ours, theirs) = (check::parse(&here.object)?, check::parse(&there.object)?);
    if !ours.same_content(&theirs) {
        return Err("the agreements differ".to_owned());
    }
    let chain = |seen: &Seen| -> Vec<_> {
        seen.places.iter().map(|place| (place.index, place.hash.clone(), place.object.clone())).collect()
    };
    if chain(one) != chain(other) {
        let names = |seen: &Seen| -> Vec<String> {
            seen.places.iter().map(|place| place.uuid[..6].to_owned()).collect()
        };
        return Err(format!("the chains differ: {:?} and {:?}", names(one), names(other)));
    }
    if phases::has_chain(&here.phase) && (here.agreed != Some(here.head) || there.agreed != Some(there.head))
    {
        return Err(format!("of {} chits {:?} and {:?} are agreed", here.head, here.agreed, there.agreed));
    }
    let crossed = (&here.settings.0, &here.settings.1) == (&there.settings.1, &there.settings.0);
    if !crossed {
        return Err(format!("the settings are {:?} here and {:?} there", here.settings, there.settings));
    }
    if here.balance.checked_add(there.balance) != Some(0) {
        return Err(format!("the balances are {} and {}", here.balance, there.balance));
    }
    Ok(())
}

/// What the two say became of their requests.
fn requests_agree(one: &Seen, other: &Seen) -> Result<(), String> {
    for (asker, payer) in [(one, other), (other, one)] {
        for asked in asker.asked.iter().filter(|asked| asked.mine) {
            let there = payer.asked.iter().find(|there| there.uuid == asked.uuid);
            let there = there.map_or("unknown", |there| there.state.as_str());
            let fits = match asked.state.as_str() {
                "waiting" => there == "waiting",
                "granted" => there == "granted",
                "refused" => there == "refused",
                // By each one's own clock; and nothing repeats that it was taken back.
                "lapsed" | "withdrawn" => there != "granted",
                _ => false,
            };
            if !fits {
                return Err(format!("the request {} is {} and {there}", &asked.uuid[..6], asked.state));
            }
        }
    }
    Ok(())
}

fn revision(seen: &Seen) -> u32 {
    check::parse(&seen.glance.object).map_or(0, |object| object.revision())
}
