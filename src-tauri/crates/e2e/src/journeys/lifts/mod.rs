//! Debts in a ring cancel by themselves: without a word, within what was signed, not where it is paused, and as the
//! timekeeper says when somebody loses power half-way. And an engine that does not heed its person is found out.

mod clearing;
mod ring;

use std::time::Duration;

use self::ring::Ring;
use super::pair::Pair;
use crate::Fault;

/// Circles are thought of so often here; people's wallets do it every minute.
const OFTEN: Duration = Duration::from_millis(500);

/// What each comes to owe the next, in milli-CHIPs.
const OWED: i64 = 10_000;

/// Announced one after the other.
pub(super) const STEPS: usize = 6;

/// Makes the journey once.
pub(super) async fn make(pair: &mut Pair<'_>) -> Result<(), Fault> {
    pair.clear_every(OFTEN);
    pair.tale.step("Ana, Ben and Cy open their wallets; each has a tally with both others");
    let mut ring = Ring::meet(pair).await?;
    for _ in 0..3 {
        ring.join(pair).await?;
    }

    pair.tale.step("Ana owes Ben 10, Ben owes Cy 10, and now Cy pays Ana 10 too");
    for (tally, memo) in ["bike tube", "rye bread"].into_iter().enumerate() {
        ring.pay(pair, tally, ("10", memo, OWED)).await?;
        ring.owes(tally, OWED).await?;
    }
    ring.read_all().await?;
    ring.pay(pair, 2, ("10", "jam", OWED)).await?;

    pair.tale.step("All of it cancels: nobody was asked anything, nobody's total changed");
    ring.all_owe(0).await?;
    for person in &ring.people {
        pair.picture("cleared", person).await?;
    }
    ring.quietly(pair).await?;

    pair.tale.step("The clearing page says how much, past whom, and that it is within what was signed");
    ring.seen(pair, OWED).await?;

    pair.tale.step("All three close their wallets, and both disks of each tally say the same");
    for [digest, hash] in ring.close(pair).await? {
        pair.tale.aside(&format!("tally {} chain {}", short(&digest), short(&hash)));
    }
    Ok(())
}

fn short(text: &str) -> &str {
    text.get(..16).unwrap_or(text)
}
