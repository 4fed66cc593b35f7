//! Environment variables: write key, endpoint, region, content policy.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::environment(data));
