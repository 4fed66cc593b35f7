//! The content policy, which determines how much of a conversation is sent.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::privacy::masking::masker::Masker;
use crate::util::json::tokens::{TokenKind, Tokens};
use crate::util::json::{number, string, unescape};
use crate::util::truncation::{prefix, split_marker, split_queued_marker, truncation_marker};

/// The content policy, which determines how much of a conversation's text is sent.
///
/// The policy applies to message bodies, to fields of derived events that are marked
/// `#[track(content)]`, and to parts of the [context](crate::Context#privacy). It is applied before
/// hooks, transports, and logs see the event.
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
    /// IBANs, `[ip]` for IP addresses, `[token]` for tokens, cookies, and session identifiers, and
    /// `[key]` for keys and passwords. Keys and passwords are recognized by the names before them
    /// in about 30 languages, by their position in URLs and commands, and by the prefixes that
    /// issuers give their keys. With the `patterns` feature, `TrackerBuilder::mask` adds further
    /// patterns.
    ///
    /// Masking is pattern-based: it can miss personal data and can mask harmless text. It does not
    /// recognize names or postal addresses. Masking takes linear time. The repository's
    /// `docs/masking.md` shows what proportion of secrets is found.
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
    /// is treated as the least strict policy. The strictest policy wins, so the current policy then
    /// applies.
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

    /// Appends a JSON value to `out`, with the policy applied. Numbers that are not masked keep
    /// their text.
    pub(crate) fn apply(self, value: &str, out: &mut Vec<u8>) {
        match (self.content, value.as_bytes().first()) {
            (Content::Full, _) | (Content::Hidden, Some(b'n')) => {
                out.extend_from_slice(value.as_bytes());
            }
            (Content::Masked, _) => self.mask_value(value, out),
            (Content::Hidden, Some(b'"')) => string(&hidden(&text_of(value)), out),
            // Content that is not a string.
            (Content::Hidden, _) => string("[hidden]", out),
        }
    }

    fn mask_value(self, value: &str, out: &mut Vec<u8>) {
        let mut copied = 0;
        // The keys of each open object.
        let mut keys: Vec<HashSet<String>> = Vec::new();
        for token in Tokens::new(value) {
            let masked = match token.kind {
                TokenKind::BeginObject | TokenKind::BeginArray => {
                    keys.push(HashSet::new());
                    None
                }
                TokenKind::End => {
                    keys.pop();
                    None
                }
                TokenKind::Key => {
                    let key = text_of(token.text);
                    let masked = unused(self.mask(key.clone().into_owned()), keys.last_mut());
                    (masked != key).then_some(masked)
                }
                TokenKind::String => {
                    let text = text_of(token.text);
                    let masked = self.mask(text.clone().into_owned());
                    (masked != text).then_some(masked)
                }
                TokenKind::Number => self.masked_number(token.text),
                TokenKind::Literal => None,
            };
            if let Some(masked) = masked {
                out.extend_from_slice(
                    value
                        .get(copied..token.start)
                        .unwrap_or_default()
                        .as_bytes(),
                );
                string(&masked, out);
                copied = token.end();
            }
        }
        out.extend_from_slice(value.get(copied..).unwrap_or_default().as_bytes());
    }

    /// Returns the mask of a number that contains personal data: a card number can be a JSON
    /// number.
    fn masked_number(self, text: &str) -> Option<String> {
        let masked = |text: &str| Some(self.mask(text.to_owned())).filter(|masked| masked != text);
        // The number can be written as a float, such as `42.0` or `4.2e1`.
        masked(text).or_else(|| masked(number::nearest(text).trim_end_matches(".0")))
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

/// Returns the text of a JSON string.
fn text_of(string: &str) -> Cow<'_, str> {
    unescape(string).unwrap_or(Cow::Borrowed(string))
}

/// Returns a key that is not in `keys`, and adds it. Two keys of an object can have the same mask.
fn unused(key: String, keys: Option<&mut HashSet<String>>) -> String {
    let Some(keys) = keys else { return key };
    let mut unused = key.clone();
    let mut number = 2;
    while !keys.insert(unused.clone()) {
        unused = format!("{key} {number}");
        number += 1;
    }
    unused
}

fn hidden(text: &str) -> String {
    let characters = match split_queued_marker(text) {
        Some((_, full)) => full.characters,
        None => text.chars().count(),
    };
    format!("[hidden: {characters} characters]")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::util::truncation::FullLength;

    fn apply_to_text(content: Content, value: &str) -> String {
        let masker = &Masker::default();
        let mut out = Vec::new();
        Policy { content, masker }.apply(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[allow(clippy::needless_pass_by_value, reason = "callers pass `json!(…)`")]
    fn apply(content: Content, value: Value) -> Value {
        serde_json::from_str(&apply_to_text(content, &value.to_string())).unwrap()
    }

    #[test]
    fn masking_applies_to_nested_values() {
        let value =
            json!(["me@example.com", {"me@example.com": "x"}, 4_111_111_111_111_111_u64, 7]);
        let masked = json!(["[email]", {"[email]": "x"}, "[card]", 7]);
        assert_eq!(apply(Content::Masked, value), masked);
    }

    #[test]
    fn numbers_that_are_not_masked_keep_their_text() {
        let value = r#"{"a": [1e400, 340282366920938463463374607431768211455, -0, 1.50], "b":"x"}"#;
        assert_eq!(apply_to_text(Content::Masked, value), value);
        for card in [
            "4111111111111111",
            "4111111111111111.0",
            "4111111111111111e0",
        ] {
            let masked = apply_to_text(Content::Masked, card);
            assert!(!masked.contains("4111"), "{masked}");
        }
    }

    #[test]
    fn keys_with_the_same_mask_stay_apart() {
        let value = r#"{"a@example.com":1,"b@example.com":{"c@example.com":2},"[email]":3}"#;
        assert_eq!(
            apply_to_text(Content::Masked, value),
            r#"{"[email]":1,"[email] 2":{"[email]":2},"[email] 3":3}"#
        );
    }

    #[test]
    fn a_hundred_thousand_levels_are_masked() {
        let value = "[".repeat(100_000) + r#""me@example.com""# + &"]".repeat(100_000);
        let masked = apply_to_text(Content::Masked, &value);
        assert!(masked.contains("[email]") && masked.len() > 200_000);
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
        let cut = FullLength {
            bytes: 9,
            characters: 7,
        };
        let cut = format!("größ{}", cut.queued_marker());
        assert_eq!(hidden(json!(cut)), json!("[hidden: 7 characters]"));
        assert_eq!(hidden(json!(["a", "b"])), json!("[hidden]"));
        assert_eq!(hidden(json!(null)), json!(null));
        assert_eq!(apply(Content::Full, json!("a")), json!("a"));
    }
}
