//! What one side of a tally grants the other (protocol.md 7).

use serde_json::{Map, Value};

use crate::units::Units;

/// The terms of one side: how far it trusts, and how long it lets the other settle.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    raw: Value,
    limit: Option<Units>,
    call: Option<u32>,
}

/// Why something is not the terms of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTerms {
    /// Not an object.
    #[error("the terms are not an object")]
    Form,
    /// The limit is no amount of CHIPs with at most 3 decimals.
    #[error("the limit is not an amount of chips")]
    Limit,
    /// The notice is no number of days.
    #[error("the notice is not a number of days")]
    Call,
}

impl Terms {
    /// Terms of our own: a limit in milli-CHIPs (written in CHIPs, the unit trap of protocol.md 4) and days of notice.
    ///
    /// # Errors
    /// [`BadTerms::Limit`] if the limit is negative or too large to be written exactly.
    pub fn compose(limit: Option<Units>, call: Option<u32>) -> Result<Self, BadTerms> {
        let mut members = Map::new();
        if let Some(limit) = limit {
            members.insert("limit".to_owned(), limit.to_chips_number().map_err(|_| BadTerms::Limit)?);
        }
        if let Some(days) = call {
            members.insert("call".to_owned(), Value::from(days));
        }
        Ok(Self { raw: Value::Object(members), limit, call })
    }

    /// Reads terms and keeps the JSON as it came; missing terms are empty ones.
    ///
    /// # Errors
    /// [`BadTerms`] naming what is wrong.
    pub fn parse(raw: Value) -> Result<Self, BadTerms> {
        if raw.is_null() {
            return Ok(Self { raw, limit: None, call: None });
        }
        let members = raw.as_object().ok_or(BadTerms::Form)?;
        let limit = match present(members, "limit") {
            Some(limit) => Some(Units::from_chips_number(limit).map_err(|_| BadTerms::Limit)?),
            None => None,
        };
        let call = match present(members, "call") {
            Some(days) => {
                Some(days.as_u64().and_then(|days| u32::try_from(days).ok()).ok_or(BadTerms::Call)?)
            }
            None => None,
        };
        Ok(Self { raw, limit, call })
    }

    /// How much this side lets the other owe it, if it says.
    pub const fn limit(&self) -> Option<Units> {
        self.limit
    }

    /// Days of notice before it may ask for what is owed, if it says.
    pub const fn call(&self) -> Option<u32> {
        self.call
    }

    /// The JSON as it came.
    pub const fn raw(&self) -> &Value {
        &self.raw
    }
}

impl Default for Terms {
    /// Nothing granted and nothing said.
    fn default() -> Self {
        Self { raw: Value::Object(Map::new()), limit: None, call: None }
    }
}

fn present<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_limit_is_written_in_chips_and_held_in_milli_chips() {
        let terms = Terms::compose(Units::new(20_500).ok(), Some(30)).unwrap();

        assert_eq!(terms.raw(), &json!({"limit": 20.5, "call": 30}));
        assert_eq!(Terms::parse(terms.raw().clone()), Ok(terms));
    }

    #[test]
    fn what_is_not_said_is_not_granted() {
        for raw in [json!({}), json!(null), json!({"limit": null, "call": null, "other": 1})] {
            let terms = Terms::parse(raw.clone()).unwrap();

            assert_eq!((terms.limit(), terms.call()), (None, None));
            assert_eq!(terms.raw(), &raw);
        }
    }

    #[test]
    fn terms_that_cannot_be_read_are_refused() {
        assert_eq!(Terms::parse(json!([])), Err(BadTerms::Form));
        for limit in [json!(-1), json!("5"), json!(0.0001), json!(true), json!(9_007_199_254_741_i64)] {
            assert_eq!(Terms::parse(json!({"limit": limit})), Err(BadTerms::Limit));
        }
        for call in [json!(-1), json!(1.5), json!("5"), json!(4_294_967_296_i64)] {
            assert_eq!(Terms::parse(json!({"call": call})), Err(BadTerms::Call));
        }
    }
}
