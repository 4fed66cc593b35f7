//! Everything that a server sends on a connection, through the HTTP client.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::http_connection(data));
