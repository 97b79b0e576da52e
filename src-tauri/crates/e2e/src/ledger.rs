//! What a wallet left on disk, as its own command-line node reads it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Fault, Stage};

/// A closed profile, read through `tallystick-node`.
#[derive(Debug)]
pub struct Ledger<'a> {
    stage: &'a Stage,
    node: PathBuf,
    profile: PathBuf,
}

impl<'a> Ledger<'a> {
    /// The ledger of a profile whose wallet is closed.
    #[must_use]
    pub fn of(stage: &'a Stage, node: &Path, profile: &Path) -> Self {
        Self { stage, node: node.to_owned(), profile: profile.to_owned() }
    }

    /// Asks the node for one JSON answer.
    pub fn ask(&self, words: &[&str]) -> Result<Value, Fault> {
        let mut command = self.stage.command(&self.node);
        command.arg("--profile").arg(&self.profile).arg("--json").args(words);
        let program = self.node.display().to_string();
        let output = command.output().map_err(|source| Fault::Start { program, source })?;
        let failed = |said: &[u8]| Fault::Node {
            command: words.join(" "),
            said: String::from_utf8_lossy(said).trim().to_owned(),
        };
        if !output.status.success() {
            return Err(failed(&[output.stdout, output.stderr].concat()));
        }
        serde_json::from_slice(&output.stdout).map_err(|_| failed(&output.stdout))
    }
}
