//! Many wallets, each a process of its own, on a network that keeps falling apart, killed and started again at any
//! instant. After that everything is mended, and whatever was queued must arrive.

mod check;
mod child;
mod dice;
mod net;
mod node;
mod people;
mod report;
mod storm;
mod whose;
mod words;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub(crate) use child::serve;

use check::compare;
use dice::Dice;
use net::{Net, before, held};
use node::Node;
use people::Book;
use report::{Report, Weights};
use storm::{Blows, rage};
use words::{Ask, Said, Whole};

/// How long after the mending nobody may have anything left to say.
const QUIET: Duration = Duration::from_secs(120);

/// How long the first tallies may take on a busy machine.
const BEGINNING: Duration = Duration::from_secs(180);

/// Partners a person has, on average.
const DEGREE: usize = 4;

/// Two people, by their numbers.
type Pair = (usize, usize);

/// What was asked for.
#[derive(Clone, Copy, Debug)]
struct Plan {
    nodes: usize,
    time: Duration,
    seed: u64,
    /// Between two acts of one person, on average.
    pace: Duration,
    json: bool,
}

/// Runs the soak and prints what came of it.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let done = plan(words).and_then(|plan| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let report = runtime.map_err(|error| error.to_string())?.block_on(soak(plan))?;
        report.print(plan.json);
        Ok(report.seen.wrong.is_empty())
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(complaint) => {
            eprintln!("soak: {complaint}");
            ExitCode::FAILURE
        }
    }
}

fn plan(words: &[String]) -> Result<Plan, String> {
    let mut plan = Plan {
        nodes: 50,
        time: Duration::from_secs(600),
        seed: 1,
        pace: Duration::from_millis(1_500),
        json: false,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let bad = |_| format!("{word}: that is no number");
        match word.as_str() {
            "--nodes" => plan.nodes = value()?.parse().map_err(|_| bad(()))?,
            "--seed" => plan.seed = value()?.parse().map_err(|_| bad(()))?,
            "--pace" => plan.pace = Duration::from_millis(value()?.parse().map_err(|_| bad(()))?),
            "--minutes" => {
                let minutes: f64 = value()?.parse().map_err(|_| bad(()))?;
                plan.time = Duration::try_from_secs_f64(minutes * 60.0).map_err(|_| bad(()))?;
            }
            "--json" => plan.json = true,
            _ => return Err("partition [--nodes N] [--minutes M] [--seed K] [--pace MS] [--json]".to_owned()),
        }
    }
    if !(2..=500).contains(&plan.nodes) {
        return Err("from 2 to 500 nodes".to_owned());
    }
    if !cfg!(target_os = "linux") {
        return Err("the whole network 127/8 and /proc are needed: Linux only".to_owned());
    }
    Ok(plan)
}

async fn soak(plan: Plan) -> Result<Report, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let net = Net::new(plan.nodes, plan.seed);
    let mut dice = Dice::of(plan.seed, 0);
    let mut nodes = Vec::new();
    for number in 0..plan.nodes {
        let listener = TcpListener::bind((before(number), 0)).await.map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        tokio::spawn(Arc::clone(&net).carry_for(number, listener, port));
        nodes.push(Arc::new(Node::new(number, folder.path(), port, &net)));
    }
    for node in &nodes {
        node.start().await?;
    }
    let book = Arc::new(Book::default());
    let (early, late) = acquaintances(plan.nodes, &mut dice);
    println!("{} nodes run; {} pairs of people meet", nodes.len(), early.len());
    begin(&nodes, &book, early).await?;

    println!("for {:?} the network falls apart and nodes are killed; seed {}", plan.time, plan.seed);
    let until = Instant::now() + plan.time;
    let mut people = JoinSet::new();
    for (node, hand) in nodes.iter().zip(1..) {
        let dice = Dice::of(plan.seed, hand);
        people.spawn(Arc::clone(&book).live(Arc::clone(node), dice, plan.pace));
    }
    for (one, other) in late {
        let pair =
            nodes.get(one).zip(nodes.get(other)).map(|(one, other)| (Arc::clone(one), Arc::clone(other)));
        let Some((one, other)) = pair else { continue };
        let (book, at) = (Arc::clone(&book), dice.below(100));
        let wait = plan.time.mul_f64(f64::from(u32::try_from(at).unwrap_or(0)) / 150.0);
        people.spawn(async move {
            tokio::time::sleep(wait).await;
            book.meet(&one, &other).await;
        });
    }
    let blows = Arc::new(Blows::default());
    let mut weights = Weights::default();
    {
        let mut raging = std::pin::pin!(rage(&nodes, &net, &blows, Dice::of(plan.seed, 2 << 32), until));
        loop {
            tokio::select! {
                raged = &mut raging => break raged?,
                () = tokio::time::sleep(Duration::from_secs(5)) => weights.weigh(&nodes),
            }
        }
    }
    let mended = Instant::now();
    book.over.store(true, Relaxed);
    while people.join_next().await.is_some() {}
    println!("all is mended");
    quiet(&nodes, &book, QUIET.saturating_sub(mended.elapsed())).await?;
    let quiet = mended.elapsed();
    weights.weigh(&nodes);
    let wholes = wholes(&nodes).await?;
    let seen = compare(&wholes, &held(&book.promises), &held(&book.met));
    for node in &nodes {
        node.leave().await;
    }
    Ok(Report { plan: (plan.nodes, plan.time, plan.seed), seen, quiet, book, blows, net, weights })
}

/// Who meets whom: now, and while everything falls apart. Everybody knows somebody.
fn acquaintances(nodes: usize, dice: &mut Dice) -> (Vec<Pair>, Vec<Pair>) {
    let mut pairs: Vec<Pair> = (1..nodes).map(|node| (node, dice.below(node))).collect();
    let wanted = (nodes * DEGREE / 2).min(nodes * (nodes - 1) / 2);
    while pairs.len() < wanted {
        let pair = (dice.below(nodes), dice.below(nodes));
        let known = pairs.iter().any(|known| *known == pair || *known == (pair.1, pair.0));
        if pair.0 != pair.1 && !known {
            pairs.push(pair);
        }
    }
    let late = pairs.split_off(pairs.len() * 3 / 4);
    (pairs, late)
}

/// The first tallies, while everything works.
async fn begin(nodes: &[Arc<Node>], book: &Arc<Book>, pairs: Vec<Pair>) -> Result<(), String> {
    for (one, other) in pairs {
        if let Some((one, other)) = nodes.get(one).zip(nodes.get(other)) {
            book.meet(one, other).await;
        }
    }
    quiet(nodes, book, BEGINNING).await
}

/// Lets people answer everything until nobody has anything left to say.
async fn quiet(nodes: &[Arc<Node>], book: &Arc<Book>, patience: Duration) -> Result<(), String> {
    let until = Instant::now() + patience;
    loop {
        let mut asked = JoinSet::new();
        for node in nodes {
            let (node, book) = (Arc::clone(node), Arc::clone(book));
            asked.spawn(async move {
                let answer = Some(node.number % 2 == 0);
                book.ask(&node, Ask::Agree { answer, all: true }).await;
                let glance = match node.ask(&Ask::Glance).await {
                    Some(Said::Glance(glance)) => Some(glance),
                    _ => None,
                };
                (node.number, glance)
            });
        }
        let mut loud = Vec::new();
        while let Some(Ok((number, glance))) = asked.join_next().await {
            match glance {
                Some(glance) if glance.waiting + glance.undecided + glance.behind == 0 => {}
                Some(glance) => loud.push(format!(
                    "node {number}: {} letters, {} undecided, {} behind",
                    glance.waiting, glance.undecided, glance.behind
                )),
                None => loud.push(format!("node {number} is not there")),
            }
        }
        if loud.is_empty() {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(format!("it does not get quiet:\n{}", loud.join("\n")));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn wholes(nodes: &[Arc<Node>]) -> Result<Vec<Whole>, String> {
    let mut wholes = Vec::new();
    for node in nodes {
        match node.ask(&Ask::Whole).await {
            Some(Said::Whole(whole)) => wholes.push(*whole),
            other => return Err(format!("node {} does not tell everything: {other:?}", node.number)),
        }
    }
    Ok(wholes)
}
