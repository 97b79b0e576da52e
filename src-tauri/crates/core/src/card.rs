//! What somebody tells of themselves beside the name, field by field, as it stands in a certificate (protocol.md 1).
//!
//! The certificate's members are the reference's: `connect` is a list of `{address, media}`, `place` a list of
//! `{address, …}`, and either is null where nothing is told.

use serde_json::{Map, Value, json};

use crate::certificate::{BadCertificate, Certificate};

/// What somebody tells of themselves beside the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Where letters reach them.
    pub email: Option<String>,
    /// Where calls reach them.
    pub phone: Option<String>,
    /// Where they are to be found, in their own words.
    pub place: Option<String>,
}

/// Why something cannot stand on a card of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCard {
    /// More than [`MAX_CARD_FIELD`] characters.
    #[error("a field of the card is too long")]
    Long,
    /// Characters that do not print.
    #[error("a field of the card has characters that do not print")]
    Unprintable,
}

impl Card {
    /// A card of ours: fields are trimmed, and empty ones are not told at all.
    ///
    /// # Errors
    /// [`BadCard`] naming what is wrong.
    pub fn compose(email: Option<&str>, phone: Option<&str>, place: Option<&str>) -> Result<Self, BadCard> {
        let field = |text: Option<&str>| match text.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) if text.chars().count() > MAX_CARD_FIELD => Err(BadCard::Long),
            Some(text) if text.chars().any(char::is_control) => Err(BadCard::Unprintable),
            text => Ok(text.map(str::to_owned)),
        };
        Ok(Self { email: field(email)?, phone: field(phone)?, place: field(place)? })
    }
}

impl Certificate {
    /// This certificate with exactly what the card tells.
    ///
    /// # Errors
    /// [`BadCertificate::Form`] if the whole grows too large.
    pub fn telling(&self, card: &Card) -> Result<Self, BadCertificate> {
        let point = |media: &str, address: &Option<String>| {
            address.as_ref().map(|address| json!({"address": address, "media": media}))
        };
        let connect: Vec<Value> =
            [point(EMAIL, &card.email), point(CELL, &card.phone)].into_iter().flatten().collect();
        let place: Vec<Value> = card.place.iter().map(|place| json!({"address": place})).collect();
        let mut raw = self.raw().clone();
        raw["connect"] = list(connect);
        raw["place"] = list(place);
        Self::parse(raw)
    }

    /// What it tells beside the name, whatever else it may hold. Each field is quoted text of a stranger's, at most
    /// [`MAX_CARD_FIELD`] characters; what has no form that we know is not told.
    pub fn card(&self) -> Card {
        Card {
            email: connection(self.raw(), &[EMAIL]),
            phone: connection(self.raw(), &[CELL, "phone"]),
            place: entries(self.raw(), "place").find_map(place),
        }
    }
}

fn list(items: Vec<Value>) -> Value {
    if items.is_empty() { Value::Null } else { Value::Array(items) }
}

fn entries<'a>(raw: &'a Value, member: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    raw.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn connection(raw: &Value, media: &[&str]) -> Option<String> {
    entries(raw, "connect")
        .filter(|point| point.get("media").and_then(Value::as_str).is_some_and(|one| media.contains(&one)))
        .find_map(|point| text(point, "address"))
}

fn place(place: &Map<String, Value>) -> Option<String> {
    let parts =
        ["address", "city", "state", "post", "country"].into_iter().filter_map(|part| text(place, part));
    bounded(&parts.collect::<Vec<_>>().join(", "))
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name).and_then(Value::as_str).and_then(bounded)
}

fn bounded(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(MAX_CARD_FIELD).collect();
    (!text.is_empty()).then_some(text)
}

/// The longest field of a card, in characters.
pub const MAX_CARD_FIELD: usize = 200;

const EMAIL: &str = "email";
const CELL: &str = "cell";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::Person;

    fn whole() -> Card {
        Card::compose(Some(" ana@example.org "), Some("+34 600 000 000"), Some("Calle Mayor 1")).unwrap()
    }

    #[test]
    fn what_is_told_is_read_again_and_nothing_more() {
        let bare = Person::new("Alice", 1).cert;
        let told = bare.telling(&whole()).unwrap();

        assert_eq!((bare.card(), told.card()), (Card::default(), whole()));
        assert_eq!(
            told.raw()["connect"],
            json!([
                {"address": "ana@example.org", "media": "email"},
                {"address": "+34 600 000 000", "media": "cell"},
            ])
        );
        assert_eq!(told.raw()["place"], json!([{"address": "Calle Mayor 1"}]));
        let only = Card { email: None, phone: None, ..whole() };
        assert_eq!(told.telling(&only).unwrap().raw()["connect"], Value::Null);
        assert_eq!(told.telling(&Card::default()).unwrap(), bare);
    }

    #[test]
    fn a_card_of_ours_is_tidy() {
        assert_eq!(whole().email.as_deref(), Some("ana@example.org"));
        assert_eq!(Card::compose(Some("  "), None, None), Ok(Card::default()));
        assert_eq!(Card::compose(Some("a\nb"), None, None), Err(BadCard::Unprintable));
        assert_eq!(Card::compose(None, None, Some(&"x".repeat(201))), Err(BadCard::Long));
        assert!(Card::compose(None, None, Some(&"ä".repeat(200))).is_ok());
    }

    #[test]
    fn whatever_a_stranger_puts_there_is_read_or_left() {
        let bare = Person::new("Alice", 1).cert;
        let read = |connect: Value, place: Value| {
            let mut raw = bare.raw().clone();
            raw["connect"] = connect;
            raw["place"] = place;
            Certificate::parse(raw).unwrap().card()
        };

        for odd in
            [json!(5), json!("x"), json!({}), json!([5, null, [], "x", {"media": 1}, {"media": "email"}])]
        {
            assert_eq!(read(odd.clone(), odd), Card::default());
        }
        let long = json!([{"media": "phone", "address": "9".repeat(5_000)}]);
        assert_eq!(read(long, Value::Null).phone.map(|phone| phone.len()), Some(MAX_CARD_FIELD));
        let two =
            json!([{"media": "email", "address": " "}, {"media": "email", "address": "b@c", "main": true}]);
        let place = json!([{"city": "Madrid", "address": "Calle Mayor 1", "post": 28013, "country": "ES"}]);
        let card = read(two, place);
        assert_eq!(card.email.as_deref(), Some("b@c"));
        assert_eq!(card.place.as_deref(), Some("Calle Mayor 1, Madrid, ES"));
    }
}
