//! Cameras in a folder, and the hand that holds codes before them.
//!
//! Programs that are started with [`FakeCamera::dress`]'s variables find these cameras under `/dev`, by way of
//! `tallystick-camera-shim`. The folder has, for each camera N, `dev/videoN` (there while it is plugged in),
//! `sys/videoN/name`, and in `videoN` the `formats` it offers, its `mood` and what it sees as `frame.FOURCC`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod folder;
mod scene;

pub use crate::folder::{FakeCamera, Format, Mood, Packing, shim};
pub use crate::scene::Scene;
