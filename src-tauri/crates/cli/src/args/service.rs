//! The verbs about starting by itself.

use clap::Subcommand;

/// About the service.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ServiceVerb {
    /// Let this profile be served from every login on, and begin now
    #[command(after_help = EXAMPLES)]
    Install {
        /// Write the unit and leave it at that
        #[arg(long)]
        only_write: bool,
    },
    /// End it, and forget it; the profile stays as it is
    Uninstall,
    /// Say whether there is a service, and whether it runs
    Status,
}

const EXAMPLES: &str = "\
  tallystick-node service install --passphrase-file ~/.config/tallystick/passphrase
  loginctl enable-linger                # at every start of the computer, without waiting for a login

Nobody can be asked for a passphrase then. Keys that the keychain protects open once you are logged in; others need
--passphrase-file, and whoever can read that file can open the wallet: `chmod 600` it.";
