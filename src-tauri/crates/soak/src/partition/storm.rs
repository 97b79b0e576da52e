//! What befalls nodes and network: cuts, kills, restarts and closed lids, at instants that the seed chooses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::dice::Dice;
use super::net::{Kind, Net};
use super::node::Node;

/// How often something befell.
#[derive(Debug, Default)]
pub(super) struct Blows {
    pub(super) cuts: AtomicU64,
    pub(super) stalls: AtomicU64,
    pub(super) kills: AtomicU64,
    pub(super) restarts: AtomicU64,
    pub(super) sleeps: AtomicU64,
}

/// Rages until an instant; gives when every node runs again and every cut is mended.
pub(super) async fn rage(
    nodes: &[Arc<Node>],
    net: &Arc<Net>,
    blows: &Arc<Blows>,
    mut dice: Dice,
    until: Instant,
) -> Result<(), String> {
    let mut running: JoinSet<Result<(), String>> = JoinSet::new();
    net.rough.store(true, Relaxed);
    // Each node takes a blow every half a minute; a few nodes take more.
    let pause = (30_000 / u64::try_from(nodes.len()).unwrap_or(1).max(1)).min(1_200);
    let mut name = 0;
    while Instant::now() < until {
        tokio::time::sleep(dice.millis(pause / 4, pause * 7 / 4).min(until - Instant::now())).await;
        name += 1;
        let node = nodes.get(dice.below(nodes.len())).cloned();
        let time = dice.millis(0, 8_000);
        let (net, blows) = (Arc::clone(net), Arc::clone(blows));
        match dice.below(100) {
            0..40 => {
                let alone = dice.below(nodes.len());
                let whole = dice.chance(40);
                let side = (0..nodes.len()).map(|node| if whole { dice.chance(50) } else { node == alone });
                let side: Vec<bool> = side.collect();
                let kind = if dice.chance(50) { Kind::Torn } else { Kind::Stalled };
                running.spawn(async move {
                    let count = if kind == Kind::Torn { &blows.cuts } else { &blows.stalls };
                    count.fetch_add(1, Relaxed);
                    net.cut(name, side, kind);
                    tokio::time::sleep(time + Duration::from_secs(1)).await;
                    net.mend(name);
                    Ok(())
                });
            }
            what => {
                let Some(node) = node else { continue };
                running.spawn(async move {
                    match what {
                        40..75 => {
                            blows.kills.fetch_add(1, Relaxed);
                            node.kill().await;
                        }
                        75..88 => {
                            blows.restarts.fetch_add(1, Relaxed);
                            node.leave().await;
                        }
                        _ => {
                            blows.sleeps.fetch_add(1, Relaxed);
                            node.sleep(time * 2).await;
                            return Ok(());
                        }
                    }
                    tokio::time::sleep(time / 2).await;
                    node.start().await
                });
            }
        }
        while let Some(done) = running.try_join_next() {
            done.map_err(|error| error.to_string())??;
        }
    }
    net.rough.store(false, Relaxed);
    while let Some(done) = running.join_next().await {
        done.map_err(|error| error.to_string())??;
    }
    for node in nodes {
        node.start().await?;
    }
    Ok(())
}
