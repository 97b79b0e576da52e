//! Makes cameras out of a folder, for a program that opens them by way of Video4Linux.
//!
//! For tests only, by `LD_PRELOAD`: the functions here stand before those of the C library. `TALLYSTICK_FAKE_CAMERA` names
//! a folder that says which cameras there are, what they offer, what they see and how they feel;
//! `tallystick-fake-camera` writes it, and describes it. Without that name everything goes its ordinary way.
#![cfg_attr(not(target_os = "linux"), allow(unused))]

#[cfg(target_os = "linux")]
mod camera;
#[cfg(target_os = "linux")]
mod folder;
#[cfg(target_os = "linux")]
mod hooks;
