//! Systems where this was never tried: an honest no instead of a guess.

use super::{Picture, Screen, ScreenError};

/// Another system's screen.
pub(super) struct Elsewhere;

impl Screen for Elsewhere {
    fn pictures(&self) -> Result<Vec<Picture>, ScreenError> {
        Err(ScreenError::Unavailable)
    }
}
