//! Enemies at the door of two wallets that trade.
//!
//! The two wallets live in a process of their own, so that what they spend and hold is theirs. First they trade in
//! quiet, then while eight enemies do, from addresses of their own, what strangers on the internet do; every byte that
//! an enemy's socket receives is counted.

mod enemies;
mod honest;
mod report;
mod scripts;

use std::process::ExitCode;
use std::time::Duration;

use crate::attack::enemies::Enemies;
use crate::attack::honest::Honest;
use crate::attack::report::Report;

/// The word by which this program calls itself to be the two wallets.
const HONEST: &str = "--honest";

/// The longest quiet time, for the comparison.
const QUIET: Duration = Duration::from_secs(60);

/// What was asked for.
struct Wish {
    attack: Duration,
    json: bool,
}

/// Runs the attack, or the two wallets that it is about.
pub(crate) fn run(words: &[String]) -> ExitCode {
    if let [word, folder] = words
        && word == HONEST
    {
        return on_threads(honest::serve(folder.into()));
    }
    match wish(words) {
        Ok(wish) => on_threads(attack(wish)),
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::from(2)
        }
    }
}

fn wish(words: &[String]) -> Result<Wish, String> {
    let mut wish = Wish { attack: Duration::from_secs(600), json: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut number = || {
            let number = words.next().and_then(|word| word.parse::<u32>().ok()).filter(|number| *number > 0);
            number.map(u64::from).ok_or_else(|| format!("{word} needs a number"))
        };
        match word.as_str() {
            "--minutes" => wish.attack = Duration::from_secs(60 * number()?),
            "--seconds" => wish.attack = Duration::from_secs(number()?),
            "--json" => wish.json = true,
            other => {
                return Err(format!(
                    "`{other}` is not known here; there are --minutes, --seconds and --json"
                ));
            }
        }
    }
    Ok(wish)
}

fn on_threads(work: impl Future<Output = bool>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) if runtime.block_on(work) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("no threads: {error}");
            ExitCode::FAILURE
        }
    }
}

/// True if everything held that does not depend on how fast this machine is.
async fn attack(wish: Wish) -> bool {
    let folder = tempfile::tempdir().expect("a folder for the profiles");
    let mut honest = Honest::start(folder.path()).await;
    let enemies = Enemies::meet(&mut honest).await;
    // Whatever is only done once is over before anything is measured.
    honest.trade(Duration::from_secs(2)).await;
    let quiet = honest.trade(QUIET.min(wish.attack / 3)).await;
    let under_way = enemies.attack();
    let attacked = honest.trade(wish.attack).await;
    let harm = under_way.stop().await;
    let asked = honest.asked;
    let end = honest.end().await;
    let report = Report { quiet, attacked, harm, end, asked };
    if wish.json {
        println!("{}", report.to_json())
    } else {
        println!("{report}")
    }
    report.holds()
}
