//! The verbs about relays: on the computer that is one, and in the wallet that uses it.

use std::num::NonZeroU16;

use clap::Subcommand;
use tallystick_core::{AgentId, Chad};

/// About relays.
#[derive(Debug, Subcommand)]
pub(crate) enum RelayVerb {
    /// Let a wallet use the relay in this folder; one that runs notices within seconds
    Allow {
        /// The wallet: its agent id, or its whole address
        #[arg(allow_hyphen_values = true, value_parser = agent)]
        wallet: AgentId,
        /// Where others call that wallet from now on
        #[arg(long, value_name = "PORT", default_value = "65431")]
        port: NonZeroU16,
    },
    /// Let a wallet use it no more; one that runs notices within seconds
    Forbid {
        /// The wallet: its agent id, or its whole address
        #[arg(allow_hyphen_values = true, value_parser = agent)]
        wallet: AgentId,
    },
    /// Say the relay's name, and who may use it
    List,
    /// In a wallet: be called through a relay from now on, or `off`
    Use {
        /// As the relay itself says it: AGENT@HOST:PORT
        #[arg(allow_hyphen_values = true)]
        relay: String,
    },
    /// In a wallet: say which relay is used, and where it makes this wallet reachable
    Show,
}

fn agent(text: &str) -> Result<AgentId, String> {
    let of_address = || Chad::parse_uri(text).ok().map(|chad| chad.agent());
    text.parse().ok().or_else(of_address).ok_or_else(|| "neither an agent id nor an address".to_owned())
}

pub(super) const EXAMPLES: &str = "\
On a computer that can be called, in a folder of the relay's own:
  tallystick-node relay allow QJ1v…3mE --port 65431 --profile /srv/relay
  tallystick-node relay --profile /srv/relay --advertise relay.example.org
In the wallet that nobody can call:
  tallystick-node relay use 4kZt…x0A@relay.example.org:65430";
