//! The HTTP client, with everything that a server sends on a connection.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::http_connection(data));
