//! The name of a profile: the account in the keychain, and part of what every seal binds.

use std::fmt;

/// The name of one profile, unique on this computer and kept for the profile's life.
///
/// It is the account under which the keychain keeps the wrapping key, so two folders must never share one name: make
/// it random (a UUID) or derive it from something unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileId(String);

/// A text that cannot name a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a profile id is 1 to {MAX_PROFILE_ID} of a-z, 0-9 and hyphen")]
pub struct BadProfileId;

impl ProfileId {
    /// Checks and takes the name.
    ///
    /// # Errors
    /// When it is empty, longer than 64 characters or holds anything but `a-z`, `0-9` and `-`.
    pub fn new(text: impl Into<String>) -> Result<Self, BadProfileId> {
        let text = text.into();
        let fits = (1..=MAX_PROFILE_ID).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits && plain { Ok(Self(text)) } else { Err(BadProfileId) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A UUID has 36; keychains limit the name of an account, the strictest near 255.
const MAX_PROFILE_ID: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_and_a_short_name_are_profile_ids() {
        assert!(ProfileId::new("0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d").is_ok());
        assert!(ProfileId::new("main").is_ok());
    }

    #[test]
    fn paths_capitals_blanks_and_long_texts_are_not() {
        for text in ["", "../main", "Main", "two words", "naïve", &"a".repeat(65)] {
            assert_eq!(ProfileId::new(text), Err(BadProfileId), "{text}");
        }
    }
}
