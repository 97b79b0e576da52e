//! Tools beside the system's packages: cargo's own components, Node, and cargo-deny.

use std::path::PathBuf;
use std::process::Command;

use crate::house::House;
use crate::shell;
use crate::trouble::Trouble;

/// The oldest Node the front end's tools run on.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// The licence checker, pinned so that its answer does not change by itself.
const CARGO_DENY: &str = "0.20.2";

/// Node and npm are there, and new enough.
pub(crate) fn node() -> Result<(), Trouble> {
    let (major, minor) = OLDEST_NODE;
    let advice = format!("install Node {major}.{minor} or newer with npm, and have both on the PATH");
    let Some(version) = shell::first_line(Command::new("node").arg("--version")) else {
        return Err(Trouble::new("there is no node here").advise(advice));
    };
    if release(&version).is_none_or(|found| found < OLDEST_NODE) {
        return Err(Trouble::new(format!("node is {version}, which is too old")).advise(advice));
    }
    if shell::first_line(Command::new("npm").arg("--version")).is_none() {
        return Err(Trouble::new("there is no npm here").advise(advice));
    }
    Ok(())
}

/// `v20.19.4` → 20 and 19.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// A Python with libraries that share no code with our links, pinned; gives the path of its interpreter.
pub(crate) fn judge(house: &House) -> Result<PathBuf, Trouble> {
    const LIBRARIES: [&str; 3] = ["noiseprotocol==0.3.1", "cryptography==50.0.2", "pynacl==1.6.2"];
    let folder = house.root.join("target/tools/judge");
    let python = folder.join("bin/python");
    let ready = shell::first_line(Command::new(&python).args(["-c", "import noise, nacl; print('ready')"]));
    if ready.is_none() {
        println!("xtask: making a Python environment with another implementation of Noise");
        done(
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder),
            "making a Python environment",
        )?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        done(
            Command::new(&python).args(install).args(LIBRARIES),
            "installing another implementation of Noise",
        )?;
    }
    Ok(python)
}

fn done(command: &mut Command, what: &str) -> Result<(), Trouble> {
    let ended = shell::hush(command)?;
    if ended.ok { Ok(()) } else { Err(Trouble::of_command(what, &ended.last_words)) }
}

/// rustfmt and clippy come with most Rust toolchains; where they do not, rustup adds them.
pub(crate) fn components(house: &House) -> Result<(), Trouble> {
    for (verb, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if shell::first_line(house.cargo().args([verb, "--version"])).is_some() {
            continue;
        }
        println!("xtask: adding {component} to the Rust toolchain");
        let advice = format!("add the component {component} to this Rust toolchain");
        let added = shell::follow_all(house.program("rustup").args(["component", "add", component]));
        match added {
            Ok(ended) if ended.ok => {}
            Ok(ended) => {
                return Err(
                    Trouble::of_command(&format!("adding {component}"), &ended.last_words).advise(advice)
                );
            }
            Err(_) => {
                return Err(Trouble::new(format!("this Rust toolchain lacks {component}")).advise(advice));
            }
        }
    }
    Ok(())
}

/// Downloads every crate of the lock file, so that a missing network is told from a broken build.
pub(crate) fn crates(house: &House) -> Result<(), Trouble> {
    let mut fetch = house.cargo();
    fetch.args(["fetch", "--locked"]);
    if let Some(host) = host(house) {
        fetch.args(["--target", &host]);
    }
    let ended = shell::follow_all(&mut fetch)?;
    if ended.ok { Ok(()) } else { Err(Trouble::of_command("downloading the crates", &ended.last_words)) }
}

/// The machine this toolchain builds for.
pub(crate) fn host(house: &House) -> Option<String> {
    let output = shell::ask(house.program("rustc").arg("-vV")).ok()?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    told.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

/// The licence checker, built once into the build folder; unoptimised, because it runs for a second and builds for minutes.
pub(crate) fn cargo_deny(house: &House) -> Result<Command, Trouble> {
    let home = house.target.join("tools");
    let program = home.join("bin").join("cargo-deny");
    let version = shell::first_line(Command::new(&program).arg("--version"));
    if version.as_deref() != Some(&format!("cargo-deny {CARGO_DENY}")) {
        println!("xtask: building cargo-deny {CARGO_DENY}, once");
        let mut install = house.cargo();
        install.args([
            "install",
            "--quiet",
            "--locked",
            "--debug",
            "--version",
            CARGO_DENY,
            "cargo-deny",
            "--root",
        ]);
        let ended = shell::follow_all(install.arg(&home).env("CARGO_TARGET_DIR", home.join("build")))?;
        if !ended.ok {
            return Err(Trouble::of_command("building cargo-deny", &ended.last_words));
        }
        // Its intermediate files are worth nothing once the program is there; keeping them is harmless.
        let _ = std::fs::remove_dir_all(home.join("build"));
    }
    Ok(house.program(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_as_numbers() {
        assert_eq!(release("v20.19.4"), Some((20, 19)));
        assert!(release("v20.9.0") < Some(OLDEST_NODE));
        assert!(release("v22.1.0") > Some(OLDEST_NODE));
        assert_eq!(release("nonsense"), None);
    }
}
