//! Messages of the `segment` crate, from JSON and to JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::segment_message(data));
