//! Envelopes into bytes, in the reference's shape and with the signed objects exactly as they were signed.

use serde_json::{Map, Value, json};

use crate::canonical;
use crate::lift;
use crate::message::{Body, ChainMessage, Envelope};

impl Envelope {
    /// The message as JSON.
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| {
            members.insert(name.to_owned(), value);
        };
        put("to", self.to.to_value());
        put("from", self.from.to_value());
        if let Some(count) = self.try_count {
            put("try", Value::from(count));
        }
        if let Some(last) = self.last {
            put("last", Value::String(last.to_string()));
        }
        let (target, action) = self.body.name();
        put("target", Value::from(target));
        put("action", Value::from(action));
        match &self.body {
            Body::Ticket { token, cert } => {
                put("ticket", json!({"token": token.expose(), "cert": cert.raw()}))
            }
            Body::Tally { object, reason, .. } => {
                put("object", object.raw().clone());
                if let Some(reason) = reason {
                    put("reason", Value::from(reason.as_str()));
                }
            }
            Body::Chit { object, reason, until, .. } => {
                put("object", object.raw().clone());
                if let Some(reason) = reason {
                    put("reason", Value::from(reason.as_str()));
                }
                if let Some(until) = until {
                    put("until", Value::from(until.to_string()));
                }
            }
            Body::Chain(chain) => put("object", chain.to_value()),
            Body::Places(places) => put("object", places.to_value()),
            Body::Noted { number } => put("object", json!({"number": number})),
            Body::Lift(message) => put("object", message.to_value()),
            Body::Unknown { .. } => {}
        }
        Value::Object(members)
    }

    /// The message as bytes for the link.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::signing_of_checked(&self.to_value())
    }
}

impl Body {
    /// Target and action, as they stand on the wire.
    pub fn name(&self) -> (&str, &str) {
        match self {
            Self::Ticket { .. } => ("tally", "ticket"),
            Self::Tally { action, .. } => ("tally", action.as_str()),
            Self::Chit { action, .. } => ("chit", action.as_str()),
            Self::Chain(_) => ("chit", "chain"),
            Self::Places(_) => ("agent", "places"),
            Self::Noted { .. } => ("agent", "noted"),
            Self::Lift(message) => (lift::TARGET, message.action()),
            Self::Unknown { target, action } => (target, action),
        }
    }
}

impl ChainMessage {
    fn to_value(&self) -> Value {
        let mut members = Map::new();
        let said = [
            ("cmd", Some(Value::from(self.cmd.as_str()))),
            ("tally", Some(Value::String(self.tally.to_string()))),
            ("index", self.index.map(Value::from)),
            ("hash", self.hash.map(|hash| Value::String(hash.to_string()))),
            ("uuid", self.uuid.map(|uuid| Value::String(uuid.to_string()))),
            ("chits", self.chits()),
        ];
        for (name, value) in said {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        }
        Value::Object(members)
    }

    fn chits(&self) -> Option<Value> {
        let list = || self.chits.iter().map(|chit| chit.raw().clone()).collect();
        (!self.chits.is_empty()).then(list).map(Value::Array)
    }
}
