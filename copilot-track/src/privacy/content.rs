//! How much of what was said leaves the process.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::privacy::masking::masker::Masker;
use crate::util::truncation::{prefix, split_marker, truncation_marker};

/// How much of what a customer or an agent said is sent.
///
/// Set for a tracker ([`TrackerBuilder::content`](crate::TrackerBuilder::content)), by the
/// environment (`COPILOT_TRACK_CONTENT`: `full`, `masked` or `hidden`) and for a conversation
/// ([`Conversation::set_content`](crate::Conversation::set_content)); the strictest of them holds.
/// It is about message bodies and the fields that a derive marks as `#[track(content)]`, and is
/// applied before anything else sees the event: hooks, transports, logs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Content {
    /// All of it, as the spec has it.
    #[default]
    Full,
    /// All of it but for what is personal or secret, in whose place stands what it was: e-mail
    /// addresses `[email]`, phone numbers `[phone]`, payment cards `[card]`, IBANs `[iban]`, IP
    /// addresses `[ip]`, tokens `[token]`, keys and passwords `[key]`, and what the patterns of
    /// `TrackerBuilder::mask` (feature `patterns`) match.
    ///
    /// It goes by form, in linear time, and so makes mistakes in both directions: it is a help, not
    /// a proof. Names and addresses have no form that it knows.
    Masked,
    /// None: in its place stands `[hidden: 48 characters]`.
    Hidden,
}

/// Why a text names no [`Content`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `full`, `masked` or `hidden`")]
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
    /// Returns the policy's name: `full`, `masked` or `hidden`.
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
    /// As the spool keeps it.
    pub(crate) fn level(self) -> u8 {
        match self {
            Self::Full => 0,
            Self::Masked => 1,
            Self::Hidden => 2,
        }
    }

    /// A level that is not known was written by a later version, and is taken for the laxest.
    pub(crate) fn of_level(level: u8) -> Self {
        match level {
            1 => Self::Masked,
            2 => Self::Hidden,
            _ => Self::Full,
        }
    }
}

/// A content policy, with all that it takes to apply it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy<'a> {
    pub(crate) content: Content,
    pub(crate) masker: &'a Masker,
}

impl Policy<'_> {
    pub(crate) fn is_full(self) -> bool {
        self.content == Content::Full
    }

    /// What may be sent in place of `said`.
    pub(crate) fn apply(self, said: Value) -> Value {
        match (self.content, said) {
            (Content::Full, said) => said,
            (Content::Masked, said) => self.masked(said),
            (Content::Hidden, Value::Null) => Value::Null,
            (Content::Hidden, Value::String(text)) => Value::String(hidden(&text)),
            // Not a text, but marked as content all the same.
            (Content::Hidden, _) => Value::String("[hidden]".to_owned()),
        }
    }

    fn masked(self, said: Value) -> Value {
        match said {
            Value::String(text) => Value::String(self.mask(text)),
            Value::Array(items) => items.into_iter().map(|item| self.masked(item)).collect(),
            Value::Object(entries) => entries
                .into_iter()
                .map(|(name, value)| (self.mask(name), self.masked(value)))
                .collect(),
            // A card's number can be a number.
            Value::Number(number) => match self.mask(number.to_string()) {
                masked if masked == number.to_string() => Value::Number(number),
                masked => Value::String(masked),
            },
            said => said,
        }
    }

    fn mask(self, text: String) -> String {
        if let Some((kept, bytes)) = split_marker(&text) {
            // A secret that the cut has gone through has no form any more.
            let whole = prefix(kept, kept.len().saturating_sub(LONGEST_SECRET));
            return self.masker.mask(whole).into_owned() + &truncation_marker(bytes);
        }
        match self.masker.mask(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(masked) => masked,
        }
    }
}

/// Longer than all that is masked, but for tokens, which are known by their beginning.
const LONGEST_SECRET: usize = 512;

fn hidden(text: &str) -> String {
    format!("[hidden: {} characters]", text.chars().count())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn apply(content: Content, said: Value) -> Value {
        let masker = &Masker::default();
        Policy { content, masker }.apply(said)
    }

    #[test]
    fn masking_goes_through_whatever_is_said() {
        let said = json!(["me@example.com", {"me@example.com": "x"}, 4_111_111_111_111_111_u64, 7]);
        let masked = json!(["[email]", {"[email]": "x"}, "[card]", 7]);
        assert_eq!(apply(Content::Masked, said), masked);
    }

    #[test]
    fn a_cut_leaves_no_part_of_a_secret() {
        let text = "word ".repeat(200) + "4111 1111 11" + &truncation_marker(5000);
        let masked = apply(Content::Masked, json!(text));
        assert!(!masked.to_string().contains("4111"), "{masked}");
        assert!(masked.to_string().contains("5000 bytes in full"));
    }

    #[test]
    fn the_stricter_is_the_greater() {
        assert!(Content::Full < Content::Masked && Content::Masked < Content::Hidden);
        assert_eq!("HIDDEN".parse(), Ok(Content::Hidden));
        assert_eq!("".parse::<Content>(), Err(ParseContentError));
    }

    #[test]
    fn hidden_tells_the_length_alone() {
        let hidden = |said| apply(Content::Hidden, said);
        assert_eq!(hidden(json!("größe")), json!("[hidden: 5 characters]"));
        assert_eq!(hidden(json!(["a", "b"])), json!("[hidden]"));
        assert_eq!(hidden(json!(null)), json!(null));
        assert_eq!(apply(Content::Full, json!("a")), json!("a"));
    }
}
