//! The camera, in a process that holds no key.
//!
//! Two halves that speak over a pipe. The worker ([`work`]) opens the camera, shows small grey pictures and reads codes;
//! drivers hang and decoders fall, and then only that process is gone. The keeper ([`Keeper`]) lives beside the wallet: it
//! starts the worker, hears it, and starts another when it has stopped answering ([`Watch`] is the rule for that, as a
//! value).

mod device;
mod hint;
mod keeper;
mod pixels;
mod roll;
mod slot;
mod watch;
mod wire;
mod work;

pub use self::keeper::Keeper;
pub use self::watch::{Effect, Input, Watch};
pub use self::wire::{Ask, Camera, News, Seen, Spot, Trouble, WireError};
pub use self::work::work;
