//! For tests only: a cast whose keys everybody may know, and the replay of recorded vectors.
//!
//! ```
//! use tallystick_testkit::TestSigner;
//!
//! let alice = TestSigner::alice();
//! let signature = alice.sign(b"canonical bytes");
//! assert!(alice.public().verify(b"canonical bytes", &signature).is_ok());
//! ```

mod keys;
pub mod vectors;

pub use keys::{BadSigner, TestSigner};
