//! Where an agent says that it can be called: a list it signs with its agent key, apart from every tally.
//!
//! The newest list counts, by its number; so an old one that somebody sends again changes nothing. The signed bytes
//! begin with words of their own, since the key has other uses.

use std::fmt;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::canonical;
use crate::chad::{join_host_port, split_host_port};
use crate::field::{self, BadField};
use crate::ids::AgentId;

/// A list of places, signed by the agent that is to be found there.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedPlaces {
    agent: AgentId,
    number: u64,
    places: Vec<(String, u16)>,
    signature: [u8; SIGNATURE],
}

/// The signature is not the agent's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list of places is not signed by its agent")]
pub struct NotTheirs;

impl SignedPlaces {
    /// Signs a list: `sign` is given the bytes and must use the agent's key. Hosts and ports that are none, and what is
    /// beyond [`MAX_PLACES`], are left out.
    pub fn sign(
        agent: AgentId,
        number: u64,
        places: &[(String, u16)],
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Self {
        let sound = |place: &&(String, u16)| split_host_port(&join_host_port(&place.0, place.1)).is_ok();
        let places: Vec<_> = places.iter().filter(sound).take(MAX_PLACES).cloned().collect();
        let signature = sign(&signing_bytes(agent, number, &places));
        Self { agent, number, places, signature }
    }

    /// Checks the signature with the key that the agent's name is.
    ///
    /// # Errors
    /// [`NotTheirs`].
    pub fn verify(&self) -> Result<(), NotTheirs> {
        let bytes = signing_bytes(self.agent, self.number, &self.places);
        let key = UnparsedPublicKey::new(&ED25519, self.agent.as_bytes());
        key.verify(&bytes, &self.signature).map_err(|_| NotTheirs)
    }

    /// Who is to be found there.
    pub const fn agent(&self) -> AgentId {
        self.agent
    }

    /// Which list of theirs it is: a newer one has a higher number.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Hosts and ports, the most promising first.
    pub fn places(&self) -> &[(String, u16)] {
        &self.places
    }

    pub(crate) fn read(value: &Value) -> Result<Self, BadField> {
        let members = value.as_object().ok_or(BadField("object"))?;
        let agent = field::text(members, "agent")?.parse().map_err(|_| BadField("agent"))?;
        let listed = members.get("places").and_then(Value::as_array).ok_or(BadField("places"))?;
        if listed.len() > MAX_PLACES {
            return Err(BadField("places"));
        }
        let place = |place: &Value| place.as_str().and_then(|text| split_host_port(text).ok());
        let places: Option<Vec<_>> = listed.iter().map(place).collect();
        let places = places.filter(|places| places.iter().all(|(_, port)| *port != 0));
        let sign = URL_SAFE_NO_PAD.decode(field::text(members, "sign")?).map_err(|_| BadField("sign"))?;
        Ok(Self {
            agent,
            number: field::integer(members, "number")?,
            places: places.ok_or(BadField("places"))?,
            signature: sign.try_into().map_err(|_| BadField("sign"))?,
        })
    }

    pub(crate) fn to_value(&self) -> Value {
        let mut members = unsigned(self.agent, self.number, &self.places);
        members.insert("sign".to_owned(), Value::String(URL_SAFE_NO_PAD.encode(self.signature)));
        Value::Object(members)
    }
}

impl fmt::Debug for SignedPlaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedPlaces")
            .field("agent", &self.agent)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

fn unsigned(agent: AgentId, number: u64, places: &[(String, u16)]) -> Map<String, Value> {
    let places: Vec<String> = places.iter().map(|(host, port)| join_host_port(host, *port)).collect();
    let mut members = Map::new();
    members.insert("agent".to_owned(), json!(agent.to_string()));
    members.insert("number".to_owned(), json!(number));
    members.insert("places".to_owned(), json!(places));
    members
}

fn signing_bytes(agent: AgentId, number: u64, places: &[(String, u16)]) -> Vec<u8> {
    let object = Value::Object(unsigned(agent, number, places));
    [PURPOSE, &canonical::signing_of_checked(&object)].concat()
}

/// Places in one list: those of a home and an office, in both families.
pub const MAX_PLACES: usize = 8;

/// What nothing else signed by an agent key begins with.
const PURPOSE: &[u8] = b"tallystick places 1\n";

/// The length of an Ed25519 signature.
const SIGNATURE: usize = 64;

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;

    fn pair(seed: u8) -> (AgentId, Ed25519KeyPair) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        (AgentId::from_bytes(pair.public_key().as_ref().try_into().unwrap()), pair)
    }

    fn signed(seed: u8, places: &[(String, u16)]) -> SignedPlaces {
        let (agent, pair) = pair(seed);
        SignedPlaces::sign(agent, 7, places, |bytes| pair.sign(bytes).as_ref().try_into().unwrap())
    }

    fn list() -> Vec<(String, u16)> {
        vec![("203.0.113.7".to_owned(), 7), ("2001:db8::7".to_owned(), 8), ("ana.example".to_owned(), 9)]
    }

    fn with(member: &str, value: Value) -> Result<SignedPlaces, BadField> {
        let mut raw = signed(1, &list()).to_value();
        raw[member] = value;
        SignedPlaces::read(&raw)
    }

    #[test]
    fn a_list_survives_the_wire_and_is_its_agents() {
        let list = signed(1, &list());

        let read = SignedPlaces::read(&list.to_value()).unwrap();

        assert_eq!((read.verify(), &read), (Ok(()), &list));
        assert_eq!(read.to_value()["places"], json!(["203.0.113.7:7", "[2001:db8::7]:8", "ana.example:9"]));
    }

    #[test]
    fn whatever_is_altered_is_not_signed() {
        for (member, value) in [
            ("agent", json!(pair(2).0.to_string())),
            ("number", json!(8)),
            ("places", json!(["203.0.113.8:7", "[2001:db8::7]:8", "ana.example:9"])),
            ("places", json!([])),
            ("sign", json!(URL_SAFE_NO_PAD.encode([0; 64]))),
        ] {
            let altered = with(member, value).unwrap();

            assert_eq!(altered.verify(), Err(NotTheirs), "{member}");
        }
    }

    #[test]
    fn a_signature_without_the_words_before_it_does_not_count() {
        let (agent, pair) = pair(1);

        let bare = SignedPlaces::sign(agent, 7, &list(), |bytes| {
            let bare = bytes.strip_prefix(PURPOSE).unwrap();
            pair.sign(bare).as_ref().try_into().unwrap()
        });

        assert_eq!(bare.verify(), Err(NotTheirs));
    }

    #[test]
    fn giant_lists_and_places_that_are_none_are_refused() {
        for places in
            [json!(vec!["a:1"; MAX_PLACES + 1]), json!(["a:0"]), json!(["a"]), json!([7]), json!("a:1")]
        {
            assert_eq!(with("places", places), Err(BadField("places")));
        }
        assert_eq!(with("number", json!(-1)), Err(BadField("number")));
        assert_eq!(with("sign", json!("short")), Err(BadField("sign")));
        assert_eq!(signed(1, &vec![("a".to_owned(), 1); 99]).places().len(), MAX_PLACES);
    }
}
