//! `cargo xtask sim lifts`: seeded lives, every order of events, large networks.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks on the terminal")]
#![allow(clippy::as_conversions, reason = "shares and averages for people to read")]

mod networks;

use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;
use tallystick_lift_sim::{Life, explore, live, live_without_chains, scenes};

use crate::networks::Networks;

/// What was asked for.
#[derive(Clone, Debug)]
struct Asked {
    seeds: u64,
    from: Option<u64>,
    trace: bool,
    chains: bool,
    json: bool,
    mutants: bool,
    explore: bool,
    nodes: Option<usize>,
    networks: Networks,
    only: Option<String>,
    most: u64,
}

fn main() -> ExitCode {
    let asked = match read(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(complaint) => {
            eprintln!("{complaint}");
            return ExitCode::from(2);
        }
    };
    let good = match &asked {
        Asked { mutants: true, explore: true, .. } => explored_mutants(&asked),
        Asked { mutants: true, .. } => mutants(&asked),
        Asked { explore: true, .. } => explored(&asked),
        Asked { nodes: Some(nodes), networks, .. } => networks::tell(*nodes, networks),
        _ => lives(&asked),
    };
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked {
        seeds: 0,
        from: None,
        trace: false,
        chains: true,
        json: false,
        mutants: false,
        explore: false,
        nodes: None,
        networks: Networks::default(),
        only: None,
        most: 60_000_000,
    };
    let mut words = words;
    while let Some(word) = words.next() {
        let mut number =
            || words.next().and_then(|text| text.parse().ok()).ok_or(format!("`{word}` needs a number"));
        match word.as_str() {
            "--seeds" => asked.seeds = number()?,
            "--from" => asked.from = Some(number()?),
            "--trace" => asked.trace = true,
            "--without-chains" => asked.chains = false,
            "--json" => asked.json = true,
            "--explore" => asked.explore = true,
            "--nodes" => asked.nodes = Some(usize::try_from(number()?).unwrap_or(usize::MAX)),
            "--beside" => asked.networks.beside.push(usize::try_from(number()?).unwrap_or(usize::MAX)),
            "--days" => asked.networks.days = u32::try_from(number()?).unwrap_or(u32::MAX).max(2),
            "--ease" => {
                asked.networks.ease = i64::try_from(number()?).unwrap_or(i64::MAX / 1_000).max(1) * 1_000
            }
            "--budget" => asked.networks.budget = Some(u32::try_from(number()?).unwrap_or(u32::MAX)),
            "--most" => asked.most = number()?,
            "--only" => asked.only = words.next(),
            "--mutants" => asked.mutants = true,
            _ => return Err(format!("`{word}` is not known here")),
        }
    }
    if asked.seeds == 0 {
        asked.seeds = if asked.from.is_some() { 1 } else { 1_000 };
    }
    Ok(asked)
}

/// Many seeds; tells the first that broke something.
fn lives(asked: &Asked) -> bool {
    let begin = Instant::now();
    let first = asked.from.unwrap_or(0);
    let mut all = Life::default();
    let (mut among_liars, mut lying_referees, mut broken) = (0_u64, 0_u64, 0_u64);
    for seed in first..first + asked.seeds {
        let life =
            if asked.chains { live(seed, asked.trace) } else { live_without_chains(seed, asked.trace) };
        for line in &life.trace {
            println!("{line}");
        }
        for fault in &life.faults {
            println!("seed {seed}: {fault}");
        }
        broken += u64::from(!life.faults.is_empty());
        among_liars += u64::from(life.liars);
        lying_referees += u64::from(life.lying_referee);
        all.begun += life.begun;
        all.good += life.good;
        all.steps += life.steps;
        all.crashes += life.crashes;
        all.messages += life.messages;
        all.passed += u64::from(life.overshoot > 0);
        all.shown += life.shown;
        all.overshoot = all.overshoot.max(life.overshoot);
    }
    let seconds = begin.elapsed().as_secs_f64();
    if asked.json {
        let told = json!({
            "seeds": asked.seeds, "from": first, "begun": all.begun, "good": all.good, "steps": all.steps,
            "messages": all.messages, "crashes": all.crashes, "among_liars": among_liars,
            "lying_referees": lying_referees, "bound_passed": all.passed, "most_over_bound": all.overshoot, "receipts_shown": all.shown,
            "broken": broken, "seconds": seconds,
        });
        println!("{told}");
    } else {
        println!(
            "{} seeds from {first} in {seconds:.1} s: {} lifts begun, {} good",
            asked.seeds, all.begun, all.good
        );
        println!("{} steps, {} messages, {} power cuts at commits", all.steps, all.messages, all.crashes);
        println!("{among_liars} seeds among liars, {lying_referees} with a lying referee");
        let most = all.overshoot;
        println!(
            "a bound was passed in {} seeds, by at most {most} milli-CHIPs, by a lying referee only",
            all.passed
        );
        println!("{} receipts had to be shown to the payee", all.shown);
        println!("{broken} seeds broke a rule");
    }
    broken == 0
}

/// Every order of events in the small networks.
fn explored(asked: &Asked) -> bool {
    let mut good = true;
    let (begin, mut states) = (Instant::now(), 0);
    for scene in scenes() {
        if asked.only.as_ref().is_some_and(|name| !scene.name.contains(name.as_str())) {
            continue;
        }
        let since = Instant::now();
        let told = explore(&scene, asked.most);
        states += told.states;
        good &= told.broken.is_none() && !told.cut;
        let end = match told.stands_for {
            _ if told.cut => "not looked at to the end".to_owned(),
            Some(pairs) => format!("each lift alone, proved to stand for {pairs} states of both"),
            None => "all".to_owned(),
        };
        println!(
            "{}: {} states, {} ways, {} steps of single wallets, {} ends, good lifts in them {:?}, {end}, {:.1} s",
            told.name,
            told.states,
            told.ways,
            told.steps,
            told.ends,
            told.good,
            since.elapsed().as_secs_f64(),
        );
        if let Some((what, way)) = told.broken {
            println!("{what}");
            way.iter().for_each(|step| println!("  {step}"));
        }
    }
    println!(
        "{states} states in {:.1} s; {}",
        begin.elapsed().as_secs_f64(),
        if good { "no rule broken" } else { "NOT WHOLE" }
    );
    good
}

#[cfg(feature = "mutants")]
fn mutants(asked: &Asked) -> bool {
    use tallystick_core::lift::mutant::{Mutant, choose};
    use tallystick_lift_sim::hunt;

    let (mut found, mut all) = (0, 0);
    for mutant in Mutant::ALL {
        choose(Some(*mutant));
        let caught = hunt(asked.from.unwrap_or(0), asked.seeds.max(5_000));
        choose(None);
        all += 1;
        match caught {
            Some((seed, fault)) => {
                found += 1;
                println!("{mutant:?}: seed {seed}: {fault}");
            }
            None => println!("{mutant:?}: NOT FOUND"),
        }
    }
    println!("{found} of {all} deliberate faults found");
    found == all
}

/// The deliberate faults that need no liar to do harm: every order of events finds them. `--only` names scenes.
#[cfg(feature = "mutants")]
fn explored_mutants(asked: &Asked) -> bool {
    use tallystick_core::lift::mutant::{Mutant, choose};

    let mut found = 0;
    for mutant in Mutant::ALL {
        choose(Some(*mutant));
        let named = |scene: &tallystick_lift_sim::Scene| {
            asked.only.as_ref().is_none_or(|name| scene.name.contains(name.as_str()))
        };
        let caught = scenes().iter().filter(|scene| named(scene)).find_map(|scene| {
            let told = explore(scene, asked.most.min(MUTANT_MOST));
            told.broken.map(|(what, way)| format!("{}, {} events: {what}", told.name, way.len()))
        });
        choose(None);
        found += usize::from(caught.is_some());
        println!("{mutant:?}: {}", caught.unwrap_or_else(|| "does no harm among honest wallets".to_owned()));
    }
    println!("{found} deliberate faults found by exploring");
    found >= 3
}

/// States in which a deliberate fault has to show.
#[cfg(feature = "mutants")]
const MUTANT_MOST: u64 = 500_000;

#[cfg(not(feature = "mutants"))]
fn mutants(_: &Asked) -> bool {
    eprintln!("this build has no deliberate faults in it");
    false
}

#[cfg(not(feature = "mutants"))]
fn explored_mutants(asked: &Asked) -> bool {
    mutants(asked)
}
