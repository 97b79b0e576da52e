//! What a vault promises, with keychains that work, are missing, or refuse.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use tallystick_vault::testing::{Missing, Refuses, Works, cheapest};
use tallystick_vault::{
    Argon2Cost, Keychain, KeychainError, ProfileId, Protector, Status, Unlocked, Vault, VaultError, Weakness,
    WrappingKey,
};
use tempfile::TempDir;
use zeroize::Zeroizing;

const WORDS: &str = "seven wet hens in a boat";

fn words(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

fn by_passphrase(text: &str) -> Protector {
    Protector::Passphrase { passphrase: words(text), cost: cheapest() }
}

fn vault(home: &TempDir) -> Vault {
    Vault::at(home.path().join("alice"), ProfileId::new("alice").unwrap())
}

fn file(home: &TempDir) -> std::path::PathBuf {
    home.path().join("alice/keys.sealed")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Everything public or comparable about an identity.
fn likeness(unlocked: &Unlocked) -> (String, Vec<u8>, [u8; 32], [u8; 32]) {
    let user = unlocked.signer().public();
    (
        unlocked.agent().agent_id().to_string(),
        [user.x, user.y].concat(),
        unlocked.lift().public(),
        **unlocked.database_key(),
    )
}

#[test]
fn what_the_keychain_protects_opens_again_as_the_same_identity() {
    let (home, keychain) = (TempDir::new().unwrap(), Works::default());
    assert_eq!(vault(&home).status().unwrap(), Status::Absent);

    let made = vault(&home).create(Protector::Keychain, &keychain).unwrap();

    assert_eq!(vault(&home).status().unwrap(), Status::Keychain);
    assert_eq!(likeness(&made), likeness(&vault(&home).open(None, &keychain).unwrap()));
    assert_eq!(keychain.accounts(), ["alice"]);
}

#[test]
fn what_a_passphrase_protects_needs_no_keychain() {
    let home = TempDir::new().unwrap();

    let made = vault(&home).create(by_passphrase(WORDS), &Missing).unwrap();

    assert_eq!(vault(&home).status().unwrap(), Status::Passphrase);
    let opened = vault(&home).open(Some(&words(WORDS)), &Missing).unwrap();
    assert_eq!(likeness(&made), likeness(&opened));
}

#[test]
fn the_standard_cost_runs_on_this_computer() {
    let home = TempDir::new().unwrap();
    let protector = Protector::Passphrase { passphrase: words(WORDS), cost: Argon2Cost::STANDARD };

    let made = vault(&home).create(protector, &Missing).unwrap();

    let opened = vault(&home).open(Some(&words(WORDS)), &Missing).unwrap();
    assert_eq!(likeness(&made), likeness(&opened));
    let text = std::fs::read_to_string(file(&home)).unwrap();
    assert!(text.contains(r#""cost":{"memory_kib":262144,"passes":3,"lanes":1}"#));
}

#[test]
fn a_wrong_or_missing_passphrase_opens_nothing() {
    let home = TempDir::new().unwrap();
    vault(&home).create(by_passphrase(WORDS), &Missing).unwrap();

    let wrong = vault(&home).open(Some(&words("seven wet hens in a boaT")), &Missing);
    let none = vault(&home).open(None, &Missing);

    assert!(matches!(wrong, Err(VaultError::WrongPassphrase)));
    assert!(matches!(none, Err(VaultError::PassphraseNeeded)));
}

#[test]
fn a_weak_passphrase_makes_nothing_and_says_why() {
    let home = TempDir::new().unwrap();

    let refused = vault(&home).create(by_passphrase("password1"), &Missing);

    let Err(VaultError::WeakPassphrase(strength)) = refused else { panic!("{refused:?}") };
    assert_eq!(strength.weaknesses, [Weakness::TooShort, Weakness::Common, Weakness::TooSimple]);
    assert_eq!(names(home.path()), [""; 0]);
}

#[test]
fn a_missing_or_refusing_keychain_makes_nothing() {
    let home = TempDir::new().unwrap();

    let missing = vault(&home).create(Protector::Keychain, &Missing);
    let refused = vault(&home).create(Protector::Keychain, &Refuses);

    assert!(matches!(missing, Err(VaultError::Keychain(KeychainError::Missing(_)))));
    assert!(matches!(refused, Err(VaultError::Keychain(KeychainError::Refused))));
    assert_eq!(vault(&home).status().unwrap(), Status::Absent);
    assert!(vault(&home).create(by_passphrase(WORDS), &Missing).is_ok());
}

#[test]
fn a_keychain_that_fails_later_is_not_mistaken_for_no_identity() {
    let (home, keychain) = (TempDir::new().unwrap(), Works::default());
    let made = vault(&home).create(Protector::Keychain, &keychain).unwrap();
    let before = std::fs::read(file(&home)).unwrap();

    assert!(matches!(
        vault(&home).open(None, &Missing),
        Err(VaultError::Keychain(KeychainError::Missing(_)))
    ));
    assert!(matches!(vault(&home).open(None, &Refuses), Err(VaultError::Keychain(KeychainError::Refused))));
    assert!(matches!(vault(&home).open(None, &Works::default()), Err(VaultError::EntryMissing)));
    let empty = Works::default();
    let others: [&dyn Keychain; 4] = [&Missing, &Refuses, &empty, &keychain];
    for other in others {
        assert!(matches!(vault(&home).create(Protector::Keychain, other), Err(VaultError::Exists)));
        assert!(matches!(vault(&home).create(by_passphrase(WORDS), other), Err(VaultError::Exists)));
    }
    assert_eq!(std::fs::read(file(&home)).unwrap(), before);
    assert_eq!(likeness(&made), likeness(&vault(&home).open(None, &keychain).unwrap()));
}

#[test]
fn the_key_of_another_vault_is_told_apart_from_damage() {
    let (home, keychain) = (TempDir::new().unwrap(), Works::default());
    vault(&home).create(Protector::Keychain, &keychain).unwrap();

    keychain.set("alice", &WrappingKey::random().unwrap()).unwrap();

    assert!(matches!(vault(&home).open(None, &keychain), Err(VaultError::WrongKey)));
}

#[test]
fn a_file_moved_to_another_profile_is_refused() {
    let (home, keychain) = (TempDir::new().unwrap(), Works::default());
    vault(&home).create(Protector::Keychain, &keychain).unwrap();

    let bob = Vault::at(home.path().join("alice"), ProfileId::new("bob").unwrap());

    assert!(matches!(bob.status(), Err(VaultError::ForeignProfile)));
    assert!(matches!(bob.open(None, &keychain), Err(VaultError::ForeignProfile)));
    assert!(matches!(bob.create(Protector::Keychain, &keychain), Err(VaultError::Exists)));
}

#[test]
fn there_is_nothing_to_open_before_it_is_made() {
    let home = TempDir::new().unwrap();

    assert!(matches!(vault(&home).open(None, &Works::default()), Err(VaultError::Absent)));
    assert_eq!(names(home.path()), [""; 0]);
}

#[test]
fn a_crash_before_the_file_is_whole_is_healed_by_the_next_attempt() {
    let (home, keychain) = (TempDir::new().unwrap(), Works::default());
    keychain.set("alice", &WrappingKey::random().unwrap()).unwrap();
    std::fs::create_dir(home.path().join("alice")).unwrap();
    std::fs::write(home.path().join("alice/keys.sealed.half"), b"{\"header\":").unwrap();
    std::fs::write(home.path().join("alice/keys.lock"), b"").unwrap();

    assert_eq!(vault(&home).status().unwrap(), Status::Absent);
    let made = vault(&home).create(Protector::Keychain, &keychain).unwrap();

    assert_eq!(likeness(&made), likeness(&vault(&home).open(None, &keychain).unwrap()));
    assert_eq!(names(&home.path().join("alice")), ["keys.lock", "keys.sealed"]);
}

#[test]
fn two_folders_under_one_name_do_not_cost_each_other_their_keys() {
    let (here, there, keychain) = (TempDir::new().unwrap(), TempDir::new().unwrap(), Works::default());

    let first = vault(&here).create(Protector::Keychain, &keychain).unwrap();
    let second = vault(&there).create(Protector::Keychain, &keychain).unwrap();

    assert_ne!(likeness(&first), likeness(&second));
    assert_eq!(likeness(&first), likeness(&vault(&here).open(None, &keychain).unwrap()));
    assert_eq!(likeness(&second), likeness(&vault(&there).open(None, &keychain).unwrap()));
}

#[test]
fn of_many_who_make_it_at_once_one_succeeds() {
    let (home, keychain) = (TempDir::new().unwrap(), Works::default());

    let outcomes: Vec<Result<Unlocked, VaultError>> = std::thread::scope(|scope| {
        let attempt = || vault(&home).create(Protector::Keychain, &keychain);
        let attempts: Vec<_> = (0..8).map(|_| scope.spawn(attempt)).collect();
        attempts.into_iter().map(|attempt| attempt.join().unwrap()).collect()
    });

    let made: Vec<&Unlocked> = outcomes.iter().filter_map(|o| o.as_ref().ok()).collect();
    assert_eq!(made.len(), 1);
    assert_eq!(likeness(made[0]), likeness(&vault(&home).open(None, &keychain).unwrap()));
    let lost = outcomes.iter().filter_map(|o| o.as_ref().err());
    assert!(lost.into_iter().all(|error| matches!(error, VaultError::Busy | VaultError::Exists)));
}

#[test]
fn every_identity_is_new() {
    let (here, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());

    let first = likeness(&vault(&here).create(Protector::Keychain, &Works::default()).unwrap());
    let second = likeness(&vault(&there).create(Protector::Keychain, &Works::default()).unwrap());

    assert!(first.0 != second.0 && first.1 != second.1 && first.2 != second.2 && first.3 != second.3);
}

#[cfg(unix)]
#[test]
fn the_folder_and_its_files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = TempDir::new().unwrap();
    let mode = |path: &str| std::fs::metadata(home.path().join(path)).unwrap().permissions().mode() & 0o7777;
    std::fs::create_dir(home.path().join("alice")).unwrap();
    std::fs::set_permissions(home.path().join("alice"), std::fs::Permissions::from_mode(0o755)).unwrap();

    vault(&home).create(by_passphrase(WORDS), &Missing).unwrap();

    assert_eq!(mode("alice"), 0o700);
    assert_eq!(mode("alice/keys.sealed"), 0o600);
    assert_eq!(mode("alice/keys.lock"), 0o600);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_made_is_a_matter_of_the_disk() {
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("alice"), b"a file in the way").unwrap();

    let refused = vault(&home).create(Protector::Keychain, &Works::default());

    assert!(matches!(refused, Err(VaultError::Disk { .. })));
}

#[test]
fn nothing_printed_holds_a_byte_of_a_key() {
    let (home, keychain) = (TempDir::new().unwrap(), Works::default());
    let unlocked = vault(&home).create(Protector::Keychain, &keychain).unwrap();
    let key = keychain.get("alice").unwrap().unwrap();

    assert_eq!(format!("{unlocked:?}"), "Unlocked { .. }");
    assert_eq!(format!("{key:?}"), "WrappingKey { .. }");
    assert_eq!(format!("{:?}", unlocked.signer()), "UserSigner { .. }");
    assert_eq!(format!("{:?}", unlocked.lift()), "LiftSigner { .. }");
    assert_eq!(format!("{keychain:?}"), "Works { accounts: [\"alice\"], .. }");
    assert!(!format!("{:?}", by_passphrase(WORDS)).contains("hens"));
    let seed = unlocked.agent().expose_seed();
    let agent = format!("{:?}", unlocked.agent());
    assert!(!agent.contains(&format!("{:?}", &seed[..4]).replace(['[', ']'], "")));
    assert!(!agent.contains(&format!("{:02x}{:02x}{:02x}", seed[0], seed[1], seed[2])));
}

#[test]
fn the_file_holds_no_secret_in_the_clear() {
    let (home, keychain) = (TempDir::new().unwrap(), Works::default());
    let unlocked = vault(&home).create(Protector::Keychain, &keychain).unwrap();

    let bytes = std::fs::read(file(&home)).unwrap();

    let seed = unlocked.agent().expose_seed();
    for secret in [&seed[..], unlocked.database_key().as_slice()] {
        assert!(!bytes.windows(secret.len()).any(|w| w == secret));
    }
    assert!(std::str::from_utf8(&bytes).unwrap().starts_with("{\"header\":{\"format\":\"tallystick-keys\""));
}
