//! What a user says about itself, as it stands inside a signed tally (protocol.md 1).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::canonical;
use crate::chad::{BadChad, Chad};
use crate::date::Date;
use crate::signature::UserKey;

/// A certificate: the received JSON, kept as it is for signatures and hashes, beside a typed view of it.
#[derive(Clone, Debug)]
pub struct Certificate(Arc<Parts>);

/// Shared between clones: a certificate is copied far more often than read.
#[derive(Clone, Debug)]
struct Parts {
    raw: Value,
    chad: Chad,
    key: UserKey,
    display_name: String,
    date: Option<Date>,
}

/// Why something is not a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// Not an object, or larger than [`MAX_CERTIFICATE`] bytes.
    #[error("not a certificate of reasonable size")]
    Form,
    /// A number that cannot be signed over.
    #[error("a number in the certificate cannot be signed")]
    Number,
    /// The CHIP address inside is wrong.
    #[error("the certificate's address is wrong")]
    Chad(#[from] BadChad),
    /// `type` is neither `p` nor `o`.
    #[error("the certificate is neither a person's nor an organisation's")]
    Kind,
    /// The name is missing or of no known form.
    #[error("the certificate has no name")]
    Name,
    /// The key is no P-521 public key.
    #[error("the certificate's key is no public key")]
    Key,
    /// The date is of no known form.
    #[error("the certificate's date is wrong")]
    Date,
}

/// The name someone goes by in a certificate of our own making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A person, by first name and perhaps surname.
    Person {
        /// The name a person is called by.
        first: String,
        /// The family's name, if it is told.
        surname: Option<String>,
    },
    /// An organisation, by its one name.
    Organisation(String),
}

impl From<&str> for Name {
    fn from(first: &str) -> Self {
        Self::Person { first: first.to_owned(), surname: None }
    }
}

impl From<String> for Name {
    fn from(first: String) -> Self {
        Self::Person { first, surname: None }
    }
}

/// The parts of a certificate of our own.
#[derive(Clone, Debug)]
pub struct ComposeCert {
    /// Where its owner is found.
    pub chad: Chad,
    /// What its owner is called.
    pub name: Name,
    /// The key its owner signs with.
    pub key: UserKey,
    /// When it is made.
    pub date: Date,
}

impl Certificate {
    /// Reads a certificate and keeps the JSON as it came.
    ///
    /// # Errors
    /// [`BadCertificate`] naming what is wrong.
    pub fn parse(raw: Value) -> Result<Self, BadCertificate> {
        if !raw.is_object() || json_size(&raw) > MAX_CERTIFICATE {
            return Err(BadCertificate::Form);
        }
        canonical::check(&raw).map_err(|_| BadCertificate::Number)?;
        let chad = Chad::from_value(raw.get("chad").unwrap_or(&Value::Null))?;
        if !matches!(raw.get("type").and_then(Value::as_str), Some("p" | "o")) {
            return Err(BadCertificate::Kind);
        }
        let display_name = raw.get("name").and_then(read_name).ok_or(BadCertificate::Name)?;
        let key = raw.get("public").and_then(|jwk| UserKey::from_jwk(jwk).ok()).ok_or(BadCertificate::Key)?;
        let date = match raw.get("date") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(Date::parse_lenient(text).map_err(|_| BadCertificate::Date)?),
            Some(_) => return Err(BadCertificate::Date),
        };
        Ok(Self(Arc::new(Parts { raw, chad, key, display_name, date })))
    }

    /// Makes a certificate with exactly the members the reference writes.
    ///
    /// # Errors
    /// [`BadCertificate`] if the name is empty or the whole too large.
    pub fn compose(parts: ComposeCert) -> Result<Self, BadCertificate> {
        let (kind, name) = match parts.name {
            Name::Person { first, surname: None } => ("p", json!({"first": first})),
            Name::Person { first, surname: Some(surname) } => {
                ("p", json!({"first": first, "surname": surname}))
            }
            Name::Organisation(name) => ("o", Value::String(name)),
        };
        Self::parse(json!({
            "chad": parts.chad.to_value(),
            "connect": null,
            "date": parts.date.to_string(),
            "file": null,
            "identity": null,
            "name": name,
            "place": null,
            "public": parts.key.to_jwk(),
            "type": kind,
        }))
    }

    /// The same certificate, saying that its owner is to be found here.
    ///
    /// # Errors
    /// [`BadCertificate`] if it is too large by this.
    pub fn at(&self, chad: &Chad) -> Result<Self, BadCertificate> {
        let mut raw = self.raw().clone();
        raw["chad"] = chad.to_value();
        Self::parse(raw)
    }

    /// Where its owner said to be found.
    pub fn chad(&self) -> &Chad {
        &self.0.chad
    }

    /// The key its owner signs with.
    pub fn key(&self) -> &UserKey {
        &self.0.key
    }

    /// What its owner is called, at most [`MAX_DISPLAY_NAME`] characters. Control and direction characters are left
    /// in: whoever shows the name boxes them.
    pub fn display_name(&self) -> String {
        self.0.display_name.clone()
    }

    /// When it was made, where it says so.
    pub fn date(&self) -> Option<Date> {
        self.0.date
    }

    /// The JSON as it came.
    pub fn raw(&self) -> &Value {
        &self.0.raw
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.raw == other.0.raw
    }
}

/// The bytes this value takes as JSON without spaces.
pub(crate) fn json_size(value: &Value) -> usize {
    // Unchecked numbers print some way or other; only the length counts here.
    canonical::signing_of_checked(value).len()
}

/// The largest certificate, in bytes of JSON (protocol.md 4).
pub const MAX_CERTIFICATE: usize = 16 * 1024;

/// The longest name that is shown, in characters.
pub const MAX_DISPLAY_NAME: usize = 80;

/// Reads a name: text, or an object with a first name, a surname, or both.
fn read_name(name: &Value) -> Option<String> {
    let whole = match name {
        Value::String(name) => name.trim().to_owned(),
        Value::Object(parts) => {
            let part = |key: &str| spoken(parts, key);
            [part("first"), part("surname")].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        _ => return None,
    };
    let bounded: String = whole.chars().take(MAX_DISPLAY_NAME).collect();
    (!bounded.is_empty()).then_some(bounded)
}

fn spoken<'a>(parts: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    parts.get(key).and_then(Value::as_str).map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{Person, now};

    fn raw() -> Value {
        Person::new("Alice", 1).cert.raw().clone()
    }

    fn with(pointer: &str, value: Value) -> Result<Certificate, BadCertificate> {
        let mut raw = raw();
        *raw.pointer_mut(pointer).unwrap() = value;
        Certificate::parse(raw)
    }

    #[test]
    fn a_certificate_of_ours_has_the_reference_members() {
        let raw = raw();
        let members: Vec<&str> = raw.as_object().unwrap().keys().map(String::as_str).collect();

        let wanted = ["chad", "connect", "date", "file", "identity", "name", "place", "public", "type"];
        assert_eq!(members, wanted);
        assert_eq!(raw["name"], json!({"first": "Alice"}));
    }

    #[test]
    fn a_certificate_survives() {
        let cert = Person::new("Alice", 1).cert;
        let read = Certificate::parse(cert.raw().clone()).unwrap();

        assert_eq!(read, cert);
        assert_eq!((read.chad(), read.key(), read.date()), (cert.chad(), cert.key(), Some(now())));
    }

    #[test]
    fn names_are_read_in_both_forms() {
        let name = |name: Value| with("/name", name).map(|cert| cert.display_name());

        assert_eq!(name(json!({"first": "Ana", "surname": "Ames"})), Ok("Ana Ames".to_owned()));
        assert_eq!(name(json!({"surname": " Ames ", "other": 1})), Ok("Ames".to_owned()));
        assert_eq!(name(json!("Bäckerei \u{202e}GmbH")), Ok("Bäckerei \u{202e}GmbH".to_owned()));
        assert_eq!(name(json!("ä".repeat(500))).map(|name| name.chars().count()), Ok(MAX_DISPLAY_NAME));
        for none in [json!(null), json!(""), json!({}), json!({"first": 5}), json!([]), json!("  ")] {
            assert_eq!(name(none), Err(BadCertificate::Name));
        }
    }

    #[test]
    fn an_organisation_has_one_name() {
        let person = Person::new("Alice", 1).cert;
        let parts = ComposeCert {
            chad: person.chad().clone(),
            name: Name::Organisation("Bakery".to_owned()),
            key: person.key().clone(),
            date: now(),
        };
        let cert = Certificate::compose(parts).unwrap();

        assert_eq!((&cert.raw()["type"], &cert.raw()["name"]), (&json!("o"), &json!("Bakery")));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(with("/chad/agent", json!("short")), Err(BadCertificate::Chad(BadChad::Agent)));
        assert_eq!(with("/chad", json!(null)), Err(BadCertificate::Chad(BadChad::Cuid)));
        assert_eq!(with("/type", json!("x")), Err(BadCertificate::Kind));
        assert_eq!(with("/public", json!({})), Err(BadCertificate::Key));
        assert_eq!(with("/date", json!("yesterday")), Err(BadCertificate::Date));
        assert_eq!(with("/place", json!(1e300)), Err(BadCertificate::Number));
        assert_eq!(with("/place", json!("x".repeat(MAX_CERTIFICATE))), Err(BadCertificate::Form));
        assert_eq!(Certificate::parse(json!([])), Err(BadCertificate::Form));
        assert!(with("/place", json!({"street": "x".repeat(10_000)})).is_ok());
    }
}
