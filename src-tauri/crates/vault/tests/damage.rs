//! A key file that is not as it was written is never opened, and never taken for none.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use tallystick_vault::testing::{Missing, Works, cheapest};
use tallystick_vault::{Keychain, ProfileId, Protector, Status, Vault, VaultError};
use tempfile::TempDir;
use zeroize::Zeroizing;

const WORDS: &str = "seven wet hens in a boat";

struct Made {
    _home: TempDir,
    file: PathBuf,
    bytes: Vec<u8>,
    vault: Vault,
    keychain: Box<dyn Keychain>,
}

impl Made {
    fn by_keychain() -> Self {
        Self::new(Protector::Keychain, Box::new(Works::default()))
    }

    fn by_passphrase() -> Self {
        let passphrase = Zeroizing::new(WORDS.to_owned());
        Self::new(Protector::Passphrase { passphrase, cost: cheapest() }, Box::new(Missing))
    }

    fn new(protector: Protector, keychain: Box<dyn Keychain>) -> Self {
        let home = TempDir::new().unwrap();
        let vault = Vault::at(home.path(), ProfileId::new("alice").unwrap());
        vault.create(protector, keychain.as_ref()).unwrap();
        let file = home.path().join("keys.sealed");
        let bytes = fs::read(&file).unwrap();
        Self { _home: home, file, bytes, vault, keychain }
    }

    /// Puts other bytes in place and insists that nothing opens and nothing is made.
    fn refuse(&self, bytes: &[u8], what: &str) -> VaultError {
        fs::write(&self.file, bytes).unwrap();
        assert!(!matches!(self.vault.status(), Ok(Status::Absent)), "{what}");
        let again = self.vault.create(Protector::Keychain, &Works::default());
        assert!(matches!(again, Err(VaultError::Exists)), "{what}");
        self.open().expect_err(what)
    }

    fn open(&self) -> Result<(), VaultError> {
        let words = Zeroizing::new(WORDS.to_owned());
        self.vault.open(Some(&words), self.keychain.as_ref()).map(|_| ())
    }
}

#[test]
fn no_byte_can_change_unnoticed() {
    for made in [Made::by_keychain(), Made::by_passphrase()] {
        for at in 0..made.bytes.len() {
            for mask in [0x01, 0x02, 0x03, 0x20, 0x80, 0xff] {
                let mut bytes = made.bytes.clone();
                bytes[at] ^= mask;
                made.refuse(&bytes, &format!("byte {at} ^ {mask:#x}"));
            }
        }
        fs::write(&made.file, &made.bytes).unwrap();
        made.open().unwrap();
    }
}

#[test]
fn a_file_cut_short_or_grown_is_damaged() {
    let made = Made::by_passphrase();
    for len in 0..made.bytes.len() {
        let error = made.refuse(&made.bytes[..len], &format!("{len} bytes left"));
        assert!(matches!(error, VaultError::Damaged { .. }), "{len}: {error:?}");
    }
    for more in [&b"\n"[..], b" ", b"{}", &[0; 70_000]] {
        let error = made.refuse(&[&made.bytes, more].concat(), "grown");
        assert!(matches!(error, VaultError::Damaged { .. }));
    }
}

#[test]
fn another_spelling_of_the_same_json_is_damaged() {
    let made = Made::by_keychain();
    let text = String::from_utf8(made.bytes.clone()).unwrap();

    for other in [text.replacen(':', ": ", 1), text.replacen("\"version\":1", "\"version\":1,\"extra\":2", 1)]
    {
        assert!(matches!(made.refuse(other.as_bytes(), &other), VaultError::Damaged { .. }));
    }
}

#[test]
fn a_later_version_is_named_and_left_alone() {
    let made = Made::by_keychain();
    let text = String::from_utf8(made.bytes.clone()).unwrap();
    let later = text.replacen("\"version\":1", "\"version\":2,\"whatever\":true", 1);

    let error = made.refuse(later.as_bytes(), "version 2");

    assert!(matches!(error, VaultError::Newer { version: 2 }));
    assert_eq!(fs::read(&made.file).unwrap(), later.as_bytes());
}
