//! Why a command did not do what was asked, and with which exit code it says so.

use std::io;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use tallystick_node::ProfileError;
use tallystick_node::relay::RelayError;
use tallystick_node::view::{CodeProblem, Failure};
use tallystick_scan::DrawError;

use crate::request::Verified;
use crate::words;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The wallet refused.
    #[error("{0}")]
    Refused(Failure),
    /// The person's: there is nothing in this folder.
    #[error("there is no wallet in {}: make one with `tallystick-node init`", folder.display())]
    NoWallet {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// The person's: nothing says where the profile is.
    #[error("this computer names no folder for data: say --profile")]
    NoFolder,
    /// The person's: keys need a protector.
    #[error("say what protects the keys: --keychain, --passphrase-file or TALLYSTICK_PASSPHRASE")]
    NoProtector,
    /// The person's: the two entries of a new passphrase.
    #[error("the passphrases differ")]
    PassphrasesDiffer,
    /// The person's: a service cannot be asked.
    #[error("a passphrase protects this wallet, and a service has nobody to type it: say --passphrase-file")]
    NeedsPassphraseFile,
    /// There is nothing to remove.
    #[error("no service is installed")]
    NoService,
    /// Nobody is there to agree.
    #[error("nobody is here to agree: say --yes, or use a terminal")]
    NobodyAgrees,
    /// The person said no.
    #[error("nothing was {0}")]
    Declined(&'static str),
    /// The code cannot be used.
    #[error("{}", words::problem(*.0))]
    Code(CodeProblem),
    /// There are several codes.
    #[error("the picture holds {0} codes: cut out the one you mean")]
    ManyCodes(usize),
    /// The ticket has no code any more.
    #[error("the ticket is not live any more, so it has no code")]
    NoCode,
    /// The code cannot be drawn.
    #[error("the code cannot be drawn: {0}")]
    Draw(#[from] DrawError),
    /// A file of the person's.
    #[error("{} cannot be {doing}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What was being done, as a participle.
        doing: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// The terminal.
    #[error("the terminal cannot be used: {0}")]
    Terminal(io::Error),
    /// The port.
    #[error("cannot take calls at {0}: another program holds the port, or the address is not ours")]
    CannotListen(std::net::SocketAddr),
    /// The profile's folder.
    #[error("{0}")]
    Profile(ProfileError),
    /// Another process has the profile and cannot be asked.
    #[error("another Tallystick (process {pid}) uses this profile: stop it first")]
    InUse {
        /// The other process.
        pid: String,
    },
    /// The relay.
    #[error("{0}")]
    Relay(#[from] RelayError),
    /// The person's: a relay that takes no calls is none.
    #[error("a relay has to listen: say --listen")]
    NowhereToListen,
    /// The control socket could not be made.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no control socket"))]
    #[error("the control socket cannot be made in the profile's folder: {0}")]
    NoDesk(io::Error),
    /// The control socket is not one of ours.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no control socket"))]
    #[error("the control socket in the profile's folder does not belong to this person alone")]
    ForeignDesk,
    /// The running node was asked and did not answer.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no control socket"))]
    #[error("the running node did not answer: look what it has done before asking again")]
    NoAnswer {
        /// Asking again cannot do the thing twice.
        safe: bool,
    },
    /// The running node answered something else.
    #[error("the running node speaks another version's language: restart it")]
    OtherVersion,
    /// The ledger does not hold.
    #[error("the ledger does not hold: {} found wrong", words::count(.0.wrong.len(), "thing", "things"))]
    Wrong(Verified),
    /// The ledger cannot even be read through.
    #[error("the ledger does not hold: {0}")]
    Unreadable(Failure),
    /// The operating system gives no threads.
    #[error("the program cannot start: {0}")]
    Runtime(io::Error),
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl From<ProfileError> for Fault {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::InUse { pid } => Self::InUse { pid },
            ProfileError::Damaged | ProfileError::Disk(_) => Self::Profile(error),
        }
    }
}

impl Fault {
    /// The exit code.
    pub(crate) fn exit(&self) -> u8 {
        match self {
            Self::NoProtector | Self::NoFolder | Self::NowhereToListen => 2,
            Self::InUse { .. } | Self::ForeignDesk | Self::NoAnswer { .. } | Self::OtherVersion => 3,
            Self::Wrong(_) | Self::Unreadable(_) => 4,
            Self::Refused(_)
            | Self::NoWallet { .. }
            | Self::PassphrasesDiffer
            | Self::NobodyAgrees
            | Self::NeedsPassphraseFile
            | Self::NoService
            | Self::Declined(_)
            | Self::Code(_)
            | Self::ManyCodes(_)
            | Self::NoCode
            | Self::Draw(_)
            | Self::File { .. }
            | Self::Terminal(_)
            | Self::CannotListen(_)
            | Self::Profile(_)
            | Self::Relay(_)
            | Self::NoDesk(_)
            | Self::Runtime(_) => 1,
        }
    }

    /// For programs: `{code, retryable, safeToRepeat, message, …}`, and what else the code brings with it.
    pub(crate) fn to_json(&self) -> Value {
        let (code, retryable, safe) = self.parts();
        let mut object = Map::new();
        if let Self::Refused(failure) | Self::Unreadable(failure) = self
            && let Ok(Value::Object(parts)) = serde_json::to_value(&failure.code)
        {
            object.extend(parts.into_iter().filter(|(name, _)| name != "kind"));
        }
        if let Self::Code(problem) = self {
            object.insert("problem".to_owned(), json!(problem));
        }
        if let Self::Wrong(verified) = self {
            object.insert("findings".to_owned(), json!(verified));
        }
        object.insert("code".to_owned(), Value::from(code));
        object.insert("retryable".to_owned(), Value::from(retryable));
        object.insert("safeToRepeat".to_owned(), Value::from(safe));
        object.insert("message".to_owned(), Value::from(self.to_string()));
        Value::Object(object)
    }

    /// Its code, whether the same again may help, and whether the same again cannot do the thing twice.
    fn parts(&self) -> (String, bool, bool) {
        let (code, retryable) = match self {
            Self::Refused(failure) => {
                let code = serde_json::to_value(&failure.code).ok();
                let kind = code.as_ref().and_then(|code| code.get("kind")?.as_str()).unwrap_or("internal");
                return (kind.to_owned(), failure.retryable, failure.safe_to_repeat);
            }
            Self::NoAnswer { safe } => return ("noAnswer".to_owned(), true, *safe),
            Self::NoWallet { .. } => ("noWallet", false),
            Self::NoFolder => ("noFolder", false),
            Self::NoProtector => ("noProtector", false),
            Self::PassphrasesDiffer => ("passphrasesDiffer", true),
            Self::NobodyAgrees => ("nobodyAgrees", false),
            Self::NeedsPassphraseFile => ("needsPassphraseFile", false),
            Self::NoService => ("noService", false),
            Self::Declined(_) => ("declined", false),
            Self::Code(_) => ("badCode", false),
            Self::ManyCodes(_) => ("manyCodes", false),
            Self::NoCode => ("noCode", false),
            Self::Draw(_) => ("cannotDraw", false),
            Self::File { .. } => ("file", true),
            Self::Terminal(_) => ("terminal", true),
            Self::CannotListen(_) => ("cannotListen", true),
            Self::Profile(_) => ("profile", true),
            Self::InUse { .. } => ("inUse", true),
            Self::Relay(_) => ("relay", true),
            Self::NowhereToListen => ("nowhereToListen", false),
            Self::NoDesk(_) => ("noControlSocket", false),
            Self::ForeignDesk => ("foreignControlSocket", false),
            Self::OtherVersion => ("otherVersion", false),
            Self::Wrong(_) | Self::Unreadable(_) => ("wrong", false),
            Self::Runtime(_) => ("cannotStart", true),
        };
        (code.to_owned(), retryable, true)
    }
}
