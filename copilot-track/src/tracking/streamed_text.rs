//! The text of a streamed reply.

use std::borrow::Cow;
use std::time::Instant;

use crate::util::truncation::{FullLength, MAX_QUEUED_TEXT, prefix};

/// The text of the items so far.
#[derive(Debug, Default)]
pub struct StreamedText {
    text: String,
    /// The length of the complete text, including text that was dropped. The characters are counted
    /// only if text was dropped.
    full: FullLength,
    /// Whether the last item was an error.
    pub(super) failed: bool,
    /// When the first text arrived.
    pub(super) first: Option<Instant>,
    /// Whether an argument of the attribute panicked.
    pub(super) panicked: bool,
}

impl StreamedText {
    /// Records an item. `failure` is the name of the error type if the item is an error.
    pub fn record_item(&mut self, failure: Option<&'static str>) {
        self.failed = failure.is_some();
    }

    /// Returns whether no item had text.
    pub(super) fn is_empty(&self) -> bool {
        self.full.bytes == 0
    }

    /// Appends the text of an item.
    pub fn push(&mut self, text: Option<Cow<'_, str>>) {
        let Some(text) = text else { return };
        if text.is_empty() {
            return;
        }
        if self.is_empty() {
            self.start();
        }
        // Once some text has been dropped, no more text may be appended.
        if self.full.bytes == self.text.len() {
            let room = MAX_QUEUED_TEXT - self.text.len();
            self.text.push_str(prefix(&text, room));
        }
        self.full.bytes = self.full.bytes.saturating_add(text.len());
        if self.full.bytes > self.text.len() {
            self.count_characters(&text);
        }
    }

    /// Counts the characters of the text so far, whose last part is `latest`.
    #[cold]
    fn count_characters(&mut self, latest: &str) {
        if self.full.characters == 0 {
            let before = self.full.bytes.saturating_sub(latest.len());
            self.full.characters = prefix(&self.text, before).chars().count();
        }
        let latest = latest.chars().count();
        self.full.characters = self.full.characters.saturating_add(latest);
    }

    /// Records the time of the first text.
    #[cold]
    fn start(&mut self) {
        self.first = Some(Instant::now());
    }

    /// Returns the text, with its full length if some text was dropped.
    pub(super) fn into_text(mut self) -> String {
        if self.full.bytes > self.text.len() {
            self.text.push_str(&self.full.queued_marker());
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::truncation::split_queued_marker;

    #[test]
    fn a_long_reply_is_truncated_at_a_char_boundary_and_contains_its_full_length() {
        let mut text = StreamedText::default();
        text.push(Some("a".repeat(MAX_QUEUED_TEXT - 1).into()));
        text.push(Some("é".into()));
        text.push(Some("later".into()));
        let text = text.into_text();
        assert!(text.starts_with("aaa") && text.len() < MAX_QUEUED_TEXT + 60);
        assert!(
            text.contains(&(MAX_QUEUED_TEXT + 6).to_string()),
            "{}",
            &text[MAX_QUEUED_TEXT - 10..]
        );
        assert!(!text.contains("later"));
        let (_, full) = split_queued_marker(&text).unwrap();
        assert_eq!(full.characters, MAX_QUEUED_TEXT + 5);
    }
}
