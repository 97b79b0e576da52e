//! Where things lie, and how programs are started from there.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::trouble::Trouble;

/// The repository and its build folder.
#[derive(Debug)]
pub(crate) struct House {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// The folder builds go to.
    pub(crate) target: PathBuf,
}

impl House {
    /// Finds the house this tool was built from, or failing that the one around the current folder.
    pub(crate) fn find() -> Result<Self, Trouble> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(folder) => PathBuf::from(folder),
            None => env::current_dir().map_err(|e| Trouble::new(format!("no current folder: {e}")))?,
        };
        let root = start
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").exists())
            .ok_or_else(|| Trouble::new("this is not inside the repository"))?
            .to_owned();
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self { root, target })
    }

    /// The front end's folder.
    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// A program this workspace builds.
    pub(crate) fn built(&self, program: &str) -> PathBuf {
        self.target.join("debug").join(program)
    }

    /// A place for this tool's own notes.
    pub(crate) fn notes(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// `cargo`, as if typed in the repository: without what an outer cargo told this tool about itself.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = self.program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // Nobody edits where CI builds; what would make a second build quicker only fills its disk.
        if env::var_os("CI").is_some() && env::var_os("CARGO_INCREMENTAL").is_none() {
            cargo.env("CARGO_INCREMENTAL", "0");
        }
        cargo
    }

    /// Any program, started in the repository.
    pub(crate) fn program(&self, name: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let leaks =
                name.to_str().is_some_and(|name| OUTER_CARGO.iter().any(|prefix| name.starts_with(prefix)));
            if leaks {
                command.env_remove(name);
            }
        }
        if let Some(paths) = env::var_os("LD_LIBRARY_PATH") {
            let kept = env::split_paths(&paths).filter(|path| !self.is_cargos(path));
            match env::join_paths(kept) {
                Ok(kept) if !kept.is_empty() => command.env("LD_LIBRARY_PATH", kept),
                _ => command.env_remove("LD_LIBRARY_PATH"),
            };
        }
        command
    }

    /// `cargo run` puts its own folders on the library path; a nested cargo would take that for a change.
    fn is_cargos(&self, path: &Path) -> bool {
        path.starts_with(&self.target) || path.components().any(|part| part.as_os_str() == "rustlib")
    }
}

/// What `cargo run` sets for the program it runs.
const OUTER_CARGO: &[&str] =
    &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
