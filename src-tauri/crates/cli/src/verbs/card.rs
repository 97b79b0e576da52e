//! What we say of ourselves, to those we choose.

use tallystick_node::view::Card;

use super::once;
use crate::args::{CardVerb, Common};
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::Request;
use crate::say::Say;
use crate::words;

pub(super) async fn perform(common: &Common, verb: CardVerb, say: Say) -> Result<(), Fault> {
    match verb {
        CardVerb::Show => {
            let card: Card = once(common, Request::IdentityCard).await?;
            say.view(&card, || words::identity_card(&card));
        }
        CardVerb::Set { email, phone, place } => {
            let mut hands = Hands::find(common).await?;
            let done = set(&mut hands, [email, phone, place], say).await;
            hands.rest().await;
            done?;
        }
    }
    Ok(())
}

/// Changes the fields that are named and keeps the others.
async fn set(hands: &mut Hands, [email, phone, place]: [Option<String>; 3], say: Say) -> Result<(), Fault> {
    let card: Card = hands.ask(Request::IdentityCard).await?;
    let card = Card {
        email: email.or(card.email),
        phone: phone.or(card.phone),
        place: place.or(card.place),
        ..card
    };
    let () = hands.ask(Request::IdentityCardSave { card }).await?;
    let card: Card = hands.ask(Request::IdentityCard).await?;
    say.view(&card, || words::identity_card(&card));
    Ok(())
}
