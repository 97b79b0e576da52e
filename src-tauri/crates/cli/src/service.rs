//! `service`: a unit of the person's own systemd, so that a profile is served without a terminal.
//!
//! The unit runs this very program with what this command line says of the profile, and may do little else: it sees the
//! system read-only, and of the person's files it writes only the profile. It holds no secret; where a passphrase is
//! needed it names the file.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;

use crate::args::{Common, Listen, ServiceVerb};
use crate::fault::Fault;
use crate::hands::{config, ordinary};
use crate::say::Say;

/// What is said of the service.
#[derive(Debug, Serialize)]
struct Service {
    /// The unit's name.
    unit: String,
    /// Where it is written, or would be.
    file: PathBuf,
    /// Whether it is written.
    installed: bool,
    /// Whether systemd says that it runs; nothing where no systemd of the person's can be asked.
    running: Option<bool>,
}

/// Does what the command line says.
pub(crate) fn perform(common: &Common, verb: ServiceVerb, say: Say) -> Result<(), Fault> {
    let profile = absolute(&config(common)?.profile)?;
    let mut service = Service::of(&profile)?;
    match verb {
        ServiceVerb::Install { only_write } => {
            if !profile.join("profile.json").exists() {
                return Err(Fault::NoWallet { folder: profile });
            }
            write(&service.file, &unit(common, &profile)?)?;
            if common.passphrase_file.is_none() {
                say.aside(
                    "nobody can be asked for a passphrase: it starts only if the keychain protects the keys",
                );
            }
            if !only_write {
                systemctl(&["daemon-reload"])?;
                systemctl(&["enable", "--now", &service.unit])?;
            }
        }
        ServiceVerb::Uninstall => {
            if service.installed {
                // A unit that was only written was never known to systemd, and needs no goodbye.
                let known = systemctl(&["disable", "--now", &service.unit]).is_ok();
                fs::remove_file(&service.file).map_err(|source| refused(&service.file, "removed", source))?;
                if known {
                    systemctl(&["daemon-reload"])?;
                }
            }
        }
        ServiceVerb::Status => {}
    }
    service = Service::of(&profile)?;
    say.view(&service, || words(&service));
    Ok(())
}

impl Service {
    fn of(profile: &Path) -> Result<Self, Fault> {
        let unit = unit_name(profile);
        let file = units()?.join(&unit);
        let installed = file.exists();
        let active = Command::new("systemctl").args(["--user", "is-active", &unit]).output();
        // Without a bus there is nobody to ask, which is not the same as a service that does not run.
        let running = active.ok().and_then(|output| match String::from_utf8_lossy(&output.stdout).trim() {
            "" => None,
            state => Some(state == "active"),
        });
        Ok(Self { unit, file, installed, running })
    }
}

fn words(service: &Service) -> String {
    let mut text = match (service.installed, service.running) {
        (false, _) => "there is no service for this profile".to_owned(),
        (true, Some(true)) => format!("{} runs", service.unit),
        (true, Some(false)) => format!("{} does not run", service.unit),
        (true, None) => format!("{} is written; no systemd of yours can be asked about it", service.unit),
    };
    let _ = write!(text, "\n  unit     {}", service.file.display());
    text
}

/// One unit for each profile: the ordinary one's plain, another's with its folder's path, as systemd writes paths.
fn unit_name(profile: &Path) -> String {
    let ordinary = ordinary().and_then(|folder| absolute(&folder));
    if ordinary.is_ok_and(|folder| folder == profile) {
        return "tallystick-node.service".to_owned();
    }
    let mut name = "tallystick-node-".to_owned();
    for byte in profile.as_os_str().as_encoded_bytes().iter().skip(1) {
        match byte {
            b'/' => name.push('-'),
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => name.push(char::from(*byte)),
            other => {
                let _ = write!(name, "\\x{other:02x}");
            }
        }
    }
    name + ".service"
}

/// Where systemd looks for a person's units.
fn units() -> Result<PathBuf, Fault> {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = of("XDG_CONFIG_HOME").or_else(|| of("HOME").map(|home| home.join(".config")));
    Ok(config.ok_or(Fault::NoFolder)?.join("systemd/user"))
}

/// The unit's text.
fn unit(common: &Common, profile: &Path) -> Result<String, Fault> {
    let program = std::env::current_exe().map_err(Fault::Runtime)?;
    let mut command = vec![program.into_os_string(), "--profile".into(), profile.into()];
    command.push("--listen".into());
    command.push(match common.listen {
        Listen::Off => "off".into(),
        Listen::At(address) => address.to_string().into(),
    });
    if let Some(host) = &common.advertise {
        command.extend(["--advertise".into(), host.into()]);
    }
    if let Some(file) = &common.passphrase_file {
        command.extend(["--passphrase-file".into(), absolute(file)?.into()]);
    }
    if let Some(filter) = &common.log {
        command.extend(["--log".into(), filter.into()]);
    }
    command.push("run".into());
    let words = command.iter().map(|word| word.to_str().map(quoted).ok_or(Fault::NotText));
    let command = words.collect::<Result<Vec<_>, _>>()?.join(" ");
    let profile = quoted(profile.to_str().ok_or(Fault::NotText)?);
    Ok(format!(
        "[Unit]\n\
         Description=Tallystick wallet\n\
         Documentation=man:systemd.service(5)\n\
         StartLimitIntervalSec=300\n\
         StartLimitBurst=5\n\
         \n\
         [Service]\n\
         ExecStart={command}\n\
         Restart=on-failure\n\
         RestartSec=10\n\
         # Ending writes what is in hand and closes the ledger.\n\
         TimeoutStopSec=30\n\
         # What the program needs, and nothing else: the network, its profile, and to read the system.\n\
         NoNewPrivileges=yes\n\
         ProtectSystem=strict\n\
         ProtectHome=read-only\n\
         ReadWritePaths={profile}\n\
         PrivateTmp=yes\n\
         RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n\
         RestrictNamespaces=yes\n\
         RestrictRealtime=yes\n\
         RestrictSUIDSGID=yes\n\
         LockPersonality=yes\n\
         MemoryDenyWriteExecute=yes\n\
         SystemCallArchitectures=native\n\
         UMask=0077\n\
         LimitCORE=0\n\
         LimitNOFILE=4096\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n"
    ))
}

/// A word as systemd reads it: nothing in it is a variable, a specifier or an escape.
fn quoted(word: &str) -> String {
    let mut text = "\"".to_owned();
    for char in word.chars() {
        match char {
            '"' | '\\' => text.extend(['\\', char]),
            '%' => text.push_str("%%"),
            '$' => text.push_str("$$"),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
    text + "\""
}

fn write(file: &Path, text: &str) -> Result<(), Fault> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|source| refused(folder, "made", source))?;
    }
    fs::write(file, text).map_err(|source| refused(file, "written", source))
}

/// Asks the person's systemd for something; what it prints goes to the person.
fn systemctl(words: &[&str]) -> Result<(), Fault> {
    let ended = Command::new("systemctl").arg("--user").args(words).output();
    match ended {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(Fault::Systemd(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        Err(error) => Err(Fault::Systemd(error.to_string())),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(path).map_err(|source| refused(path, "found", source))
}

fn refused(path: &Path, doing: &'static str, source: io::Error) -> Fault {
    Fault::File { path: path.to_owned(), doing, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_the_program_as_they_are() {
        assert_eq!(quoted("/home/ana/100% \"mine\" $x\\y"), r#""/home/ana/100%% \"mine\" $$x\\y""#);
    }

    #[test]
    fn every_profile_has_a_unit_of_its_own() {
        assert_eq!(
            unit_name(Path::new("/srv/ana's wallet")),
            "tallystick-node-srv-ana\\x27s\\x20wallet.service"
        );
        assert_ne!(unit_name(Path::new("/srv/a-b")), unit_name(Path::new("/srv/a/b")));
    }
}
