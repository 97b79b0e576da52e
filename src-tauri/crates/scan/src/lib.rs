//! Codes that people scan: drawing them, and finding them in pictures.
//!
//! What a code says is a claim by a stranger (protocol.md 11). This crate gives its text and where it was, and never
//! looks inside: parsing, showing and asking belong above.
//!
//! ```
//! use std::time::Duration;
//! use tallystick_scan::{ImageLimits, Options, draw, read_image};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let code = draw("chip://ana:key@host:65430", &Options::default())?;
//! let picture = code.png(512)?;
//!
//! let found = read_image(&picture, &ImageLimits::default())?;
//! assert_eq!(found[0].text, "chip://ana:key@host:65430");
//! # Ok(())
//! # }
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod draw;
pub mod luma;
mod picture;
mod read;

pub use crate::draw::{Code, Correction, DrawError, Level, Options, QUIET_ZONE, draw};
pub use crate::picture::{ImageError, ImageLimits, read_image, read_image_by};
pub use crate::read::{Corner, Found, decode, read};
