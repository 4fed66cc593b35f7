//! Status, `Retry-After` and body of an answer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::response(data));
