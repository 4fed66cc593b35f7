//! The classification of a response by its status, `Retry-After` header, and body.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::response_classification(data));
