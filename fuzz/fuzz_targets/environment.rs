//! Environment variables: the write key, the endpoint, the region, and the content policy.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::environment(data));
