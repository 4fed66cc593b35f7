//! The HTTP client, with arbitrary bytes from the server.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::http_connection(data));
