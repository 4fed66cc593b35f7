//! The text of a chat message.

use crate::text::range_in;

/// The text of a chat message. A text without escapes is a part of the call's JSON, which the event
/// contains, and is not copied.
#[derive(Clone, Debug)]
pub(crate) enum MessageText {
    /// The position in the event's raw JSON, in bytes.
    InRaw {
        start: usize,
        end: usize,
    },
    Copied(Box<str>),
}

impl MessageText {
    /// Creates the text of an event with this raw JSON.
    pub(super) fn new(text: &str, raw: &str) -> Self {
        match range_in(raw, text) {
            Some(range) => Self::InRaw {
                start: range.start,
                end: range.end,
            },
            None => text.into(),
        }
    }

    /// Returns the text. `raw` is the event's raw JSON.
    pub(super) fn as_str<'a>(&'a self, raw: &'a str) -> &'a str {
        match self {
            Self::InRaw { start, end } => raw.get(*start..*end).unwrap_or_default(),
            Self::Copied(text) => text,
        }
    }

    /// Returns the number of bytes outside the raw JSON.
    pub(super) fn copied_bytes(&self) -> usize {
        match self {
            Self::InRaw { .. } => 0,
            Self::Copied(text) => text.len(),
        }
    }
}

impl From<&str> for MessageText {
    fn from(text: &str) -> Self {
        Self::Copied(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{event::model::Event, ingest::import::read_lines};

    fn event(call: &str) -> Event {
        read_lines(std::iter::once(call)).remove(0).unwrap()
    }

    fn is_copied(event: &Event) -> bool {
        matches!(event.text, Some(MessageText::Copied(_)))
    }

    #[test]
    fn a_text_is_copied_only_if_it_is_not_in_the_raw_json() {
        let call = |text: &str, member: &str| {
            format!(
                r#"{{"type":"track","event":"Message Sent","properties":{{"message_body":"{text}"}}{member}}}"#
            )
        };
        for (text, member, expected, copied) in [
            ("", "", "", false),
            ("Grüße, 日本", "", "Grüße, 日本", false),
            (r"two\nlines", "", "two\nlines", true),
            // The key is redacted, so the raw JSON changes.
            ("text", r#","writeKey":"a-write-key""#, "text", true),
            (r"\ud83d", "", "\u{fffd}", true),
            ("text", r#","a":1e400"#, "text", true),
            // The last value counts.
            (
                "text",
                r#","properties":{"message_body":"other"}"#,
                "other",
                false,
            ),
        ] {
            let call = call(text, member);
            let event = event(&call);
            assert_eq!(event.text(), Some(expected), "{call}");
            assert_eq!(is_copied(&event), copied, "{call}");
            assert!(!event.raw().contains("a-write-key"));
        }
    }

    #[test]
    fn a_text_survives_a_change_of_the_raw_json() {
        let mut event = event(r#"{"type":"track","properties":{"message_body":"text"}}"#);
        event.replace_raw("{}".into());
        assert_eq!(event.text(), Some("text"));
    }
}
