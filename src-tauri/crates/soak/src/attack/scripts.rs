//! What each enemy does, again and again.

use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tallystick_core::{Ticket, Token};
use tallystick_noise::frame::{self, Header};
use tallystick_noise::{Effect, Input, Link};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::enemies::{Harm, RAIN, Socket, Target, certificate, mallory, stranger, ticket_message};

/// Between two calls of one enemy.
const BEAT: Duration = Duration::from_millis(10);

/// Calls that one enemy holds at once.
const AT_ONCE: usize = 200;

/// Addresses of an enemy who comes back to the same ones, and is banned.
const FEW: u32 = 100;

/// Addresses of one who comes from everywhere.
const MANY: u32 = 60_000;

type Targets = [Arc<Target>; 2];

/// Goes on until it is stopped.
type Script = fn(Targets, u32, Arc<Harm>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Every enemy.
pub(crate) fn all() -> [(&'static str, Script); 8] {
    [
        ("a byte a second, or half a frame", |targets, who, harm| Box::pin(slow(targets, who, harm))),
        ("giant frames", |targets, who, harm| Box::pin(again(targets, (who, FEW), harm, giants))),
        ("names", |targets, who, harm| Box::pin(again(targets, (who, FEW), harm, names))),
        ("messages on an open link", |targets, who, harm| Box::pin(talk(targets, who, harm))),
        ("guessed tickets", |targets, who, harm| Box::pin(again(targets, (who, FEW), harm, guesses))),
        ("recorded tickets", |targets, who, harm| {
            Box::pin(again(targets, (who, FEW), harm, |target, _| target.recorded_ticket.clone()))
        }),
        ("recorded names and proofs", |targets, who, harm| {
            Box::pin(again(targets, (who, FEW), harm, |target, _| target.recorded_call.clone()))
        }),
        ("calls from everywhere, half open", |targets, who, harm| {
            Box::pin(again(targets, (who, MANY), harm, |_, _| Vec::new()))
        }),
    ]
}

/// The n-th address of an enemy: nobody else's.
fn address(who: u32, number: u32) -> Ipv4Addr {
    let [_, _, high, low] = (number % MANY + 1).to_be_bytes();
    Ipv4Addr::new(127, u8::try_from(16 + who).unwrap_or(u8::MAX), high, low)
}

/// Calls at every beat, says something, and listens until it is hung up on.
async fn again(
    targets: Targets,
    (who, addresses): (u32, u32),
    harm: Arc<Harm>,
    say: fn(&Target, u32) -> Vec<u8>,
) {
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut calls = JoinSet::new();
    for number in 0_u32.. {
        beat.tick().await;
        while calls.try_join_next().is_some() {}
        if calls.len() >= AT_ONCE {
            calls.join_next().await;
        }
        let target = Arc::clone(&targets[usize::from(number % 2 == 1)]);
        let (harm, from) = (Arc::clone(&harm), address(who, number % addresses));
        calls.spawn(async move {
            if let Some(mut socket) = Socket::call(&target, from, &harm).await {
                let words = say(&target, number);
                if words.is_empty() || socket.write(&words).await {
                    socket.listen().await;
                }
            }
        });
    }
}

/// Frames that are longer than any may be.
fn giants(_: &Target, number: u32) -> Vec<u8> {
    let length = [65_537, 1 << 20, 1 << 31, u32::MAX][usize::try_from(number % 4).unwrap_or(0)];
    [&length.to_be_bytes()[..], b"I", &[7; 200]].concat()
}

/// Names: of nobody, broken, of a partner with nothing behind it, and of a partner with a broken proof.
fn names(target: &Target, number: u32) -> Vec<u8> {
    let whole = &target.recorded_call;
    let name = frame::parse(whole).ok().flatten().map_or(0, |frame| frame.consumed);
    match number / 2 % 4 {
        0 => Link::initiate(&stranger(), &target.chad.agent(), None, RAIN, 0)
            .map_or_else(|_| Vec::new(), |(_, bytes)| bytes),
        1 => frame::encode(Header::Caller, &[7; 150]).unwrap_or_default(),
        2 => whole[..name].to_vec(),
        _ => {
            let mut broken = whole.clone();
            // The key it was made with is another one now: not a recording, and no proof.
            broken[name + 5] ^= 1;
            broken
        }
    }
}

/// Tickets with tokens out of thin air.
fn guesses(target: &Target, number: u32) -> Vec<u8> {
    let mut token = [0; 16];
    token[..4].copy_from_slice(&number.to_be_bytes());
    let guess = Ticket { token: Token::from_bytes(token), ..target.ticket.clone() };
    let secret = stranger();
    // A certificate costs a signature's key: one for all guesses.
    static CERT: std::sync::OnceLock<tallystick_core::Certificate> = std::sync::OnceLock::new();
    let message = ticket_message(&guess, CERT.get_or_init(|| certificate(&secret)));
    Link::initiate_ticket(&secret, &target.chad.agent(), &message, 0)
        .map_or_else(|_| Vec::new(), |(_, bytes)| bytes)
}

/// Holds places: a byte a second, or half a frame and silence.
async fn slow(targets: Targets, who: u32, harm: Arc<Harm>) {
    let mut calls = JoinSet::new();
    for number in 0..40 {
        let (targets, harm) = (targets.clone(), Arc::clone(&harm));
        calls.spawn(async move {
            for round in 0_u32.. {
                let target = &targets[usize::from(number % 2 == 1)];
                let from = address(who, number + 40 * (round % 50));
                let Some(mut socket) = Socket::call(target, from, &harm).await else { continue };
                let words = guesses(target, number);
                if number % 4 < 2 {
                    socket.write(&words[..words.len() / 2]).await;
                } else {
                    let mut beat = interval(Duration::from_secs(1));
                    for byte in &words {
                        beat.tick().await;
                        if !socket.write(&[*byte]).await {
                            break;
                        }
                    }
                }
                socket.listen().await;
            }
        });
    }
    calls.join_all().await;
}

/// A partner's open links, and on them whatever is no business of theirs, as fast as it is taken.
async fn talk(targets: Targets, who: u32, harm: Arc<Harm>) {
    let mut calls = JoinSet::new();
    for (number, target) in (0..).zip(targets) {
        let harm = Arc::clone(&harm);
        calls.spawn(async move {
            let secret = mallory();
            let (to, from) = (target.chad.agent(), address(who, number));
            loop {
                let Ok((mut link, bytes)) = Link::initiate(&secret, &to, None, RAIN, 0) else { return };
                let Some(mut socket) = Socket::call(&target, from, &harm).await else { continue };
                if !socket.write(&bytes).await || !socket.opened(&mut link).await {
                    continue;
                }
                while let Some(batch) = batch(&mut link, &harm)
                    && socket.write(&batch).await
                {}
                socket.listen().await;
            }
        });
    }
    calls.join_all().await;
}

fn batch(link: &mut Link, harm: &Harm) -> Option<Vec<u8>> {
    let mut batch = Vec::new();
    for words in [RAIN, b"{", b"", br#"{"target":"lift","action":"query"}"#].into_iter().cycle().take(64) {
        harm.attempt();
        for effect in link.handle(Input::Send(words), 0).ok()? {
            if let Effect::Transmit(bytes) = effect {
                batch.extend(bytes);
            }
        }
    }
    Some(batch)
}
