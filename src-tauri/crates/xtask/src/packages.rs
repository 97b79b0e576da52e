//! System packages: which are missing, and getting them.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::shell;
use crate::trouble::Trouble;

/// What building the wallet needs beside Rust and Node.
pub(crate) const TO_BUILD: &[&str] =
    &["build-essential", "ca-certificates", "cmake", "libclang-dev", "libwebkit2gtk-4.1-dev", "pkg-config"];

/// What driving real windows, without a display and with a keyring of their own, needs on top.
pub(crate) const TO_TEST: &[&str] = &[
    "dbus",
    "fonts-dejavu-core",
    "gnome-keyring",
    "iproute2",
    "libglib2.0-bin",
    "python3-venv",
    "webkit2gtk-driver",
    "xvfb",
];

/// Installs those of the packages that are not there yet, saying which.
pub(crate) fn ensure(wanted: &[&[&str]]) -> Result<(), Trouble> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let wanted: Vec<&str> = wanted.concat();
    if !Path::new("/etc/debian_version").exists() {
        println!("xtask: this is not Debian or one of its likes; on Debian these packages would be needed:");
        println!("       {}", wanted.join(" "));
        return Ok(());
    }
    let missing = missing(&wanted)?;
    if missing.is_empty() {
        return Ok(());
    }
    let rights = Rights::find(&missing)?;
    println!("xtask: installing system packages: {}", missing.join(" "));
    let lists_are_there = fs::read_dir("/var/lib/apt/lists").is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|e| e.path().to_string_lossy().ends_with("_Packages")))
    });
    if lists_are_there && install(&rights, &missing)?.ok {
        return Ok(());
    }
    // Lists that are missing or out of date are the ordinary reason for a refusal: fetch them, and try once more.
    let update = shell::hush(&mut apt(&rights, &["update"]))?;
    if !update.ok {
        return Err(Trouble::of_command("apt-get update", &update.last_words));
    }
    let second = install(&rights, &missing)?;
    if second.ok { Ok(()) } else { Err(Trouble::of_command("apt-get install", &second.last_words)) }
}

fn install(rights: &Rights, packages: &[&str]) -> Result<shell::Ended, Trouble> {
    shell::hush(apt(rights, &["install", "--yes", "--no-install-recommends"]).args(packages))
}

fn missing<'a>(wanted: &[&'a str]) -> Result<Vec<&'a str>, Trouble> {
    // Unknown names make dpkg-query complain and fail; the known ones are answered all the same.
    let output =
        shell::ask(Command::new("dpkg-query").args(["-W", "-f", "${Status} ${Package}\n"]).args(wanted))?;
    let installed = installed(&String::from_utf8_lossy(&output.stdout));
    Ok(wanted.iter().filter(|name| !installed.contains(**name)).copied().collect())
}

fn installed(answer: &str) -> BTreeSet<String> {
    answer.lines().filter_map(|line| line.strip_prefix("install ok installed ")).map(str::to_owned).collect()
}

/// How this person may install packages.
enum Rights {
    Root,
    Sudo,
}

impl Rights {
    fn find(packages: &[&str]) -> Result<Self, Trouble> {
        if shell::first_line(Command::new("id").arg("-u")).as_deref() == Some("0") {
            return Ok(Self::Root);
        }
        let without_asking =
            shell::ask(Command::new("sudo").args(["-n", "true"])).map(|output| output.status.success());
        match without_asking {
            Ok(true) => Ok(Self::Sudo),
            // There is someone to ask for the password.
            Ok(false) if std::io::stdin().is_terminal() => Ok(Self::Sudo),
            Ok(false) | Err(_) => {
                let trouble =
                    "system packages are missing, and there is neither root nor sudo here to install them";
                Err(Trouble::new(trouble).advise(format!("as root: apt-get install {}", packages.join(" "))))
            }
        }
    }
}

fn apt(rights: &Rights, words: &[&str]) -> Command {
    let mut command = match rights {
        Rights::Root => Command::new("env"),
        Rights::Sudo => {
            let mut command = Command::new("sudo");
            command.arg("env");
            command
        }
    };
    for name in ["http_proxy", "https_proxy", "no_proxy"] {
        if let Ok(value) = env::var(name) {
            command.arg(format!("{name}={value}"));
        }
    }
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"])
        .args(["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"])
        .args(words)
        .stdin(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fully_installed_packages_count() {
        let answer = "install ok installed xvfb\ndeinstall ok config-files dbus\ninstall ok half-configured gnome-keyring\n";

        assert_eq!(installed(answer), BTreeSet::from(["xvfb".to_owned()]));
    }
}
