//! The front end: its modules, its build, its checks.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::house::House;
use crate::shell;
use crate::trouble::Trouble;

/// What the built front end is made of, beside the folder of modules.
const SOURCES: &[&str] = &[
    "index.html",
    "package.json",
    "package-lock.json",
    "public",
    "src",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];

/// Brings modules and the built front end up to date.
pub(crate) fn build(house: &House) -> Result<(), Trouble> {
    modules(house)?;
    let stamp = house.notes().join("window.built");
    let now = fingerprint(house, SOURCES)?;
    let is_built = house.ui().join("dist").join("index.html").exists();
    if is_built && fs::read_to_string(&stamp).is_ok_and(|before| before == now) {
        return Ok(());
    }
    println!("xtask: building the front end");
    let ended = shell::follow_all(npm(house).args(["run", "--silent", "build"]))?;
    if !ended.ok {
        return Err(Trouble::of_command("npm run build", &ended.last_words));
    }
    note(&stamp, &now)
}

/// Installs exactly what the lock file says, when that is not what is there.
pub(crate) fn modules(house: &House) -> Result<(), Trouble> {
    let stamp = house.ui().join("node_modules").join(".installed-from");
    let now = fingerprint(house, &["package.json", "package-lock.json"])?;
    if fs::read_to_string(&stamp).is_ok_and(|before| before == now) {
        return Ok(());
    }
    println!("xtask: installing the front end's modules");
    let ended = shell::follow_all(npm(house).args(["ci", "--no-audit", "--no-fund"]))?;
    if !ended.ok {
        return Err(Trouble::of_command("npm ci", &ended.last_words));
    }
    note(&stamp, &now)
}

/// `npm`, in the front end's folder, speaking without colours and of nothing but its work.
pub(crate) fn npm(house: &House) -> Command {
    let mut npm = house.program("npm");
    npm.current_dir(house.ui()).env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    npm.env("npm_config_update_notifier", "false");
    npm
}

/// Changes when any of the files does; only ever compared on one machine.
fn fingerprint(house: &House, names: &[&str]) -> Result<String, Trouble> {
    let mut hasher = DefaultHasher::new();
    for name in names {
        add(&house.ui().join(name), &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> Result<(), Trouble> {
    if path.is_dir() {
        let mut inside: Vec<PathBuf> = fs::read_dir(path)
            .and_then(Iterator::collect)
            .map(entries_paths)
            .map_err(|e| unreadable(path, &e))?;
        inside.sort();
        return inside.iter().try_for_each(|path| add(path, hasher));
    }
    if path.exists() {
        path.hash(hasher);
        fs::read(path).map_err(|e| unreadable(path, &e))?.hash(hasher);
    }
    Ok(())
}

fn entries_paths(entries: Vec<fs::DirEntry>) -> Vec<PathBuf> {
    entries.into_iter().map(|entry| entry.path()).collect()
}

fn note(stamp: &Path, now: &str) -> Result<(), Trouble> {
    let write = || {
        if let Some(folder) = stamp.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(stamp, now)
    };
    write().map_err(|e| Trouble::new(format!("cannot write {}: {e}", stamp.display())))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::new(format!("cannot read {}: {error}", path.display()))
}
