//! The content policy, which determines how much of a conversation is sent.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::privacy::masking::masker::Masker;
use crate::util::truncation::{prefix, split_marker, truncation_marker};

/// The content policy, which determines how much of a conversation's text is sent.
///
/// The policy applies to message bodies and to fields of derived events that are marked
/// `#[track(content)]`. It is applied before hooks, transports, and logs see the event.
///
/// A policy can be set for a tracker with
/// [`TrackerBuilder::content`](crate::TrackerBuilder::content) and for a conversation with
/// [`Conversation::set_content`](crate::Conversation::set_content). The environment variable
/// `COPILOT_TRACK_CONTENT` can also set a policy: `full`, `masked`, or `hidden`. The strictest of
/// these policies applies.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Content {
    /// The complete text, as the spec describes it.
    #[default]
    Full,
    /// The text with placeholders instead of personal data and secrets: `[email]` for email
    /// addresses, `[phone]` for phone numbers, `[card]` for payment card numbers, `[iban]` for
    /// IBANs, `[ip]` for IP addresses, `[token]` for tokens, and `[key]` for keys and passwords.
    /// With the `patterns` feature, `TrackerBuilder::mask` adds further patterns.
    ///
    /// Masking is pattern-based: it can miss personal data and can mask harmless text. It does not
    /// recognize names or postal addresses. Masking takes linear time.
    Masked,
    /// Only the length of the text, e.g. `[hidden: 48 characters]`.
    Hidden,
}

/// The error returned when a string is not the name of a [`Content`] policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `full`, `masked`, or `hidden`")]
#[non_exhaustive]
pub struct ParseContentError;

impl FromStr for Content {
    type Err = ParseContentError;

    fn from_str(text: &str) -> Result<Self, ParseContentError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "full" => Ok(Self::Full),
            "masked" => Ok(Self::Masked),
            "hidden" => Ok(Self::Hidden),
            _ => Err(ParseContentError),
        }
    }
}

impl Content {
    /// Returns the policy's name: `full`, `masked`, or `hidden`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Masked => "masked",
            Self::Hidden => "hidden",
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(feature = "spool")]
impl Content {
    /// Returns the number that the spool stores.
    pub(crate) fn level(self) -> u8 {
        match self {
            Self::Full => 0,
            Self::Masked => 1,
            Self::Hidden => 2,
        }
    }

    /// Returns the policy for a stored number. An unknown number was written by a later version. It
    /// is treated as the least strict policy, so that the current policy is applied.
    pub(crate) fn of_level(level: u8) -> Self {
        match level {
            1 => Self::Masked,
            2 => Self::Hidden,
            _ => Self::Full,
        }
    }
}

/// A content policy with the masker that applies it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy<'a> {
    pub(crate) content: Content,
    pub(crate) masker: &'a Masker,
}

impl Policy<'_> {
    pub(crate) fn is_full(self) -> bool {
        self.content == Content::Full
    }

    /// Applies the policy to a value.
    pub(crate) fn apply(self, value: Value) -> Value {
        match (self.content, value) {
            (Content::Full, value) => value,
            (Content::Masked, value) => self.masked(value),
            (Content::Hidden, Value::Null) => Value::Null,
            (Content::Hidden, Value::String(text)) => Value::String(hidden(&text)),
            // Content that is not a string has no length to show.
            (Content::Hidden, _) => Value::String("[hidden]".to_owned()),
        }
    }

    fn masked(self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.mask(text)),
            Value::Array(items) => items.into_iter().map(|item| self.masked(item)).collect(),
            Value::Object(entries) => entries
                .into_iter()
                .map(|(name, value)| (self.mask(name), self.masked(value)))
                .collect(),
            // A card number can be a JSON number.
            Value::Number(number) => match self.mask(number.to_string()) {
                masked if masked == number.to_string() => Value::Number(number),
                masked => Value::String(masked),
            },
            value => value,
        }
    }

    fn mask(self, text: String) -> String {
        if let Some((kept, bytes)) = split_marker(&text) {
            // A secret that was cut off may no longer match a pattern, so the end of the text is
            // removed.
            let whole = prefix(kept, kept.len().saturating_sub(LONGEST_SECRET));
            return self.masker.mask(whole).into_owned() + &truncation_marker(bytes);
        }
        match self.masker.mask(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(masked) => masked,
        }
    }
}

/// The maximum length, in bytes, of a secret that is masked. Tokens can be longer, because they are
/// recognized by their first characters.
const LONGEST_SECRET: usize = 512;

fn hidden(text: &str) -> String {
    format!("[hidden: {} characters]", text.chars().count())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn apply(content: Content, value: Value) -> Value {
        let masker = &Masker::default();
        Policy { content, masker }.apply(value)
    }

    #[test]
    fn masking_applies_to_nested_values() {
        let value =
            json!(["me@example.com", {"me@example.com": "x"}, 4_111_111_111_111_111_u64, 7]);
        let masked = json!(["[email]", {"[email]": "x"}, "[card]", 7]);
        assert_eq!(apply(Content::Masked, value), masked);
    }

    #[test]
    fn truncation_leaves_no_part_of_a_secret() {
        let text = "word ".repeat(200) + "4111 1111 11" + &truncation_marker(5000);
        let masked = apply(Content::Masked, json!(text));
        assert!(!masked.to_string().contains("4111"), "{masked}");
        assert!(masked.to_string().contains("5000 bytes in full"));
    }

    #[test]
    fn policies_are_ordered_by_strictness() {
        assert!(Content::Full < Content::Masked && Content::Masked < Content::Hidden);
        assert_eq!("HIDDEN".parse(), Ok(Content::Hidden));
        assert_eq!("".parse::<Content>(), Err(ParseContentError));
    }

    #[test]
    fn hidden_content_shows_only_its_length() {
        let hidden = |value| apply(Content::Hidden, value);
        assert_eq!(hidden(json!("größe")), json!("[hidden: 5 characters]"));
        assert_eq!(hidden(json!(["a", "b"])), json!("[hidden]"));
        assert_eq!(hidden(json!(null)), json!(null));
        assert_eq!(apply(Content::Full, json!("a")), json!("a"));
    }
}
