//! The fuzzer: the target is named by the variable `TALLYSTICK_FUZZ`, the words are those of the engine.

#![no_main]
#![allow(unsafe_code, reason = "the engine finds its entry by name")]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static RUN: OnceLock<fn(&[u8])> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let run = RUN.get_or_init(|| {
        let name = std::env::var("TALLYSTICK_FUZZ").unwrap_or_default();
        tallystick_fuzz::find(&name)
            .unwrap_or_else(|| panic!("TALLYSTICK_FUZZ names no target: {name:?}"))
            .run
    });
    run(bytes);
});
