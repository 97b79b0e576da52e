//! What we say of ourselves: kept here, and told field by field to those we choose (protocol.md 1).

use serde::{Deserialize, Serialize};
use tallystick_core::{BadCard, Certificate};
use tallystick_store::{Rows, StoreError};

use crate::lift;
use crate::view::{Card, CardField, Failure, FailureCode};
use crate::wallet::{Inner, Wallet};

/// Under which name the card is kept.
const CARD: &str = "card";

/// The card as it is kept; the name stands in our certificate.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    email: Option<String>,
    phone: Option<String>,
    place: Option<String>,
}

impl Wallet {
    /// Our identity card.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn identity_card(&self) -> Result<Card, Failure> {
        let name = self.inner.me.display_name();
        let card = self.inner.book.read::<_, Failure>(|rows| Ok(kept(rows)?)).await?;
        Ok(Card { name, email: card.email, phone: card.phone, place: card.place })
    }

    /// Keeps our identity card. Whoever has a tally with us keeps what they were told before.
    ///
    /// # Errors
    /// [`FailureCode::BadName`] if the name is another one or a field does not print, [`FailureCode::TooLong`].
    pub async fn identity_card_save(&self, card: Card) -> Result<(), Failure> {
        if card.name != self.inner.me.display_name() {
            return Err(Failure::plain(FailureCode::BadName));
        }
        let fields = [&card.email, &card.phone, &card.place].map(|field| field.as_deref());
        let card = tallystick_core::Card::compose(fields[0], fields[1], fields[2]).map_err(|bad| {
            Failure::plain(match bad {
                BadCard::Long => FailureCode::TooLong,
                BadCard::Unprintable => FailureCode::BadName,
            })
        })?;
        let kept = Kept { email: card.email, phone: card.phone, place: card.place };
        let text = serde_json::to_string(&kept).map_err(Failure::internal)?;
        self.inner.book.write::<_, Failure>(move |rows| Ok(rows.set_choice(CARD, &text)?)).await
    }
}

fn kept(rows: &Rows<'_>) -> Result<Kept, StoreError> {
    // What a later version wrote and cannot be read here is not told.
    Ok(rows.choice(CARD)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Our certificate for somebody who is to see these fields of our card besides the name.
///
/// # Errors
/// [`FailureCode::NotFound`] if a field is to be told that our card does not have.
pub(super) fn telling(inner: &Inner, rows: &Rows<'_>, fields: &[CardField]) -> Result<Certificate, Failure> {
    let kept = kept(rows)?;
    let told = |field: CardField, value: Option<String>| match (fields.contains(&field), value) {
        (false, _) => Ok(None),
        (true, Some(value)) => Ok(Some(value)),
        (true, None) => Err(Failure::plain(FailureCode::NotFound)),
    };
    let card = tallystick_core::Card {
        email: told(CardField::Email, kept.email)?,
        phone: told(CardField::Phone, kept.phone)?,
        place: told(CardField::Place, kept.place)?,
    };
    let told = inner.me.telling(&card).map_err(Failure::internal)?;
    let told = told.at(&inner.own_chad()).map_err(Failure::internal)?;
    // Signed with the tally: that debts may cancel over it within our settings needs no sheet of its own.
    let joins =
        lift::joins(rows)?.then(|| lift::delegation(rows, &inner.lifts, lift::own(inner))).transpose()?;
    told.delegating(joins.as_ref()).map_err(Failure::internal)
}
