//! Messages of the `segment` crate, from JSON and to JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::__fuzz::segment_message(data));
