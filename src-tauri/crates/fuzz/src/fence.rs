//! Decoders of others may panic over a picture; ours end that at a fence, which is no broken property.

use std::panic;
use std::sync::Once;

/// From now on a panic ends the fuzzer only if nobody catches it: the engine itself would end at the first word of one.
pub(crate) fn leave_to_the_decoders() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(panic::take_hook()));
}
