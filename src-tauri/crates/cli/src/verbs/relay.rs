//! Relays: serving as one, and using one.

use serde_json::{Value, json};
use tallystick_node::relay::{Guest, Relay};

use super::once;
use crate::args::{Common, RelayVerb};
use crate::fault::Fault;
use crate::hands::config;
use crate::request::{RelayState, Request};
use crate::run::interrupted;
use crate::say::Say;

pub(super) async fn perform(common: &Common, verb: Option<RelayVerb>, say: Say) -> Result<(), Fault> {
    match verb {
        None => serve(common, say).await,
        Some(RelayVerb::Allow { wallet, port }) => {
            let mut relay = Relay::open(&config(common)?.profile)?;
            relay.allow(Guest { agent: wallet, port: port.get() })?;
            list(&relay, say)
        }
        Some(RelayVerb::Forbid { wallet }) => {
            let mut relay = Relay::open(&config(common)?.profile)?;
            relay.forbid(wallet)?;
            list(&relay, say)
        }
        Some(RelayVerb::List) => list(&Relay::open(&config(common)?.profile)?, say),
        Some(RelayVerb::Use { relay }) => {
            let relay = Some(relay).filter(|relay| relay != "off");
            let () = once(common, Request::UseRelay { relay }).await?;
            show(common, say).await
        }
        Some(RelayVerb::Show) => show(common, say).await,
    }
}

async fn serve(common: &Common, say: Say) -> Result<(), Fault> {
    let config = config(common)?;
    let Some(listen) = config.listen else { return Err(Fault::NowhereToListen) };
    let relay = Relay::open(&config.profile)?;
    let (name, guests) = (relay.agent()?, relay.allowed().to_vec());
    let interrupted = interrupted()?;
    let desk = relay.bind(listen).await?;
    let at = desk.address().map_err(Fault::Runtime)?;
    let host = config.advertise.unwrap_or_else(|| at.ip().to_string());
    let address = format!("{name}@{host}:{}", at.port());
    let view = json!({ "ready": true, "pid": std::process::id(), "relay": address, "wallets": guests });
    say.view(&view, || format!("{}\nWallets use it as {address}", in_words(&guests)));
    desk.serve(interrupted).await;
    Ok(())
}

fn list(relay: &Relay, say: Say) -> Result<(), Fault> {
    let (name, guests) = (relay.agent()?, relay.allowed());
    let view: Value = json!({ "agent": name, "wallets": guests });
    say.view(&view, || format!("Relay {name}\n{}", in_words(guests)));
    Ok(())
}

fn in_words(guests: &[Guest]) -> String {
    if guests.is_empty() {
        return "No wallet may use it yet: see `relay allow`.".to_owned();
    }
    let lines: Vec<String> =
        guests.iter().map(|guest| format!("Port {}: {}", guest.port, guest.agent)).collect();
    lines.join("\n")
}

async fn show(common: &Common, say: Say) -> Result<(), Fault> {
    let state: RelayState = once(common, Request::Relay).await?;
    say.view(&state, || match (&state.relay, &state.reachable_at) {
        (None, _) => "No relay is used.".to_owned(),
        (Some(relay), None) => format!("Relay {relay}\nNot connected to it at this moment."),
        (Some(relay), Some(at)) => format!("Relay {relay}\nPartners can call {at}"),
    });
    Ok(())
}
