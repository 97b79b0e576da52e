//! What the processes of a wallet use of the processor.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Sub;
use std::time::Duration;

/// Processor time, by what used it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// The app itself.
    pub app: Duration,
    /// The processes that film and look for cameras.
    pub workers: Duration,
    /// What draws the page, and all else the web view starts.
    pub web: Duration,
}

impl Used {
    /// What an app and everything below it has used since it started.
    pub(crate) fn by(app: u32) -> Self {
        let all = processes();
        let mut used = Self::default();
        for (process, Process { name, ticks, .. }) in &all {
            let spent = Duration::from_millis(ticks * 10);
            if *process == app {
                used.app += spent;
            } else if is_below(*process, app, &all) {
                *(if name.starts_with("tallystick") { &mut used.workers } else { &mut used.web }) += spent;
            }
        }
        used
    }
}

/// The processes of an app that film or look for cameras.
pub(crate) fn workers(app: u32) -> Vec<u32> {
    let all = processes();
    let of_us = |(process, found): (&u32, &Process)| {
        (found.name.starts_with("tallystick") && *process != app && is_below(*process, app, &all))
            .then_some(*process)
    };
    all.iter().filter_map(of_us).collect()
}

impl Sub for Used {
    type Output = Self;

    /// What was used in between.
    fn sub(self, before: Self) -> Self {
        Self {
            app: self.app.saturating_sub(before.app),
            workers: self.workers.saturating_sub(before.workers),
            web: self.web.saturating_sub(before.web),
        }
    }
}

struct Process {
    name: String,
    parent: u32,
    /// Hundredths of a second: what Linux counts in on every machine.
    ticks: u64,
}

fn processes() -> BTreeMap<u32, Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            Some((process, described(&fs::read_to_string(entry.path().join("stat")).ok()?)?))
        })
        .collect()
}

/// `pid (name) state parent …`; the name may hold anything, also brackets.
fn described(stat: &str) -> Option<Process> {
    let (head, rest) = stat.rsplit_once(") ")?;
    let (_, name) = head.split_once('(')?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let parent = u32::try_from(number(1)?).ok()?;
    Some(Process { name: name.to_owned(), parent, ticks: number(11)? + number(12)? })
}

fn is_below(process: u32, app: u32, all: &BTreeMap<u32, Process>) -> bool {
    let parent = |process: u32| all.get(&process).map(|found| found.parent);
    let mut above = std::iter::successors(parent(process), |process| parent(*process));
    above.any(|one| one == app)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let stat = "77 (a) b (c) S 5 77 77 0 -1 4194304 1 0 0 0 120 30 0 0 20 0 1 0 1 2";

        let found = described(stat).expect("it is a process");

        assert_eq!((found.name.as_str(), found.parent, found.ticks), ("a) b (c", 5, 150));
    }
}
