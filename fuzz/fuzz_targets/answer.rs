//! All that a server says, through the HTTP client.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::answer(data));
