//! Texts that are masked.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::__fuzz::masking(data));
