//! Files of dead letters.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::__fuzz::dead_letters(data));
