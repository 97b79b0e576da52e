//! A payment to somebody one has no tally with, and debts in a ring that cancel by themselves: without a word, within what
//! was signed, not where it is paused, and as the timekeeper says when somebody loses power half-way. And an engine that
//! does not heed its person is found out.

mod clearing;
mod ring;
mod settings;
mod stranger;
mod tampered;
mod timekeeper;

use std::time::Duration;

use self::ring::Ring;
use self::settings::HELD;
use super::pair::Pair;
use crate::{Fault, Tampered};

/// Circles are thought of so often here; people's wallets do it every minute.
const OFTEN: Duration = Duration::from_millis(500);

/// So seldom that it does not happen.
const NEVER: Duration = Duration::from_hours(1);

/// What each comes to owe the next, in milli-CHIPs.
const OWED: i64 = 10_000;

/// Announced one after the other.
pub(super) const STEPS: usize = 17;

/// Makes the journey once.
pub(super) async fn make(pair: &mut Pair<'_>) -> Result<(), Fault> {
    pair.clear_every(OFTEN);
    pair.tale.step("Ana, Ben and Cy open their wallets; Ana and Ben have a tally, Ben and Cy have one");
    let mut ring = Ring::meet(pair).await?;
    ring.join(pair).await?;
    ring.join(pair).await?;

    pair.tale.step("Cy asks anybody for 10 by a picture; Ana, who has no tally with her, pays over Ben");
    ring.take_ten(pair).await?;
    ring.pay_the_stranger(pair).await?;

    pair.tale.step("Ana owes Ben 10, Ben owes Cy 10, and Ben has neither gained nor lost");
    ring.passed_on(pair).await?;

    pair.tale.step("Ana and Cy open a tally too, and Cy pays Ana 10: a ring");
    ring.join(pair).await?;
    ring.read_all().await?;
    ring.close_the_ring(pair).await?;

    pair.tale.step("All of it cancels: nobody was asked anything, nobody's total changed");
    ring.all_owe(0).await?;
    for person in &ring.people {
        pair.picture("cleared", person).await?;
    }
    ring.quietly(pair).await?;

    pair.tale.step("The clearing page says how much, past whom, and that it is within what was signed");
    ring.seen(pair, OWED).await?;

    within_settings(pair, &ring).await?;
    paused(pair, &ring).await?;
    without_power(pair, &mut ring).await?;
    not_heeded(pair, &mut ring).await?;

    pair.tale.step("All three close their wallets, and both disks of each tally say the same");
    for [digest, hash] in ring.close(pair).await? {
        pair.tale.aside(&format!("tally {} chain {}", short(&digest), short(&hash)));
    }
    Ok(())
}

async fn within_settings(pair: &mut Pair<'_>, ring: &Ring) -> Result<(), Fault> {
    pair.tale.step(
        "They owe each other again; Ben likes to hold 6 of Ana's 10, and is told what a circle can move then",
    );
    ring.let_small_ones_count(pair).await?;
    ring.all_but_one_owe(pair).await?;
    let told = ring.hold_six(pair).await?;
    ring.close_the_ring(pair).await?;

    pair.tale.step("Exactly that is moved");
    ring.all_owe(OWED - told).await?;
    ring.seen(pair, told).await?;

    pair.tale.step("Ben cannot keep what he owes himself from being paid down, whatever he signs");
    ring.try_to_block(pair).await?;
    let told = ring.let_go(pair).await?;
    ring.all_owe(HELD - told).await?;
    ring.seen(pair, told).await
}

async fn paused(pair: &mut Pair<'_>, ring: &Ring) -> Result<(), Fault> {
    pair.tale.step("Ben pauses clearing on his tally with Ana: the ring is closed, and nothing clears");
    ring.pause(pair).await?;
    ring.all_but_one_owe(pair).await?;
    ring.close_the_ring(pair).await?;
    ring.nothing_clears(pair).await?;

    pair.tale.step("He lets it go on, and it does");
    ring.resume().await?;
    ring.all_owe(0).await
}

async fn without_power(pair: &mut Pair<'_>, ring: &mut Ring) -> Result<(), Fault> {
    pair.tale.step("Ana and Ben name Cy as timekeeper; her wallet takes its time");
    ring.trust_cy(pair).await?;
    ring.all_but_one_owe(pair).await?;
    ring.take_out(2).close().await?;
    // She begins no circle herself: what she decides at once would be decided.
    pair.clear_every(NEVER);
    ring.reopen(pair, 2, Some(Tampered::Undecided)).await?;
    pair.clear_every(OFTEN);
    ring.close_the_ring(pair).await?;

    pair.tale.step("All three have promised, and nothing counts yet; Cy's computer loses its power");
    let lift = ring.promised(pair).await?;
    let cy = ring.take_out(2);
    cy.end().await?;
    ring.undecided(pair, &lift).await?;

    pair.tale.step("Cy's wallet comes back, and it ends for all three alike");
    ring.reopen(pair, 2, None).await?;
    let ended = ring.decided(pair, &lift).await?;
    pair.tale.aside(&format!("it ended as {ended}"));
    ring.all_owe(0).await
}

async fn not_heeded(pair: &mut Pair<'_>, ring: &mut Ring) -> Result<(), Fault> {
    pair.tale
        .step("Ben holds 6 again, but his engine does not heed it: his wallet's own check says so in red");
    ring.all_but_one_owe(pair).await?;
    ring.hold_six(pair).await?;
    ring.take_out(1).close().await?;
    ring.reopen(pair, 1, Some(Tampered::Heedless)).await?;
    ring.close_the_ring(pair).await?;
    ring.all_owe(0).await?;
    ring.found_out(pair).await?;

    pair.tale.step("What was found once is there still when the engine is as it should be");
    ring.take_out(1).close().await?;
    ring.reopen(pair, 1, None).await?;
    ring.stays_found(pair).await
}

fn short(text: &str) -> &str {
    text.get(..16).unwrap_or(text)
}
