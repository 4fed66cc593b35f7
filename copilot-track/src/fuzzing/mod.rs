//! The bodies of the fuzz targets. Each function runs one parser on untrusted bytes and panics if
//! the parser violates its guarantees.
//!
//! This module is compiled for `cargo fuzz`, which sets `cfg(fuzzing)`, and for the tests, which
//! run the targets on the stored corpus and on random bytes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a fuzzer looks for panics"
)]

mod delivery;

use std::ffi::OsString;

use serde_json::Value;

use crate::config::builder::TrackerBuilder;
use crate::conversation::conversation_state::ConversationState;
use crate::delivery::endpoint::{Endpoint, PlainHttp};
use crate::delivery::write_key::WriteKey;
use crate::event::ids::message_id::MessageId;
use crate::event::ids::parse::MAX_ID_CHARS;
pub use crate::fuzzing::delivery::{
    dead_letters, http_connection, response_classification, segment_message, truncation,
};
#[cfg(feature = "spool")]
pub use crate::fuzzing::delivery::{spool_file, spool_record};
use crate::privacy::content::{Content, Policy};
use crate::privacy::masking::masker::Masker;
use crate::tracker::tracker::Tracker;

/// Fuzzes the environment variables. The input consists of their values, separated by NUL bytes.
pub fn environment(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let values: Vec<&str> = text.split('\0').collect();
    let value = |index: usize| values.get(index).map(|value| (*value).to_owned());
    let builder = TrackerBuilder::from_variables(|name| match name {
        "SEGMENT_WRITE_KEY" => value(0).map(OsString::from),
        "COPILOT_TRACK_ENDPOINT" => value(1).map(OsString::from),
        "COPILOT_TRACK_REGION" => value(2).map(OsString::from),
        "COPILOT_TRACK_DISABLED" => value(3).map(OsString::from),
        // All other variables share one value, so each of their parsers is tested with it.
        _ => value(5).map(OsString::from),
    });
    if let Err(error) = builder {
        let _ = (error.to_string(), format!("{error:?}"));
    }
    if let Ok(key) = WriteKey::parse(&value(0).unwrap_or_default()) {
        assert!(!key.expose().is_empty() && key.expose().chars().all(|c| c.is_ascii_graphic()));
        assert!(!key.expose().contains([':', '"', '\'']));
    }
    let text = value(1).unwrap_or_default();
    for plain in [PlainHttp::LoopbackOnly, PlainHttp::AnyHost] {
        match Endpoint::parse(&text, &plain) {
            Ok(endpoint) => {
                let url = endpoint.batch_url();
                assert_eq!(reqwest::Url::parse(url.as_str()).as_ref(), Ok(&url));
                assert!(matches!(url.scheme(), "http" | "https"));
                assert!(url.has_host() && url.query().is_none());
                assert!(url.username().is_empty() && url.password().is_none());
                assert!(
                    plain == PlainHttp::AnyHost
                        || url.scheme() == "https"
                        || endpoint.is_loopback()
                );
                assert!(endpoint.call_url("track").path().ends_with("/v1/track"));
            }
            Err(error) => {
                let shown = format!("{error} {error:?}");
                let parsed = reqwest::Url::parse(text.trim()).ok();
                let secret = parsed.as_ref().and_then(reqwest::Url::password);
                // The error may show other parts of the URL, so a password that also occurs there
                // is not checked.
                if let Some(secret) = secret.filter(|s| s.len() > 3 && text.matches(s).count() == 1)
                {
                    assert!(!shown.contains(secret), "{shown}");
                }
            }
        }
    }
    if let Ok(content) = value(4).unwrap_or_default().parse::<Content>() {
        assert_eq!(content.to_string().parse(), Ok(content));
    }
}

/// Fuzzes a conversation's stored state.
pub fn conversation_state(data: &[u8]) {
    let Ok(state) = serde_json::from_slice::<ConversationState>(data) else {
        return;
    };
    let ids = [
        Some(state.conversation_id.as_str()),
        state.latest_message_id.as_ref().map(MessageId::as_str),
        state.user.user_id(),
        state.user.anonymous_id(),
    ];
    for id in ids.into_iter().flatten() {
        let chars = id.chars().count();
        assert!(!id.trim().is_empty() && chars <= MAX_ID_CHARS, "{id:?}");
    }
    assert!(state.user.user_id().is_some() || state.user.anonymous_id().is_some());
    let stored = serde_json::to_vec(&state).unwrap();
    assert_eq!(
        serde_json::from_slice::<ConversationState>(&stored).unwrap(),
        state
    );
    let conversation = Tracker::disabled().resume(state);
    conversation.message_sent("a");
    conversation.message_received("b");
    conversation.end();
    conversation.end();
    let later = conversation.state();
    let stored = serde_json::to_string(&later).unwrap();
    assert_eq!(
        serde_json::from_str::<ConversationState>(&stored).unwrap(),
        later
    );
}

/// Fuzzes masking. The input is a string. If it is valid JSON, it is also masked as a JSON value.
pub fn masking(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let masker = Masker::default();
    let once = masker.mask(&text).into_owned();
    assert_eq!(masker.mask(&once), once, "masking again changes the text");
    let value = serde_json::from_slice(data).unwrap_or(Value::String(text.into_owned()));
    for content in [Content::Masked, Content::Hidden] {
        let masker = &masker;
        let mut out = Vec::new();
        Policy { content, masker }.apply(&value.to_string(), &mut out);
        let sent: Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(sent.is_null(), value.is_null());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;

    /// Runs a target on its corpus and on `cases` random inputs. A random input consists of random
    /// bytes or is a corpus entry with some bytes changed.
    fn run(name: &str, target: fn(&[u8]), cases: u32) {
        let corpus = corpus(name);
        for input in &corpus {
            target(input);
        }
        let any_bytes = prop::collection::vec(any::<u8>(), 0..200).boxed();
        let changed = (
            prop::sample::select(corpus),
            prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            any::<prop::sample::Index>(),
        )
            .prop_map(|(mut input, changes, end)| {
                for (place, byte) in changes {
                    let length = input.len().max(1);
                    if let Some(old) = input.get_mut(place.index(length)) {
                        *old = byte;
                    }
                }
                if byte_of(&input).is_multiple_of(4) {
                    input.truncate(end.index(input.len() + 1));
                }
                input
            })
            .boxed();
        let config = ProptestConfig {
            cases,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        TestRunner::new(config)
            .run(&prop_oneof![any_bytes, changed], |input| {
                target(&input);
                Ok(())
            })
            .unwrap();
    }

    /// Reads the corpus of a target. Only the repository contains the corpus. In a published
    /// package, which contains `Cargo.toml.orig`, the result is one empty input.
    fn corpus(name: &str) -> Vec<Vec<u8>> {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        if package.join("Cargo.toml.orig").exists() {
            return vec![Vec::new()];
        }
        let entries = fs::read_dir(package.join("../fuzz/corpus").join(name)).unwrap();
        let corpus: Vec<_> = entries
            .map(|entry| fs::read(entry.unwrap().path()).unwrap())
            .collect();
        assert!(corpus.len() > 4, "the corpus of {name} is too small");
        corpus
    }

    fn byte_of(input: &[u8]) -> u8 {
        input.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
    }

    #[test]
    fn response_classification() {
        run(
            "response_classification",
            super::response_classification,
            2_000,
        );
    }

    #[test]
    fn http_connection() {
        run("http_connection", super::http_connection, 100);
    }

    #[test]
    fn segment_message() {
        run("segment_message", super::segment_message, 1_000);
    }

    #[test]
    fn dead_letters() {
        run("dead_letters", super::dead_letters, 1_000);
    }

    #[test]
    fn truncation() {
        run("truncation", super::truncation, 1_000);
    }

    #[test]
    fn environments() {
        run("environment", super::environment, 1_000);
    }

    #[test]
    fn conversation_states() {
        run("conversation_state", super::conversation_state, 1_000);
    }

    #[test]
    fn masking() {
        run("masking", super::masking, 1_000);
    }

    #[cfg(feature = "spool")]
    #[test]
    fn spool_record() {
        run("spool_record", super::spool_record, 1_000);
    }

    #[cfg(feature = "spool")]
    #[test]
    fn spool_file() {
        run("spool_file", super::spool_file, 60);
    }
}
