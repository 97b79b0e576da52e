//! `service`: the node as a unit of the person's own systemd, so that it runs while they are logged in, or always.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tallystick_vault::{ProfileId, Status, Vault};

use crate::args::{Common, Listen, ServiceVerb};
use crate::fault::Fault;
use crate::hands::config;
use crate::say::Say;

/// The unit's name.
const UNIT: &str = "tallystick-node.service";

pub(crate) fn perform(common: &Common, verb: &ServiceVerb, say: Say) -> Result<(), Fault> {
    let path = folder()?.join(UNIT);
    match verb {
        ServiceVerb::Install => install(common, &path, say),
        ServiceVerb::Uninstall => uninstall(&path, say),
        ServiceVerb::Status => {
            let installed = path.is_file();
            let words = || match installed {
                true => {
                    format!("{} is there; `systemctl --user status {UNIT}` says how it does", path.display())
                }
                false => "no service is installed".to_owned(),
            };
            say.view(&json!({"unit": path.display().to_string(), "installed": installed}), words);
            Ok(())
        }
    }
}

fn install(common: &Common, path: &Path, say: Say) -> Result<(), Fault> {
    let config = config(common)?;
    let profile = absolute(&config.profile)?;
    let sealed_by = sealed_by(&profile)?;
    let passphrase = common.passphrase_file.as_deref().map(absolute).transpose()?;
    if sealed_by == Status::Passphrase && passphrase.is_none() {
        // Nobody is there to type it.
        return Err(Fault::NeedsPassphraseFile);
    }
    let program = std::env::current_exe().map_err(|source| Fault::File {
        path: "tallystick-node".into(),
        doing: "found",
        source,
    })?;
    let mut words = vec![text(&program)?, "--profile".to_owned(), text(&profile)?];
    words.extend(["--listen".to_owned(), listen(common.listen)]);
    if let Some(host) = &common.advertise {
        words.extend(["--advertise".to_owned(), host.clone()]);
    }
    if let Some(file) = &passphrase {
        words.extend(["--passphrase-file".to_owned(), text(file)?]);
    }
    words.push("run".to_owned());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| file(folder, "made", source))?;
    }
    fs::write(path, unit(&words)).map_err(|source| file(path, "written", source))?;
    let next = [
        "systemctl --user daemon-reload".to_owned(),
        format!("systemctl --user enable --now {UNIT}"),
        "loginctl enable-linger".to_owned(),
    ];
    let view = json!({"unit": path.display().to_string(), "next": next});
    say.view(&view, || {
        let [reload, enable, linger] = &next;
        let keychain = match sealed_by {
            Status::Keychain => {
                "\n(The keychain protects this wallet: it opens only while you are logged in and the keychain is open.)"
            }
            Status::Passphrase | Status::Absent => "",
        };
        format!(
            "written: {}\nStart it, now and whenever you log in:\n  {reload}\n  {enable}\nAnd to have it run while you are \
             not logged in, too:\n  {linger}{keychain}",
            path.display()
        )
    });
    Ok(())
}

fn uninstall(path: &Path, say: Say) -> Result<(), Fault> {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Fault::NoService),
        Err(source) => return Err(file(path, "removed", source)),
    }
    let next =
        [format!("systemctl --user disable --now {UNIT}"), "systemctl --user daemon-reload".to_owned()];
    let view = json!({"unit": path.display().to_string(), "next": next});
    say.view(&view, || {
        format!("removed: {}\nIf it runs, end it:\n  {}\n  {}", path.display(), next[0], next[1])
    });
    Ok(())
}

/// The unit. It may do nothing that a wallet need not do, as far as that can be had without being root.
fn unit(words: &[String]) -> String {
    let command: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!(
        "[Unit]\nDescription=Tallystick node\nDocumentation=man:systemd.service(5)\n\n[Service]\nExecStart={}\n\
         Restart=on-failure\nRestartSec=10\nUMask=0077\nNoNewPrivileges=yes\nLockPersonality=yes\n\
         RestrictRealtime=yes\nSystemCallArchitectures=native\n\n[Install]\nWantedBy=default.target\n",
        command.join(" ")
    )
}

/// A word that systemd reads back as it is (systemd.service(5), Command lines; systemd.syntax(7), Quoting).
fn quoted(word: &str) -> String {
    let mut out = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '%' => out.push_str("%%"),
            '$' => out.push_str("$$"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What opens the profile's keys.
fn sealed_by(profile: &Path) -> Result<Status, Fault> {
    let nothing = || Fault::NoWallet { folder: profile.to_owned() };
    let about = fs::read(profile.join("profile.json")).map_err(|_| nothing())?;
    let about: Value = serde_json::from_slice(&about).map_err(|_| nothing())?;
    let id = about["id"].as_str().and_then(|id| ProfileId::new(id).ok()).ok_or_else(nothing)?;
    match Vault::at(profile, id).status() {
        Ok(Status::Absent) | Err(_) => Err(nothing()),
        Ok(status) => Ok(status),
    }
}

/// Where a person's own units are (systemd.unit(5)).
fn folder() -> Result<PathBuf, Fault> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
    Ok(config.ok_or(Fault::NoFolder)?.join("systemd/user"))
}

fn listen(listen: Listen) -> String {
    match listen {
        Listen::Off => "off".to_owned(),
        Listen::At(address) => address.to_string(),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(path).map_err(|source| file(path, "found", source))
}

fn text(path: &Path) -> Result<String, Fault> {
    let bad = || file(path, "named in a unit", io::ErrorKind::InvalidFilename.into());
    path.to_str().map(str::to_owned).ok_or_else(bad)
}

fn file(path: &Path, doing: &'static str, source: io::Error) -> Fault {
    Fault::File { path: path.to_owned(), doing, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_means_anything_but_itself() {
        assert_eq!(quoted("plain"), "\"plain\"");
        assert_eq!(quoted("two words"), "\"two words\"");
        assert_eq!(quoted("100% $HOME \"x\" \\"), "\"100%% $$HOME \\\"x\\\" \\\\\"");
    }
}
