//! Two wallets that trade, in a process of their own, and how they are told what to do: a line of orders, a line of
//! JSON back.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tallystick_core::Half;
use tallystick_node::view::{
    CopiesState, InviteTerms, NewIdentity, PhaseView, ProtectorChoice, TallyView, Template,
};
use tallystick_node::{Config, Session, Wallet};
use tallystick_vault::testing::Works;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::HONEST;

/// One entry in this time, at most: people are no faster, and a queue would be measured otherwise.
const BEAT: Duration = Duration::from_millis(50);

/// Between two looks at what the process holds.
const LOOK: Duration = Duration::from_secs(1);

/// Longer than any entry may take; one not arrived by then counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of some trading.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trade {
    /// From the order to sign until both copies match, in µs, one for each entry.
    pub(crate) micros: Vec<u64>,
    /// Entries whose copies did not match in time.
    pub(crate) lost: u64,
    /// What the process held, once a second.
    pub(crate) looks: Vec<Look>,
    /// Processor time that the process spent, in ms.
    pub(crate) cpu: u64,
}

/// What the process of the two wallets holds at one moment; of the tables, the bigger of the two.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Look {
    /// Memory of its own, in KiB.
    pub(crate) rss: u64,
    /// Addresses the doorkeeper remembers.
    pub(crate) known: u32,
    /// Calls that are not open.
    pub(crate) half_open: u32,
    /// Calls let in.
    pub(crate) calls: u32,
    /// Open links.
    pub(crate) links: u32,
    /// Addresses turned away.
    pub(crate) banned: u32,
}

/// How it all ended.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct End {
    /// Entries in the two copies.
    pub(crate) entries: [u64; 2],
    /// Things wrong in either ledger.
    pub(crate) wrong: usize,
    /// Calls turned away.
    pub(crate) refused: u64,
    /// Calls that had to make room.
    pub(crate) evicted: u64,
    /// Bans made.
    pub(crate) bans: u64,
    /// Messages dropped on open links.
    pub(crate) dropped: u64,
}

/// The process of the two wallets, seen from outside.
pub(crate) struct Honest {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// Entries asked for so far.
    pub(crate) asked: u64,
}

impl Honest {
    /// Starts it; the two have a tally when this returns.
    pub(crate) async fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["attack", HONEST])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the wallets start");
        let orders = child.stdin.take().expect("an input");
        let answers = BufReader::new(child.stdout.take().expect("an output")).lines();
        Self { child, orders, answers, asked: 0 }
    }

    /// A ticket of each of the two.
    pub(crate) async fn tickets(&mut self) -> [String; 2] {
        self.order("tickets").await
    }

    /// Has them trade for so long.
    pub(crate) async fn trade(&mut self, span: Duration) -> Trade {
        let trade: Trade = self.order(&format!("trade {}", span.as_millis())).await;
        self.asked += u64::try_from(trade.micros.len()).expect("a number") + trade.lost;
        trade
    }

    /// Has them close their wallets.
    pub(crate) async fn end(mut self) -> End {
        let end = self.order("end").await;
        drop(self.orders);
        self.child.wait().await.expect("the wallets end");
        end
    }

    async fn order<A: for<'a> Deserialize<'a>>(&mut self, order: &str) -> A {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.expect("the wallets listen");
        let line = self.answers.next_line().await.expect("the wallets answer").expect("an answer");
        serde_json::from_str(&line).expect("an answer in JSON")
    }
}

/// Is the two wallets until the orders end.
pub(crate) async fn serve(folder: PathBuf) -> bool {
    let keychain = Arc::new(Works::default());
    let pair = Pair {
        ana: Person::new(&folder, "Ana Ruiz", &keychain).await,
        ben: Person::new(&folder, "Ben Ode", &keychain).await,
    };
    let tally = pair.agree().await;
    let halves = [pair.ana.half(&tally).await, pair.ben.half(&tally).await];
    let mut made = 0;
    while let Some(order) = order().await {
        let answer = match order.split_once(' ') {
            Some(("trade", millis)) => {
                let span = Duration::from_millis(millis.parse().expect("a number"));
                serde_json::to_string(&pair.trade(&tally, halves, &mut made, span).await)
            }
            _ if order == "tickets" => {
                serde_json::to_string(&[pair.ana.ticket().await, pair.ben.ticket().await])
            }
            _ => serde_json::to_string(&pair.end(&tally).await),
        };
        println!("{}", answer.expect("JSON"));
    }
    true
}

/// The next line of the input, if there is one.
async fn order() -> Option<String> {
    let read = || std::io::stdin().lines().next().and_then(Result::ok);
    tokio::task::spawn_blocking(read).await.ok().flatten()
}

struct Person {
    session: Session,
    wallet: Wallet,
}

struct Pair {
    ana: Person,
    ben: Person,
}

impl Person {
    async fn new(folder: &Path, name: &str, keychain: &Arc<Works>) -> Self {
        let mut config = Config::new(folder.join(name));
        config.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        config.advertise = Some("127.0.0.1".to_owned());
        let keychain = Arc::clone(keychain);
        let session = Session::open(config, keychain).await.expect("the profile opens");
        let identity = NewIdentity { name: name.to_owned(), protector: ProtectorChoice::Keychain };
        session.create(identity).await.expect("an identity");
        let wallet = session.wallet().await.expect("an open wallet");
        Self { session, wallet }
    }

    async fn ticket(&self) -> String {
        let terms = InviteTerms {
            template: Template::Friend,
            they_may_owe: 1_000_000_000,
            notice_days: 14,
            good_for: 48 * 3_600,
            note: None,
            uses: 1,
            only_for: None,
            contract: None,
            disclose: Vec::new(),
            memo: None,
        };
        self.wallet.invite(terms).await.expect("a ticket").link.expect("a live ticket has a link")
    }

    async fn half(&self, tally: &str) -> Half {
        self.wallet.half_of(tally).await.expect("a tally")
    }

    async fn found(&self, good: impl Fn(&TallyView) -> bool) -> TallyView {
        let mut events = self.session.events();
        let search = async {
            loop {
                for row in self.wallet.tallies().await.expect("tallies") {
                    let view = self.wallet.tally(&row.id).await.expect("a tally");
                    if good(&view) {
                        return view;
                    }
                }
                let _ = events.recv().await;
            }
        };
        timeout(PATIENCE, search).await.expect("the tally comes about in time")
    }

    /// Waits until the copies are known to match at this many entries.
    async fn matched(&self, tally: &str, entries: u64) -> bool {
        let mut events = self.session.events();
        let search = async {
            while self.wallet.newest(tally).await.expect("a tally") != (entries, true) {
                match events.recv().await {
                    Ok(_) | Err(RecvError::Lagged(_)) => while events.try_recv().is_ok() {},
                    Err(RecvError::Closed) => return,
                }
            }
        };
        timeout(PATIENCE, search).await.is_ok()
    }
}

impl Pair {
    /// One tally between the two.
    async fn agree(&self) -> String {
        let card = self.ben.wallet.code_inspect(&self.ana.ticket().await).await.expect("a card");
        let inspection = card.inspection.expect("a good code");
        self.ben.wallet.contact(&inspection, Vec::new()).await.expect("contact");
        let answered = self.ana.found(|tally| tally.row.phase == PhaseView::PartnerDraft).await;
        let preview = self.ana.wallet.offer_preview(&answered.row.id).await.expect("a preview");
        self.ana.wallet.sign(&preview.id).await.expect("signed");
        let offered = self.ben.found(|tally| tally.row.phase == PhaseView::OfferedToUs).await;
        let preview = self.ben.wallet.accept_preview(&offered.row.id).await.expect("a preview");
        self.ben.wallet.sign(&preview.id).await.expect("signed");
        let open = |tally: &TallyView| {
            tally.row.phase == PhaseView::Open && tally.row.copies.state == CopiesState::Match
        };
        self.ana.found(open).await;
        self.ben.found(open).await;
        offered.row.id
    }

    async fn trade(&self, tally: &str, halves: [Half; 2], made: &mut u64, span: Duration) -> Trade {
        let (start, cpu) = (Instant::now(), spent());
        let mut trade = Trade { looks: vec![self.look().await], ..Trade::default() };
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next_look = start + LOOK;
        while start.elapsed() < span {
            beat.tick().await;
            let (payer, half) = match *made % 2 {
                0 => (&self.ana, halves[0]),
                _ => (&self.ben, halves[1]),
            };
            *made += 1;
            let begun = Instant::now();
            payer.wallet.pay_unseen(tally, half, 1_000).await.expect("signed");
            let (here, there) = tokio::join!(self.ana.matched(tally, *made), self.ben.matched(tally, *made));
            if here && there {
                trade.micros.push(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
            } else {
                trade.lost += 1;
            }
            if Instant::now() >= next_look {
                trade.looks.push(self.look().await);
                next_look = Instant::now() + LOOK;
            }
        }
        trade.cpu = spent().saturating_sub(cpu);
        trade
    }

    async fn look(&self) -> Look {
        let mut look = Look { rss: resident(), ..Look::default() };
        for person in [&self.ana, &self.ben] {
            let doors = person.wallet.doors();
            let links = person.wallet.connection().await.expect("a state").links;
            look.known = look.known.max(doors.known);
            look.half_open = look.half_open.max(doors.half_open);
            look.calls = look.calls.max(doors.calls);
            look.links = look.links.max(links);
            look.banned = look.banned.max(doors.turned_away_count);
        }
        look
    }

    async fn end(&self, tally: &str) -> End {
        let mut end = End::default();
        for (at, person) in [&self.ana, &self.ben].into_iter().enumerate() {
            let doors = person.wallet.doors();
            end.refused += doors.refused;
            end.evicted += doors.evicted;
            end.bans += doors.bans;
            end.dropped += doors.dropped;
            end.wrong += person.wallet.verify().await.expect("verified").wrong.len();
            end.entries[at] = person.wallet.newest(tally).await.expect("a tally").0;
        }
        for person in [&self.ana, &self.ben] {
            person.session.shutdown().await;
        }
        end
    }
}

/// Processor time of this process so far, in ms; nothing where there is no `/proc`.
fn spent() -> u64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold spaces: user and system time are the 12th and 13th, in hundredths of a second.
    let ticks = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

/// KiB of memory that are this process's own.
fn resident() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0)
}
