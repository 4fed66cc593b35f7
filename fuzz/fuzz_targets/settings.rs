//! The environment's variables: key, endpoint, region, content.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::settings(data));
