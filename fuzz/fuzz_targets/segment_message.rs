//! Messages of the `segment` crate, read from JSON and written to JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::segment_message(data));
