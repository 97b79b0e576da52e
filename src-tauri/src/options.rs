//! What the app is told on its command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Tallystick, a wallet for mutual credit.
#[derive(Debug, Parser)]
#[command(name = "tallystick", version)]
pub(crate) struct Options {
    /// Folder of the profile; one wallet each.
    #[arg(long, value_name = "DIR", env = "TALLYSTICK_PROFILE")]
    pub(crate) profile: Option<PathBuf>,

    /// Where to take calls, or `off`.
    #[arg(long, value_name = "ADDRESS:PORT|off", default_value = "[::]:65430", value_parser = listen)]
    pub(crate) listen: Listen,

    /// Host that partners are told to call.
    #[arg(long, value_name = "HOST")]
    pub(crate) advertise: Option<String>,

    /// Shift the wallet's clock by so many seconds, to see what time does to a ticket.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, hide = true, allow_negative_numbers = true)]
    pub(crate) clock_offset: i32,

    /// How often circles of debts are thought of, in ms: nobody watches for minutes.
    #[arg(long, value_name = "MS", hide = true, value_parser = clap::value_parser!(u32).range(10..))]
    pub(crate) clearing_every_ms: Option<u32>,
}

/// Where to take calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Listen {
    /// Nowhere.
    Off,
    /// There.
    At(SocketAddr),
}

fn listen(text: &str) -> Result<Listen, std::net::AddrParseError> {
    if text == "off" { Ok(Listen::Off) } else { text.parse().map(Listen::At) }
}

impl Options {
    pub(crate) fn from_arguments() -> Result<Self, ExitCode> {
        Self::try_parse().map_err(|error| {
            // Nowhere left to complain to if even the terminal refuses.
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        })
    }
}
