//! What the attack came to.

use std::fmt;

use serde_json::{Value, json};

use super::enemies::Heard;
use super::honest::{End, Look, Trade};

/// What the attack came to.
pub(crate) struct Report {
    pub(crate) quiet: Trade,
    pub(crate) attacked: Trade,
    pub(crate) harm: Vec<Heard>,
    pub(crate) end: End,
    /// Entries that were asked for.
    pub(crate) asked: u64,
}

/// Something that must be so however fast the machine is.
struct Claim {
    what: &'static str,
    holds: bool,
    seen: String,
}

/// The doorkeeper's own bounds, as `Room::default` has them.
const MOST: Look = Look { rss: 0, known: 4_096, half_open: 64, calls: 256, links: 256, banned: 4_096 };

/// What memory may grow by between the second quarter of the attack and its end: caches that fill.
const GROWTH_KIB: u64 = 16 * 1_024;

/// The same for an attack of [`LONG`] or more, by whose second quarter they are full.
const GROWTH_OF_LONG_KIB: u64 = 1_536;

/// Looks, one a second, in an attack that is long.
const LONG: usize = 300;

/// What it may be in all.
const MEMORY_KIB: u64 = 256 * 1_024;

/// How much slower an honest entry may be.
const GOAL: f64 = 2.0;

impl Report {
    /// True if every claim holds.
    pub(crate) fn holds(&self) -> bool {
        self.claims().iter().all(|claim| claim.holds)
    }

    fn claims(&self) -> Vec<Claim> {
        let heard: u64 = self.harm.iter().map(|heard| heard.bytes).sum();
        let idle: Vec<&str> =
            self.harm.iter().filter(|heard| heard.attempts == 0).map(|heard| heard.who).collect();
        let most = self.most();
        let bounded = most.known <= MOST.known
            && most.half_open <= MOST.half_open
            && most.calls <= MOST.calls
            && most.links <= MOST.links
            && most.banned <= MOST.banned;
        let [before, after] = self.memory();
        let growth = if self.attacked.looks.len() < LONG { GROWTH_KIB } else { GROWTH_OF_LONG_KIB };
        let lost = self.quiet.lost + self.attacked.lost;
        let End { entries, wrong, .. } = self.end;
        vec![
            Claim {
                what: "every enemy was at work",
                holds: idle.is_empty(),
                seen: format!("idle: {idle:?}"),
            },
            Claim { what: "no enemy heard a byte", holds: heard == 0, seen: format!("{heard} bytes") },
            Claim { what: "every table is bounded", holds: bounded, seen: format!("{most:?}") },
            Claim {
                what: "memory is flat",
                holds: after <= before + growth && after <= MEMORY_KIB,
                seen: format!("{before} KiB, then {after} KiB"),
            },
            Claim {
                what: "every honest entry arrived",
                holds: lost == 0 && entries == [self.asked; 2] && !self.attacked.micros.is_empty(),
                seen: format!("{} asked for, {entries:?} in the copies", self.asked),
            },
            Claim { what: "both ledgers are sound", holds: wrong == 0, seen: format!("{wrong} faults") },
        ]
    }

    /// The most of everything that was seen at once.
    fn most(&self) -> Look {
        self.attacked.looks.iter().fold(Look::default(), |most, look| Look {
            rss: most.rss.max(look.rss),
            known: most.known.max(look.known),
            half_open: most.half_open.max(look.half_open),
            calls: most.calls.max(look.calls),
            links: most.links.max(look.links),
            banned: most.banned.max(look.banned),
        })
    }

    /// Memory in the second quarter of the attack, and in its last.
    fn memory(&self) -> [u64; 2] {
        let looks = &self.attacked.looks;
        let quarter = |from: usize, to: usize| {
            let mut part: Vec<u64> =
                looks[looks.len() * from / 4..looks.len() * to / 4].iter().map(|look| look.rss).collect();
            part.sort_unstable();
            part.get(part.len() / 2).copied().unwrap_or(0)
        };
        [quarter(1, 2), quarter(3, 4)]
    }

    fn ratio(&self) -> f64 {
        percentile(&self.attacked, 99) / percentile(&self.quiet, 99)
    }

    /// The same for programs.
    pub(crate) fn to_json(&self) -> Value {
        let trade = |trade: &Trade| {
            json!({
                "entries": trade.micros.len(), "lost": trade.lost, "cpuMs": trade.cpu,
                "p50Ms": percentile(trade, 50), "p99Ms": percentile(trade, 99),
                "rssKib": trade.looks.iter().map(|look| look.rss).collect::<Vec<_>>(),
            })
        };
        let harm =
            |heard: &Heard| json!({"who": heard.who, "attempts": heard.attempts, "bytes": heard.bytes});
        let claim = |claim: Claim| json!({"claim": claim.what, "holds": claim.holds, "seen": claim.seen});
        json!({
            "quiet": trade(&self.quiet),
            "attacked": trade(&self.attacked),
            "p99Ratio": self.ratio(),
            "most": self.most(),
            "enemies": self.harm.iter().map(harm).collect::<Vec<_>>(),
            "end": self.end,
            "claims": self.claims().into_iter().map(claim).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "honest entries, from signing until both copies match")?;
        for (name, trade) in [("quiet", &self.quiet), ("attacked", &self.attacked)] {
            writeln!(
                f,
                "  {name:<10} {:>7} entries   p50 {:>8.2} ms   p99 {:>8.2} ms   processor {:>6.1} s",
                trade.micros.len(),
                percentile(trade, 50),
                percentile(trade, 99),
                seconds(trade.cpu)
            )?;
        }
        let verdict = if self.ratio() <= GOAL { "met" } else { "not met" };
        writeln!(f, "  p99 attacked to quiet {:.2} (goal {GOAL}: {verdict})", self.ratio())?;
        writeln!(f, "memory of the two wallets under attack, in MiB")?;
        let every = (self.attacked.looks.len() / 20).max(1);
        let series = self.attacked.looks.iter().step_by(every).map(|look| format!(" {}", look.rss / 1_024));
        writeln!(f, " {}", series.collect::<String>())?;
        writeln!(f, "enemies")?;
        for heard in &self.harm {
            writeln!(f, "  {:<34} {:>9} attempts   {} bytes heard", heard.who, heard.attempts, heard.bytes)?;
        }
        let End { refused, evicted, bans, dropped, .. } = self.end;
        writeln!(
            f,
            "the doors: {refused} calls turned away, {evicted} cut short, {bans} bans, {dropped} messages dropped"
        )?;
        let Look { known, half_open, calls, links, banned, .. } = self.most();
        writeln!(
            f,
            "at most: {known} addresses known, {half_open} calls half open, {calls} let in, {links} links, {banned} banned"
        )?;
        for Claim { what, holds, seen } in self.claims() {
            writeln!(f, "{} {what}: {seen}", if holds { "PASS" } else { "FAIL" })?;
        }
        Ok(())
    }
}

/// In ms.
fn percentile(trade: &Trade, percent: usize) -> f64 {
    let mut micros = trade.micros.clone();
    micros.sort_unstable();
    let at = (micros.len() * percent / 100).min(micros.len().saturating_sub(1));
    micros.get(at).map_or(f64::NAN, |micros| seconds(*micros))
}

/// Thousandths of something.
fn seconds(thousandths: u64) -> f64 {
    f64::from(u32::try_from(thousandths).unwrap_or(u32::MAX)) / 1_000.0
}
