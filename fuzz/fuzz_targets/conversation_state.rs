//! The stored state of a conversation.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| copilot_track::fuzzing::conversation_state(data));
