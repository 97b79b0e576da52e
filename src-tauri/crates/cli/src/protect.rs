//! Where a passphrase comes from: a file, the environment, or the terminal. Never the command line, which every
//! program on the computer can read.

use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _, Read as _};

use tallystick_node::view::ProtectorChoice;
use zeroize::Zeroizing;

use crate::args::{Common, Init};
use crate::fault::Fault;
use crate::hands::locked;

/// The longest passphrase that is read, in bytes.
const MAX: u64 = 4096;

/// The environment variable.
const VARIABLE: &str = "TALLYSTICK_PASSPHRASE";

/// The passphrase of a profile that has one.
pub(crate) fn passphrase(common: &Common) -> Result<Option<Zeroizing<String>>, Fault> {
    if let Some(given) = given(common)? {
        return Ok(Some(given));
    }
    if !std::io::stdin().is_terminal() {
        return Err(locked());
    }
    asked("Passphrase: ").map(Some)
}

/// What is to protect a new profile.
pub(crate) fn protector(common: &Common, init: &Init) -> Result<ProtectorChoice, Fault> {
    if init.keychain {
        return Ok(ProtectorChoice::Keychain);
    }
    if let Some(given) = given(common)? {
        return Ok(ProtectorChoice::Passphrase { passphrase: given.as_str().to_owned() });
    }
    if !std::io::stdin().is_terminal() {
        return Err(Fault::NoProtector);
    }
    let first = asked("Choose a passphrase: ")?;
    let second = asked("The same again: ")?;
    if *first != *second {
        return Err(Fault::PassphrasesDiffer);
    }
    Ok(ProtectorChoice::Passphrase { passphrase: first.as_str().to_owned() })
}

fn given(common: &Common) -> Result<Option<Zeroizing<String>>, Fault> {
    if let Some(path) = &common.passphrase_file {
        let refuse = |source| Fault::File { path: path.clone(), doing: "read", source };
        let mut line = Zeroizing::new(String::new());
        BufReader::new(File::open(path).map_err(refuse)?.take(MAX)).read_line(&mut line).map_err(refuse)?;
        let words = line.trim_end_matches(['\r', '\n']);
        return Ok(Some(Zeroizing::new(words.to_owned())));
    }
    Ok(std::env::var(VARIABLE).ok().map(Zeroizing::new))
}

fn asked(question: &str) -> Result<Zeroizing<String>, Fault> {
    rpassword::prompt_password(question).map(Zeroizing::new).map_err(Fault::Terminal)
}
