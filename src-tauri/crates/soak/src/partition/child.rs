//! One node in a process of its own, which does what it is told and can be killed at any instant.

use std::io::{BufRead as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use tallystick_node::view::{
    CopiesState, Direction, EntryKind, Failure, HistoryFilter, InviteTerms, NewIdentity, PhaseView,
    ProtectorChoice, RequestState, SettingsDraft, Stage, TallyRow, Template,
};
use tallystick_node::{Config, Session, Wallet};
use tallystick_vault::{Argon2Cost, Keychain, KeychainError, WrappingKey};

use super::words::{Ask, Asked, Copy, Entry, Glance, Said, Whole};

/// What every node's keys are sealed with; the least there is, for there are many.
const PASSPHRASE: &str = "eleven lords a-leaping";

/// Pauses between repetitions, in ms: minutes here stand for days.
const FIRST_PAUSE: u32 = 250;
const LONGEST_PAUSE: u32 = 8_000;

/// There is none: a process that is killed would lose one in memory, and the system's is none of our business.
struct NoKeychain;

impl Keychain for NoKeychain {
    fn probe(&self) -> Result<(), KeychainError> {
        Err(KeychainError::Missing(None))
    }
    fn get(&self, _: &str) -> Result<Option<WrappingKey>, KeychainError> {
        Err(KeychainError::Missing(None))
    }
    fn set(&self, _: &str, _: &WrappingKey) -> Result<(), KeychainError> {
        Err(KeychainError::Missing(None))
    }
    fn delete(&self, _: &str) -> Result<(), KeychainError> {
        Err(KeychainError::Missing(None))
    }
}

/// `soak node FOLDER NAME LISTEN ADVERTISED`: serves until told to leave, or until its standard input ends.
pub(crate) fn serve(words: &[String]) -> ExitCode {
    match live(words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::FAILURE
        }
    }
}

fn live(words: &[String]) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let (session, wallet) = runtime.block_on(open(words))?;
    say(&Said::Ready)?;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let ask = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        if matches!(ask, Ask::Leave) {
            runtime.block_on(session.shutdown());
            return say(&Said::Done(None));
        }
        let said = runtime.block_on(perform(&wallet, ask));
        say(&said.unwrap_or_else(|failure| Said::Refused(told(failure))))?;
    }
    // Whoever started us is gone.
    Ok(())
}

async fn open(words: &[String]) -> Result<(Session, Wallet), String> {
    let [folder, name, listen, advertised] = words else {
        return Err("node FOLDER NAME LISTEN ADVERTISED".to_owned());
    };
    let listen: SocketAddr = listen.parse().map_err(|_| "no address to listen on".to_owned())?;
    let mut config = Config::new(PathBuf::from(folder));
    config.listen = Some(listen);
    config.advertise = Some(advertised.clone());
    config.retry.first = FIRST_PAUSE;
    config.retry.longest = LONGEST_PAUSE;
    config.cost = Argon2Cost::new(8, 1, 1).map_err(|error| error.to_string())?;
    let session = Session::open(config, Arc::new(NoKeychain)).await.map_err(|error| error.to_string())?;
    let passphrase = PASSPHRASE.to_owned();
    match session.state().await.map_err(told)?.stage {
        Stage::New => {
            let protector = ProtectorChoice::Passphrase { passphrase };
            session.create(NewIdentity { name: name.clone(), protector }).await.map_err(told)?;
        }
        Stage::Locked => drop(session.unlock(Some(passphrase)).await.map_err(told)?),
        Stage::Ready => {}
    }
    let wallet = session.wallet().await.map_err(told)?;
    match wallet.connection().await.map_err(told)?.listening {
        Some(_) => Ok((session, wallet)),
        None => Err(format!("nobody can listen on {listen}")),
    }
}

fn say(said: &Said) -> Result<(), String> {
    let mut line = serde_json::to_vec(said).map_err(|error| error.to_string())?;
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    out.write_all(&line).and_then(|()| out.flush()).map_err(|error| error.to_string())
}

fn told(failure: Failure) -> String {
    format!("{:?}", failure.code)
}

async fn perform(wallet: &Wallet, ask: Ask) -> Result<Said, Failure> {
    let entry = match ask {
        Ask::Invite => wallet.invite(terms()).await?.link,
        Ask::Contact { link } => {
            let card = wallet.code_inspect(&link).await?;
            let Some(inspection) = card.inspection else {
                return Ok(Said::Refused(format!("{:?}", card.problem)));
            };
            Some(wallet.contact(&inspection, Vec::new()).await?)
        }
        Ask::Agree { answer, all } => agree(wallet, answer, all).await?,
        Ask::Pay { tally, units } => {
            let memo = Some("bread and eggs".to_owned());
            sign(wallet, wallet.pay_preview(&tally, units, memo).await?.id).await?
        }
        Ask::Settle { tally } => {
            let owed = -wallet.tally(&tally).await?.row.balance;
            if owed <= 0 {
                return Ok(Said::Refused("nothing is owed".to_owned()));
            }
            sign(wallet, wallet.pay_preview(&tally, owed, Some("we are even".to_owned())).await?.id).await?
        }
        Ask::Set { tally, target } => {
            let draft = SettingsDraft { target, bound: target * 2, reward_ppm: 0, clutch_ppm: 10_000 };
            sign(wallet, wallet.settings_preview(&tally, draft).await?.id).await?
        }
        Ask::Request { tally, units } => {
            wallet.request(&tally, units, Some("half of the rent".to_owned()), 30).await?;
            None
        }
        Ask::Withdraw { tally } => {
            let requests = wallet.requests(Some(&tally)).await?;
            let mine = requests.iter().rfind(|asked| asked.mine && asked.state == RequestState::Waiting);
            if let Some(mine) = mine {
                wallet.request_withdraw(&tally, &mine.id).await?;
            }
            None
        }
        Ask::Cancel { tally, entry } => {
            wallet.entry_cancel(&tally, &entry).await?;
            None
        }
        Ask::Glance => return Ok(Said::Glance(glance(wallet).await?)),
        Ask::Whole => return Ok(Said::Whole(Box::new(whole(wallet).await?))),
        Ask::Leave => None,
    };
    Ok(Said::Done(entry))
}

async fn sign(wallet: &Wallet, preview: String) -> Result<Option<String>, Failure> {
    Ok(wallet.sign(&preview).await?.entry)
}

/// Offers, accepts and answers; the first that waits, or all of them. Gives the entry of a request that was paid.
async fn agree(wallet: &Wallet, answer: Option<bool>, all: bool) -> Result<Option<String>, Failure> {
    for row in wallet.tallies().await? {
        let preview = match row.phase {
            PhaseView::PartnerDraft => wallet.offer_preview(&row.id).await?,
            PhaseView::OfferedToUs => wallet.accept_preview(&row.id).await?,
            _ => continue,
        };
        sign(wallet, preview.id).await?;
    }
    let Some(pay) = answer else { return Ok(None) };
    let mut paid = None;
    for asked in wallet.requests(None).await? {
        if asked.mine || asked.state != RequestState::Waiting {
            continue;
        }
        if pay {
            let preview = wallet.grant_preview(&asked.tally, &asked.id).await?;
            paid = sign(wallet, preview.id).await?;
        } else {
            wallet.request_refuse(&asked.tally, &asked.id, Some("not this month".to_owned())).await?;
        }
        if !all {
            break;
        }
    }
    Ok(paid)
}

async fn glance(wallet: &Wallet) -> Result<Glance, Failure> {
    let rows = wallet.tallies().await?;
    let count = |what: &dyn Fn(&TallyRow) -> bool| {
        u32::try_from(rows.iter().filter(|row| what(row)).count()).unwrap_or(u32::MAX)
    };
    let on_the_way = count(&|row| row.partner.is_some() && row.phase != PhaseView::Open);
    let requests = wallet.requests(None).await?;
    let asked = requests.iter().filter(|asked| asked.state == RequestState::Waiting).count();
    Ok(Glance {
        waiting: wallet.connection().await?.waiting,
        open: rows.iter().filter(|row| row.phase == PhaseView::Open).map(|row| row.id.clone()).collect(),
        undecided: on_the_way.saturating_add(u32::try_from(asked).unwrap_or(u32::MAX)),
        behind: count(&|row| row.phase == PhaseView::Open && row.copies.state != CopiesState::Match),
    })
}

async fn whole(wallet: &Wallet) -> Result<Whole, Failure> {
    let mut tallies = Vec::new();
    for row in wallet.tallies().await? {
        tallies.push(copy(wallet, &row).await?);
    }
    let requests = wallet.requests(None).await?;
    let asked = |view: tallystick_node::view::RequestView| Asked {
        id: view.id,
        mine: view.mine,
        state: format!("{:?}", view.state),
    };
    let findings = wallet.verify().await?;
    Ok(Whole {
        glance: glance(wallet).await?,
        tallies,
        requests: requests.into_iter().map(asked).collect(),
        wrong: findings.wrong.iter().map(|finding| format!("{finding:?}")).collect(),
    })
}

async fn copy(wallet: &Wallet, row: &TallyRow) -> Result<Copy, Failure> {
    let view = wallet.tally(&row.id).await?;
    let (mut entries, mut cancelled, mut before) = (Vec::new(), Vec::new(), None);
    loop {
        let page = wallet.history(&row.id, before, HistoryFilter::default()).await?;
        entries.extend(page.entries.into_iter().map(|entry| Entry {
            index: entry.index,
            id: entry.id,
            toward_me: match (entry.kind, entry.direction) {
                (EntryKind::Settings, _) => 0,
                (_, Direction::TowardMe) => entry.units,
                (_, Direction::TowardThem) => -entry.units,
            },
        }));
        cancelled.extend(page.cancelled.into_iter().map(|cancelled| cancelled.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    entries.reverse();
    Ok(Copy {
        id: row.id.clone(),
        phase: format!("{:?}", row.phase),
        half: view.my_half,
        balance: row.balance,
        digest: view.proof.digest,
        head: view.proof.head,
        hash: view.proof.head_hash,
        agreed: view.proof.agreed,
        entries,
        cancelled,
    })
}

fn terms() -> InviteTerms {
    InviteTerms {
        template: Template::Friend,
        they_may_owe: 1_000_000_000,
        notice_days: 14,
        good_for: 86_400,
        note: None,
        uses: 1,
        only_for: None,
        contract: None,
        disclose: Vec::new(),
        memo: None,
    }
}
