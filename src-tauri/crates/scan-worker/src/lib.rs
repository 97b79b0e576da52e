//! The reader for live frames and strangers' pictures: every decoder there is, zxing-cpp among them.
//!
//! One of the decoders is written in a language without memory safety, so this belongs into a process that holds no
//! key, no profile and no network, and that can be killed. `tallystick-scan` reads with the safe decoders alone.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod camera;
mod fine;
mod hint;
mod overlay;
mod pdf;
mod read;
mod stage;
mod stream;
mod zxing;

pub use crate::pdf::read_pdf;
pub use crate::read::{BUDGET, fuzz, read};
pub use crate::stream::{Hint, Limit, Sighting, Stream};
pub use crate::zxing::{Effort, by_zxing};
