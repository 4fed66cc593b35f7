//! The status, `Retry-After` and body of a response.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::response_classification(data));
