//! Spool records.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::spool_record(data));
