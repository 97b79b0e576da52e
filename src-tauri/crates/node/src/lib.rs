//! The node.

pub mod view;
