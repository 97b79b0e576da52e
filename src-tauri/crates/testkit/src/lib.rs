//! For tests only: a cast whose keys everybody may know, chance that can be repeated, and the replay of recorded vectors.
//!
//! ```
//! use tallystick_testkit::TestSigner;
//!
//! let alice = TestSigner::alice();
//! let signature = alice.sign(b"canonical bytes");
//! assert!(alice.public().verify(b"canonical bytes", &signature).is_ok());
//! ```

mod dice;
mod keys;
pub mod vectors;

pub use dice::Dice;
pub use keys::{BadSigner, TestSigner};
