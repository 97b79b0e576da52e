//! What the callers are told to do, and what the wallet spends on it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::block_in_place;

use crate::Size;
use crate::bare;
use crate::callers::WORD;
use crate::ceilings::{Ceilings, plain_frames};
use crate::echo::{Times, there_and_back};
use crate::report::{Report, rate};
use crate::wallet::Called;

/// The process of the callers.
struct Callers {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Callers {
    fn start(chad: &str) -> Self {
        let own = std::env::current_exe().expect("this benchmark");
        let mut child = Command::new(own)
            .args([WORD, chad])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the callers start");
        let orders = child.stdin.take().expect("an input");
        let answers = BufReader::new(child.stdout.take().expect("an output"));
        Self { child, orders, answers }
    }

    /// Has something done; how long it took.
    fn order(&mut self, order: &str) -> Duration {
        block_in_place(|| {
            writeln!(self.orders, "{order}").expect("the callers listen");
            let mut line = String::new();
            self.answers.read_line(&mut line).expect("the callers answer");
            Duration::from_nanos(line.trim().parse().expect("a number"))
        })
    }

    fn end(mut self) {
        drop(self.orders);
        self.child.wait().expect("the callers end");
    }
}

/// Uses of one ticket.
const USES: u32 = 20;

/// Measures everything that needs a wallet.
pub(crate) async fn all(folder: &Path, size: Size, ceilings: &Ceilings, report: &mut Report) {
    let called = Called::new(folder).await;
    let mut callers = Callers::start(&called.chad.to_uri());
    let ticket = called.invite(1).await;
    callers.order(&format!("join {}", ticket.to_link()));
    // First, while the heap is fresh: later, links would be put where others were, and seem to cost nothing.
    idle(&mut callers, size, report);
    links(&called, &mut callers, size, ceilings, report).await;
    messages(&mut callers, size, report).await;
    round_trips(size, report).await;
    garbage(&mut callers, size, called.chad.port(), report).await;
    callers.end();
    called.session.shutdown().await;
}

async fn links(called: &Called, callers: &mut Callers, size: Size, ceilings: &Ceilings, report: &mut Report) {
    const SECTION: &str = "links opened: a real listener, both ends on this machine";
    let cores = u32::try_from(std::thread::available_parallelism().map_or(1, usize::from)).unwrap_or(1);
    callers.order(&format!("known {} 1", size.links / 10));
    let alone = rate(size.links / 5, callers.order(&format!("known {} 1", size.links / 5)));
    let used = spent();
    let many = rate(size.links, callers.order(&format!("known {} {}", size.links, size.at_once)));
    let micros = (spent() - used).as_secs_f64() * 1e6 / f64::from(size.links);
    report.add(SECTION, "N and K, one at a time", alone, "/s");
    let mut strangers = Callers::start(&bare::listen().await.to_uri());
    strangers.order(&format!("known {} {}", size.links / 10, size.at_once));
    let bare = rate(size.links, strangers.order(&format!("known {} {}", size.links, size.at_once)));
    strangers.end();
    report.add(
        SECTION,
        &format!("handshakes with no wallet behind them, {} at once", size.at_once),
        bare,
        "/s",
    );
    let share = many / (ceilings.known * f64::from(cores));
    let beside = format!(
        "{:.2} of that, and {share:.2} of the handshakes in memory on {cores} cores; goal 2,500, and 0.70",
        many / bare
    );
    report.add_beside(SECTION, &format!("N and K, {} at once", size.at_once), many, "/s", beside);
    report.add(SECTION, "processor time of the wallet for one", micros, "µs");
    let per_line = (size.links / 200).clamp(1, 10);
    let mut order = format!("tickets {USES}");
    for _ in 0..per_line {
        order.push(' ');
        order.push_str(&called.invite(USES).await.to_link());
    }
    let count = per_line * USES;
    let tickets = rate(count, callers.order(&order));
    let share =
        format!("{:.2} of the handshakes alone on one core; each is a commit", tickets / ceilings.ticket);
    report.add_beside(SECTION, &format!("I with a ticket, {per_line} at once"), tickets, "/s", share);
}

async fn messages(callers: &mut Callers, size: Size, report: &mut Report) {
    const SECTION: &str = "messages on one link, from socket to parsed";
    for (length, count) in [(512_u16, size.messages), (8_192, size.messages / 16)] {
        let plain = plain_frames(length, count).await;
        let used = spent();
        let sealed = rate(count, callers.order(&format!("messages {length} {count}")));
        let nanos = (spent() - used).as_secs_f64() * 1e9 / f64::from(count);
        report.add(SECTION, &format!("plain frames of {length} bytes, one reader"), plain, "/s");
        let beside = format!(
            "{:.2} of plain frames{}",
            sealed / plain,
            if length == 512 { "; goal 400,000" } else { "" }
        );
        report.add_beside(SECTION, &format!("T of {length} bytes"), sealed, "/s", beside);
        report.add(SECTION, "processor time of the wallet for one", nanos / 1e3, "µs");
    }
}

/// One message of 512 bytes, and its like back, before the next.
async fn round_trips(size: Size, report: &mut Report) {
    const SECTION: &str = "one message there and back, no wallet behind it";
    let count = (size.links * 2).min(20_000);
    let plain = there_and_back(false, 512, count).await;
    let sealed = there_and_back(true, 512, count).await;
    let slowest = |times: Times| format!("one in a hundred takes {:.1} µs", times.1);
    report.add_beside(SECTION, "a plain frame of 512 bytes", plain.0, "µs", slowest(plain));
    let beside = format!("{:.2} of plain frames; {}", sealed.0 / plain.0, slowest(sealed));
    report.add_beside(SECTION, "T of 512 bytes", sealed.0, "µs", beside);
}

fn idle(callers: &mut Callers, size: Size, report: &mut Report) {
    const SECTION: &str = "links that are silent";
    // A few before, so that what is made once is not counted; they stay.
    callers.order("idle 10");
    let before = resident();
    callers.order(&format!("idle {}", size.idle));
    let each = (resident() - before) / f64::from(size.idle);
    let beside = format!("of {} links; goal 15", size.idle);
    report.add_beside(SECTION, "memory of one", each / 1_024.0, "KiB", beside);
    callers.order("hang-up");
}

async fn garbage(callers: &mut Callers, size: Size, port: u16, report: &mut Report) {
    const SECTION: &str = "strangers: processor time for a first packet of nonsense";
    let plain = deaf().await;
    let mut micros = |count: u32, at_once: u32, port: u16| {
        let used = spent();
        callers.order(&format!("garbage {count} {at_once} {port}"));
        (spent() - used).as_secs_f64() * 1e6 / f64::from(count)
    };
    micros(size.garbage / 10, 1, port);
    for at_once in [1, size.at_once] {
        let floor = micros(size.garbage, at_once, plain);
        let ours = micros(size.garbage, at_once, port);
        let how = if at_once == 1 { "one at a time".to_owned() } else { format!("{at_once} at once") };
        report.add(SECTION, &format!("a listener that reads and hangs up, {how}"), floor, "µs");
        let beside = format!("{:.1} of it the handshake and the doorkeeper; goal 60", ours - floor);
        report.add_beside(SECTION, &format!("the wallet, {how}"), ours, "µs", beside);
    }
}

/// The port of a listener that reads once and hangs up: what a call costs whatever is done about it.
async fn deaf() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = BytesMut::with_capacity(4 * 1024);
                let _ = stream.read_buf(&mut buffer).await;
            });
        }
    });
    port
}

/// Processor time of this process so far, threads that have ended included; nothing where there is no `/proc`.
fn spent() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold spaces: user and system time are the 12th and 13th, in hundredths of a second.
    let ticks = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    Duration::from_millis(ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

/// Bytes of memory that are this process's own.
fn resident() -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) * 1_024.0
}
