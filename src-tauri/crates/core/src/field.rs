//! Reading single members of wire objects within their limits (protocol.md 4).

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::canonical::MAX_INTEGER;
use crate::date::Date;
use crate::ids::{Digest, Half};
use crate::signature::Signature;

/// A member that is missing, of the wrong kind, or beyond its limit; it carries the member's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is missing or out of its limits")]
pub struct BadField(pub &'static str);

type Members = Map<String, Value>;

/// The member, unless it is missing or null.
pub(crate) fn present<'a>(members: &'a Members, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| !value.is_null())
}

/// Text that must be there.
pub(crate) fn text<'a>(members: &'a Members, name: &'static str) -> Result<&'a str, BadField> {
    members.get(name).and_then(Value::as_str).ok_or(BadField(name))
}

/// An integer from 0 to 2^53−1 that must be there.
pub(crate) fn integer(members: &Members, name: &'static str) -> Result<u64, BadField> {
    members.get(name).and_then(Value::as_u64).filter(|&n| n <= MAX_INTEGER).ok_or(BadField(name))
}

/// An integer from 0 to 2^53−1 that may be missing.
pub(crate) fn optional_integer(members: &Members, name: &'static str) -> Result<Option<u64>, BadField> {
    present(members, name).map(|_| integer(members, name)).transpose()
}

/// A UUID in its one written form, lower case with hyphens: another spelling would hash differently.
pub(crate) fn uuid(members: &Members, name: &'static str) -> Result<Uuid, BadField> {
    let written = text(members, name)?;
    let uuid = Uuid::try_parse(written).map_err(|_| BadField(name))?;
    if uuid.to_string() == written { Ok(uuid) } else { Err(BadField(name)) }
}

/// A UUID that may be missing.
pub(crate) fn optional_uuid(members: &Members, name: &'static str) -> Result<Option<Uuid>, BadField> {
    present(members, name).map(|_| uuid(members, name)).transpose()
}

/// A wire date that must be there.
pub(crate) fn date(members: &Members, name: &'static str) -> Result<Date, BadField> {
    Date::parse(text(members, name)?).map_err(|_| BadField(name))
}

/// A digest that may be missing.
pub(crate) fn optional_digest(members: &Members, name: &'static str) -> Result<Option<Digest>, BadField> {
    let read = |_| text(members, name)?.parse().map_err(|_| BadField(name));
    present(members, name).map(read).transpose()
}

/// A P-521 signature that may be missing.
pub(crate) fn signature(members: &Members, name: &'static str) -> Result<Option<Signature>, BadField> {
    let read = |_| text(members, name)?.parse().map_err(|_| BadField(name));
    present(members, name).map(read).transpose()
}

/// A half, by its name.
pub(crate) fn half(members: &Members, name: &'static str) -> Result<Half, BadField> {
    match text(members, name)? {
        "stock" => Ok(Half::Stock),
        "foil" => Ok(Half::Foil),
        _ => Err(BadField(name)),
    }
}

/// A memo, a reason or another line of text that may be missing.
pub(crate) fn memo<'a>(members: &'a Members, name: &'static str) -> Result<Option<&'a str>, BadField> {
    let read =
        |_| text(members, name).and_then(|memo| if is_memo(memo) { Ok(memo) } else { Err(BadField(name)) });
    present(members, name).map(read).transpose()
}

/// The contract reference: text, or the reference's object; which contract it names is judged elsewhere.
pub(crate) fn agree(members: &Members) -> Result<(), BadField> {
    match members.get("agree") {
        None | Some(Value::Null | Value::Object(_)) => Ok(()),
        Some(Value::String(hash)) if is_memo(hash) => Ok(()),
        Some(_) => Err(BadField("agree")),
    }
}

/// Whether text is short enough for a memo.
pub(crate) fn is_memo(text: &str) -> bool {
    text.chars().count() <= MAX_MEMO
}

/// The longest memo, in characters (protocol.md 4).
pub const MAX_MEMO: usize = 1000;
