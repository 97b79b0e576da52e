//! The command line.

mod chit;
mod deal;
mod invite;
mod lift;
mod relay;
mod standing;
mod tally;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use tallystick_core::Units;
use tracing_subscriber::EnvFilter;

pub(crate) use chit::ChitVerb;
pub(crate) use deal::{CardVerb, Changes, ContractVerb, Told};
pub(crate) use invite::NewTicket;
pub(crate) use lift::{LiftVerb, RefereeVerb};
pub(crate) use relay::RelayVerb;
pub(crate) use standing::{NewSettings, SettingsVerb, StandingVerb};
pub(crate) use tally::TallyVerb;

/// A Tallystick wallet without a window.
#[derive(Debug, Parser)]
#[command(name = "tallystick-node", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Args {
    /// What holds for every verb.
    #[command(flatten)]
    pub(crate) common: Common,
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What holds for every verb.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Common {
    /// Folder of the profile; one wallet each
    #[arg(long, global = true, value_name = "DIR", env = "TALLYSTICK_PROFILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Print one JSON value on standard output, failures too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Where `run` takes calls, or `off`
    #[arg(long, global = true, value_name = "ADDRESS:PORT|off", default_value = "[::]:65430", value_parser = listen)]
    pub(crate) listen: Listen,
    /// Host that partners are told to call
    #[arg(long, global = true, value_name = "HOST")]
    pub(crate) advertise: Option<String>,
    /// File whose first line is the passphrase (else TALLYSTICK_PASSPHRASE, else the terminal is asked)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// After signing or using a ticket, wait so many seconds for the partner's wallet to have it
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub(crate) wait: Option<u16>,
    /// What to log: a level, or directives like `warn,tallystick_node=debug` [default: warnings on standard error; what
    /// happens, too, in the profile's logs folder]
    #[arg(long, global = true, value_name = "FILTER", env = "TALLYSTICK_LOG", value_parser = filter)]
    pub(crate) log: Option<String>,
    /// First pause before a letter is sent again, in ms
    #[arg(long, global = true, hide = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) retry_first_ms: Option<u32>,
    /// How often circles of debts are thought of, in ms: tests do not wait for minutes
    #[arg(long, global = true, hide = true, env = "TALLYSTICK_CLEARING_EVERY_MS", value_parser = clap::value_parser!(u32).range(10..))]
    pub(crate) clearing_every_ms: Option<u32>,
    /// How far ahead of the computer's clock the wallet's is, in ms: tests do not wait for hours
    #[arg(long, global = true, hide = true)]
    pub(crate) clock_ahead_ms: Option<u32>,
    /// Links without encryption, between addresses of this computer only: for trying out, never for money
    #[cfg(feature = "plain-link")]
    #[arg(long, global = true)]
    pub(crate) plain: bool,
}

/// Where to take calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Listen {
    /// Nowhere.
    Off,
    /// There.
    At(SocketAddr),
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make this profile's identity: name and keys
    Init(Init),
    /// Serve this profile until interrupted: take calls, deliver letters, answer the other verbs
    Run,
    /// Invitations, ours and other people's
    #[command(subcommand)]
    Ticket(TicketVerb),
    /// Agreements: list, look, offer, change, accept, refuse, compare, settings, closing
    #[command(subcommand)]
    Tally(TallyVerb),
    /// Contracts: the texts that tallies are signed under
    #[command(subcommand)]
    Contract(ContractVerb),
    /// What we say of ourselves, to those we choose
    #[command(subcommand)]
    Card(CardVerb),
    /// Entries of a tally and requests for them: pay, request, answer, take back, list
    #[command(subcommand)]
    Chit(ChitVerb),
    /// Lifts: pay and be paid by people without a tally of ours, and let debts cancel in circles
    #[command(subcommand)]
    Lift(LiftVerb),
    /// Who decides lifts
    #[command(subcommand)]
    Referee(RefereeVerb),
    /// What needs us, what waits for others, and what happened
    #[command(after_help = ACTIVITY_EXAMPLES)]
    Activity {
        /// Only what happened before this place in the log
        #[arg(long, value_name = "PLACE")]
        before: Option<i64>,
        /// Remember that all of it was seen
        #[arg(long, conflicts_with = "before")]
        read: bool,
    },
    /// Give wallets of yours that nobody can call a port on this computer; without a verb, serve
    #[command(after_help = relay::EXAMPLES)]
    Relay {
        /// What to do.
        #[command(subcommand)]
        verb: Option<RelayVerb>,
    },
    /// Who is turned away at the door: look, forgive
    #[command(after_help = DOORS_EXAMPLES)]
    Doors {
        /// What to do; without it, look.
        #[command(subcommand)]
        verb: Option<DoorsVerb>,
    },
    /// Let systemd run this node for you (Linux)
    #[cfg(target_os = "linux")]
    Service {
        /// What to do.
        #[command(subcommand)]
        verb: ServiceVerb,
    },
    /// Who this wallet is and how it can be reached
    Status,
    /// How partners find their way to this wallet, and what can be done about it
    Reach {
        /// Ask the router at home to let callers in, now and whenever the wallet runs
        #[arg(long)]
        open_router: bool,
        /// Do not ask it any more
        #[arg(long, conflicts_with = "open_router")]
        leave_router: bool,
        /// Look for partners on the local network, now and whenever the wallet runs, or stop it
        #[arg(long, value_name = "ON|OFF")]
        lan: Option<Switch>,
        /// Look again before answering
        #[arg(long)]
        again: bool,
    },
    /// Check every signature, hash and sum of this profile again
    Verify,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Switch {
    /// From now on, and remembered.
    On,
    /// Not any more.
    Off,
}

/// The node as a unit of the person's own systemd.
#[cfg(target_os = "linux")]
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceVerb {
    /// Write a user unit that runs this profile as the other words of this command say
    Install,
    /// Remove it
    Uninstall,
    /// Say whether it is there
    Status,
}

/// What it takes to make an identity.
#[derive(Debug, clap::Args)]
#[command(after_help = INIT_EXAMPLES)]
pub(crate) struct Init {
    /// The name partners will see
    #[arg(long)]
    pub(crate) name: String,
    /// Let the keychain of this computer protect the keys
    #[arg(long, conflicts_with = "passphrase_file")]
    pub(crate) keychain: bool,
    /// Memory that one guess at the passphrase costs, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(19..=1024))]
    pub(crate) kdf_memory: u32,
}

/// Invitations, ours and other people's.
#[derive(Debug, Subcommand)]
pub(crate) enum TicketVerb {
    /// Draft a tally and make a ticket for it
    #[command(after_help = TICKET_EXAMPLES)]
    New {
        /// What the tally will say.
        #[command(flatten)]
        terms: NewTicket,
        /// How the code is drawn.
        #[command(flatten)]
        draw: Draw,
    },
    /// Show one of our tickets, its code too while it is live
    Show {
        /// The ticket.
        id: String,
        /// How the code is drawn.
        #[command(flatten)]
        draw: Draw,
    },
    /// List our tickets, newest first
    List,
    /// Take a ticket back
    Revoke {
        /// The ticket.
        id: String,
    },
    /// Say what somebody's code claims; sends nothing
    Inspect {
        /// The text of the code, `@FILE` for a picture of it, or `-` to read the text from standard input
        code: String,
    },
    /// Make first contact: send our certificate to the ticket's maker, and to nobody else
    Use {
        /// The text of the code, `@FILE` for a picture of it, or `-` to read the text from standard input
        code: String,
        /// What they will see of us.
        #[command(flatten)]
        told: Told,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
}

/// Who is turned away at the door.
#[derive(Debug, Subcommand)]
pub(crate) enum DoorsVerb {
    /// Let an address call again at once
    #[command(group(clap::ArgGroup::new("whom").required(true).args(["address", "all"])))]
    Forgive {
        /// The address, as `doors` shows it.
        address: Option<String>,
        /// Every address
        #[arg(long)]
        all: bool,
    },
}

/// How a ticket's code is drawn.
#[derive(Debug, clap::Args)]
pub(crate) struct Draw {
    /// Draw the code on the terminal
    #[arg(long)]
    pub(crate) qr: bool,
    /// Write a picture of the code to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
}

/// Whether to ask before something is signed or sent.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Agree {
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Show exactly the text that is signed
    #[arg(long)]
    pub(crate) show: bool,
}

fn listen(text: &str) -> Result<Listen, std::net::AddrParseError> {
    if text == "off" { Ok(Listen::Off) } else { text.parse().map(Listen::At) }
}

fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn chips(text: &str) -> Result<Units, String> {
    Units::parse_chips(text).map_err(|_| "an amount in CHIP looks like 12.500".to_owned())
}

/// Reads `90s`, `15m`, `48h` or `30d`.
fn seconds(text: &str) -> Result<u32, String> {
    let units = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    units
        .into_iter()
        .find_map(|(letter, length)| Some((text.strip_suffix(letter)?, length)))
        .and_then(|(count, length)| count.parse::<u32>().ok()?.checked_mul(length))
        .ok_or_else(|| "a time looks like 90s, 15m, 48h or 30d".to_owned())
}

const EXAMPLES: &str = "\
Examples:
  tallystick-node init --name 'Ana Ruiz' --keychain
  tallystick-node run --advertise ana.example.org
  tallystick-node ticket new --they-may-owe 20 --qr
  tallystick-node ticket use @photo.png
  tallystick-node tally list --json

While `run` serves a profile, the other verbs ask it; else they open the profile themselves.

Exit codes: 0 done; 1 refused or failed; 2 the command line makes no sense;
            3 the profile is in use, or its node does not answer; 4 verify found something wrong.";

const INIT_EXAMPLES: &str = "\
Examples:
  tallystick-node init --name 'Ana Ruiz' --keychain
  tallystick-node init --name 'Ana Ruiz' --passphrase-file /run/secrets/tallystick";

const TICKET_EXAMPLES: &str = "\
Examples:
  tallystick-node ticket new --qr
  tallystick-node ticket new --they-may-owe 250 --notice 30 --good-for 48h --template shop --png ticket.png
  tallystick-node ticket new --uses 50 --good-for 30d --disclose email,phone --memo 'market stall'";

const DOORS_EXAMPLES: &str = "\
Examples:
  tallystick-node doors
  tallystick-node doors forgive 192.0.2.7
  tallystick-node doors forgive --all";

const ACTIVITY_EXAMPLES: &str = "\
Examples:
  tallystick-node activity
  tallystick-node activity --read --json";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_name_may_begin_like_an_option() {
        // One agent in sixty-four does.
        let agent = &format!("-{}", "A".repeat(42));
        let place = format!("{agent}@192.0.2.1:65430");
        for line in [["referee", "trust", &place], ["relay", "allow", agent], ["lift", "show", agent]] {
            let words = ["tallystick-node"].into_iter().chain(line).chain(["--json"]);
            let read = Args::try_parse_from(words).map(|args| args.common.json);
            assert_eq!(read.map_err(|error| error.to_string()), Ok(true), "{line:?}");
        }
    }

    #[test]
    fn times_are_read_with_their_unit_or_not_at_all() {
        assert_eq!(seconds("15m"), Ok(900));
        assert_eq!(seconds("48h"), Ok(172_800));
        for text in ["15", "m", "-1m", "1.5h", "99999999d", ""] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
