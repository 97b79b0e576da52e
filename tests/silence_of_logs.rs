//! No private key, token or passphrase in any log, and no private words on the disk in clear.
//!
//! Two nodes do the whole first tally with everything logged that any crate can log. Then the test opens the sealed
//! keys itself, knowing the passphrase and the layout of the file, and looks for every secret, in every form it could
//! have been printed in, in all logs, in what the verbs said, and in every file of both profiles.
#![cfg(unix)]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde_json::Value;
use sha2::{Digest as _, Sha512};
use support::{Home, PASSPHRASE, files, said};
use tallystick_vault::{OsKeychain, ProfileId, Vault};
use zeroize::Zeroizing;

/// Words that only the two partners may read.
const MEMO: &str = "one heron-blue bicycle tube, patched";

/// Words for Ana alone.
const NOTE: &str = "met at the saffron market stall";

/// A wrong passphrase is somebody's secret too.
const MISTYPED: &str = "grackle-Umbra-41-quince-Fjorf";

/// What is looked for: so many bytes of a secret's printed form give it away.
const SHINGLE: usize = 16;

/// Pieces of secrets in all forms in which they could be printed, and whose they are.
#[derive(Default)]
struct Traces(HashMap<[u8; SHINGLE], &'static str>);

impl Traces {
    fn text(&mut self, name: &'static str, text: &str) {
        self.bytes(name, text.as_bytes());
    }

    /// Raw, hex, base64 however it is aligned, and lists of decimals.
    fn bytes(&mut self, name: &'static str, secret: &[u8]) {
        self.pieces(name, secret);
        self.pieces(name, hex::encode(secret).as_bytes());
        self.pieces(name, hex::encode_upper(secret).as_bytes());
        for from in 0..3 {
            let whole = &secret[from..];
            let whole = &whole[..whole.len() - whole.len() % 3];
            self.pieces(name, STANDARD.encode(whole).as_bytes());
            self.pieces(name, URL_SAFE_NO_PAD.encode(whole).as_bytes());
        }
        for comma in [", ", ","] {
            let list: Vec<_> = secret.iter().map(u8::to_string).collect();
            self.pieces(name, list.join(comma).as_bytes());
        }
    }

    fn pieces(&mut self, name: &'static str, form: &[u8]) {
        for piece in form.windows(SHINGLE) {
            self.0.insert(piece.try_into().expect("a window's length"), name);
        }
    }

    /// The first secret found in a text.
    fn found_in(&self, text: &[u8]) -> Option<&'static str> {
        text.windows(SHINGLE).find_map(|piece| self.0.get(piece).copied())
    }
}

/// The secrets of a profile, opened by the layout of the file and the passphrase alone.
struct Opened {
    wrapping: [u8; 32],
    plain: Vec<u8>,
}

fn open(folder: &Path) -> Opened {
    let text = std::fs::read_to_string(folder.join("keys.sealed")).expect("the sealed keys");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let header = &file["header"];
    let decode = |value: &Value| URL_SAFE_NO_PAD.decode(value.as_str().expect("a text")).expect("base64url");
    let cost = |name: &str| {
        u32::try_from(header["protector"]["cost"][name].as_u64().expect("a number")).expect("small")
    };
    let params = Params::new(cost("memory_kib"), cost("passes"), cost("lanes"), Some(32)).expect("a cost");
    let mut wrapping = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(PASSPHRASE.as_bytes(), &decode(&header["protector"]["salt"]), &mut wrapping)
        .expect("stretched");
    // The header is bound as it stands in the file.
    let from = text.find("{\"format\"").expect("the header");
    let to = text.find(",\"sealed\":").expect("the seal");
    let payload = Payload { msg: &decode(&file["sealed"]), aad: &text.as_bytes()[from..to] };
    let nonce = decode(&header["nonce"]);
    let plain = XChaCha20Poly1305::new(&wrapping.into())
        .decrypt(XNonce::from_slice(&nonce), payload)
        .expect("the passphrase opens it");
    Opened { wrapping, plain }
}

/// All that must never be seen of a profile's keys.
fn keys(traces: &mut Traces, home: &Home) {
    let opened = open(&home.folder);
    let about: Value =
        serde_json::from_slice(&std::fs::read(home.folder.join("profile.json")).expect("a profile"))
            .expect("JSON");
    let id = ProfileId::new(about["id"].as_str().expect("an id")).expect("an id");
    let words = Zeroizing::new(PASSPHRASE.to_owned());
    let unlocked = Vault::at(&home.folder, id).open(Some(&words), &OsKeychain).expect("opens");
    let (agent, rest) = opened.plain.split_at(32);
    let (user, rest) = rest.split_at(66);
    let (point, rest) = rest.split_at(133);
    let (lift, database) = rest.split_at(32);
    // The test reads the file as the vault does, so it knows what it looks for.
    assert_eq!((agent, database), (&unlocked.agent().expose_seed()[..], &unlocked.database_key()[..]));
    assert_eq!(point[1..67], unlocked.signer().public().x);

    traces.bytes("the agent's seed", agent);
    traces.bytes("the agent's key on links", &Sha512::digest(agent)[..32]);
    traces.bytes("the user's private key", user);
    // Without the zeros in front, as some would print a number.
    traces.bytes("the user's private key", &user[2..]);
    traces.bytes("the lift key's seed", lift);
    traces.bytes("the ledger's key", database);
    traces.bytes("the wrapping key", &opened.wrapping);
}

/// All that two people's verbs said.
#[derive(Default)]
struct Heard {
    /// Standard error of every verb: logs and complaints.
    err: Vec<u8>,
    /// Results of verbs about tickets, which show tokens on purpose.
    tickets: Vec<u8>,
    /// Results of all others.
    others: Vec<u8>,
}

impl Heard {
    fn verb(&mut self, home: &Home, args: &[&str]) -> Value {
        let said = home.verb(args);
        self.err.extend(said.err.as_bytes());
        let heap = if args[0] == "ticket" { &mut self.tickets } else { &mut self.others };
        heap.extend(said.out.as_bytes());
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.out);
        said.json()
    }

    fn fail(&mut self, mut command: std::process::Command) {
        let said = said(&mut command);
        assert_ne!(said.code, Some(0));
        self.err.extend(said.err.as_bytes());
        self.others.extend(said.out.as_bytes());
    }
}

/// The whole job, and things that go wrong on the way. Gives the links of both tickets.
fn first_tally(heard: &mut Heard, ana: &Home, ben: &Home) -> [String; 2] {
    heard.verb(ana, &["init", "--name", "Ana Ruiz", "--kdf-memory", "19"]);
    heard.verb(ben, &["init", "--name", "Ben Ode", "--kdf-memory", "19"]);
    let mut mistyped = ana.command();
    mistyped.arg("run").env("TALLYSTICK_PASSPHRASE", MISTYPED);
    heard.fail(mistyped);

    let (mut node_a, ready_a) = ana.run();
    let (node_b, ready_b) = ben.run();
    heard.others.extend(format!("{ready_a}{ready_b}").as_bytes());
    let ticket = heard.verb(ana, &["ticket", "new", "--note", NOTE]);
    let spare = heard.verb(ana, &["ticket", "new"]);
    heard.verb(ana, &["ticket", "revoke", spare["id"].as_str().expect("an id")]);
    let [link, gone] = [&ticket, &spare].map(|ticket| ticket["link"].as_str().expect("a link").to_owned());
    heard.verb(ben, &["ticket", "inspect", &link]);
    heard.verb(ben, &["ticket", "use", &link, "--yes", "--wait", "20"]);
    heard.verb(ben, &["ticket", "use", &gone, "--yes"]);
    let tally = ana.tally_in("partnerDraft");
    heard.verb(ana, &["tally", "offer", &tally, "--yes", "--show", "--wait", "20"]);
    ben.tally_in("offeredToUs");
    heard.verb(ben, &["tally", "accept", &tally, "--yes", "--show", "--wait", "20"]);
    // A letter that has to wait for a node that was killed.
    node_a.kill();
    heard.verb(ben, &["chit", "pay", &tally, "12.500", "--memo", MEMO, "--yes"]);
    let (node_a, _) = ana.run();
    heard.verb(ana, &["chit", "pay", &tally, "1", "--memo", MEMO, "--yes", "--wait", "20"]);
    for home in [ana, ben] {
        heard.verb(home, &["tally", "list"]);
        heard.verb(home, &["tally", "show", &tally]);
        heard.verb(home, &["status"]);
        heard.verb(home, &["verify"]);
    }
    // The ledgers' logs are still beside them.
    for home in [ana, ben] {
        assert!(files(&home.folder).iter().any(|(name, bytes)| name == "ledger.db-wal" && !bytes.is_empty()));
        silent_files(home, &[&link, &gone]);
    }
    assert_eq!((node_a.end(), node_b.end()), (Some(0), Some(0)));
    // Once more in the verb's own process.
    heard.verb(ben, &["chit", "list", &tally]);
    heard.verb(ben, &["status"]);
    [link, gone]
}

fn tokens(traces: &mut Traces, links: &[&str]) {
    for link in links {
        let from = link.find("ticket=").expect("a token") + "ticket=".len();
        let token = &link[from..from + 22];
        traces.text("a ticket's token", token);
        traces.bytes("a ticket's token", &URL_SAFE_NO_PAD.decode(token).expect("base64url"));
    }
}

/// No file of a profile shows a secret or a private word; those that are encrypted show nothing at all.
fn silent_files(home: &Home, links: &[&str]) {
    let mut traces = Traces::default();
    keys(&mut traces, home);
    tokens(&mut traces, links);
    private_words(&mut traces);
    for (name, bytes) in files(&home.folder) {
        assert_eq!(traces.found_in(&bytes), None, "in {}", name.display());
    }
}

fn private_words(traces: &mut Traces) {
    traces.text("the passphrase", PASSPHRASE);
    traces.text("a mistyped passphrase", MISTYPED);
    traces.text("a memo", MEMO);
    traces.text("a note", NOTE);
}

#[test]
fn a_full_run_at_trace_level_gives_no_secret_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let [mut ana, mut ben] = ["ana", "ben"].map(|name| Home::new(folder.path(), name));
    (ana.level, ben.level) = ("trace".to_owned(), "trace".to_owned());
    let mut heard = Heard::default();

    let links = first_tally(&mut heard, &ana, &ben);

    let links = links.each_ref().map(String::as_str);
    let mut of_keys = Traces::default();
    keys(&mut of_keys, &ana);
    keys(&mut of_keys, &ben);
    of_keys.text("the passphrase", PASSPHRASE);
    of_keys.text("a mistyped passphrase", MISTYPED);
    assert_eq!(of_keys.found_in(&heard.tickets), None, "in what verbs about tickets said");
    tokens(&mut of_keys, &links);
    assert_eq!(of_keys.found_in(&heard.others), None, "in what the other verbs said");
    private_words(&mut of_keys);
    let logs = [&ana, &ben].map(|home| std::fs::read(&home.log).expect("a log"));
    for (log, home) in logs.iter().zip([&ana, &ben]) {
        let text = String::from_utf8_lossy(log);
        assert!(
            text.contains("DEBUG tallystick_node::peer"),
            "the log of {} is too quiet",
            home.log.display()
        );
        assert_eq!(of_keys.found_in(log), None, "in {}", home.log.display());
        // The log that the node keeps itself, among the profile's files.
        let kept = home.folder.join("logs/tallystick.log");
        let kept = std::fs::read_to_string(&kept).expect("a log");
        assert!(kept.contains("DEBUG tallystick_node::peer"), "the kept log is too quiet");
        silent_files(home, &links);
    }
    // The sheets that were asked for are on standard error too; a memo belongs on its own sheet.
    assert_eq!(of_keys.found_in(&heard.err), None, "in what verbs wrote on standard error");
}

#[test]
fn a_secret_that_leaks_is_found_in_whatever_form() {
    let secret: Vec<u8> = (0..32_u8).map(|n| n.wrapping_mul(151).wrapping_add(89)).collect();
    let mut traces = Traces::default();
    traces.bytes("it", &secret);
    let longer = [b"{\"k\":1}".as_slice(), &secret].concat();

    for leak in [
        secret.clone(),
        hex::encode(&secret).into_bytes(),
        hex::encode_upper(&secret).into_bytes(),
        STANDARD.encode(&secret).into_bytes(),
        STANDARD.encode(&longer).into_bytes(),
        URL_SAFE_NO_PAD.encode(&longer[1..]).into_bytes(),
        format!("{secret:?}").into_bytes(),
        serde_json::to_vec(&secret).expect("JSON"),
    ] {
        let log = [b"2026-11-22 DEBUG key=".as_slice(), &leak, b" done"].concat();
        assert_eq!(traces.found_in(&log), Some("it"), "{}", String::from_utf8_lossy(&log));
    }
    assert_eq!(traces.found_in(b"2026-11-22 DEBUG nothing to see here, move along"), None);
}
