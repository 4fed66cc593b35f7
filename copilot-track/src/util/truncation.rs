//! Cuts strings that are too long for an event, and marks them with their full length.
//!
//! A truncated string ends with a marker: `… [truncated: 48213 bytes in full]`. While an event
//! waits in the queue, the marker also contains the number of characters, for the policy that hides
//! the text: `… [truncated: 48213 bytes, 48000 characters in full]`.

use std::borrow::Cow;

use crate::util::json::escapes::{boundary, unescaped_len, units};
use crate::util::json::tokens::{TokenKind, Tokens};

/// The maximum length, in bytes, of a string that waits in the queue, without its marker. A longer
/// string is cut on the caller's thread, so that it does not take up the room of other events.
///
/// An event has at most 32,000 bytes, so it cannot contain the part that is cut off. Twice that
/// length is kept because masking replaces secrets with placeholders, which are usually shorter,
/// and removes the last 512 bytes of a string that was cut. The event is the same as without the
/// cut if masking leaves half of the string.
pub(crate) const MAX_QUEUED_TEXT: usize = 64_000;

const START: &str = "… [truncated: ";
const END: &str = " bytes in full]";
const QUEUED_MIDDLE: &str = " bytes, ";
const QUEUED_END: &str = " characters in full]";

/// The length of a string before it was cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FullLength {
    pub(crate) bytes: usize,
    pub(crate) characters: usize,
}

impl FullLength {
    fn of(text: &str) -> Self {
        Self {
            bytes: text.len(),
            characters: text.chars().count(),
        }
    }

    /// Returns the length of the string whose JSON has these contents.
    fn of_escaped(escaped: &str) -> Self {
        if !escaped.contains('\\') {
            return Self::of(escaped);
        }
        Self {
            bytes: unescaped_len(escaped),
            characters: units(escaped).count(),
        }
    }

    /// Returns the marker for a string that waits in the queue.
    pub(crate) fn queued_marker(self) -> String {
        let Self { bytes, characters } = self;
        format!("{START}{bytes}{QUEUED_MIDDLE}{characters}{QUEUED_END}")
    }
}

/// Returns the marker for a string that originally had `bytes` bytes.
pub(crate) fn truncation_marker(bytes: usize) -> String {
    format!("{START}{bytes}{END}")
}

/// Splits a truncated string into the part before the marker and the original number of bytes.
/// Returns `None` if the string does not end with a marker.
pub(crate) fn split_marker(text: &str) -> Option<(&str, usize)> {
    if let Some((kept, full)) = split_queued_marker(text) {
        return Some((kept, full.bytes));
    }
    let (kept, bytes) = text.strip_suffix(END)?.rsplit_once(START)?;
    Some((kept, bytes.parse().ok()?))
}

/// Does the same as [`split_marker`] for a string that was cut before it was queued.
pub(crate) fn split_queued_marker(text: &str) -> Option<(&str, FullLength)> {
    let (kept, full) = text.strip_suffix(QUEUED_END)?.rsplit_once(START)?;
    let (bytes, characters) = full.split_once(QUEUED_MIDDLE)?;
    let full = FullLength {
        bytes: bytes.parse().ok()?,
        characters: characters.parse().ok()?,
    };
    Some((kept, full))
}

/// Returns the longest prefix of `text` that has at most `bytes` bytes and does not split a
/// character.
pub(crate) fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Cuts a string that is too long for the queue, and appends a marker.
pub(crate) fn shorten(text: &mut String) {
    if let Some(short) = shortened(text) {
        *text = short;
    } else if text.capacity() > MAX_QUEUED_TEXT {
        text.shrink_to_fit();
    }
}

/// Converts a string to an owned string that is not too long for the queue. The part that is cut
/// off is not copied.
pub(crate) fn into_shortened(text: Cow<'_, str>) -> String {
    if text.len() <= MAX_QUEUED_TEXT {
        return text.into_owned();
    }
    shortened(&text).unwrap_or_else(|| text.into_owned())
}

/// Cuts a property that is a JSON string and too long for the queue.
pub(crate) fn shorten_json(json: &mut Vec<u8>) {
    let short = str::from_utf8(json).ok().and_then(shortened_json);
    if let Some(short) = short {
        *json = short.into_bytes();
    } else if json.capacity() > MAX_QUEUED_TEXT {
        json.shrink_to_fit();
    }
}

/// Cuts the strings that are directly in a JSON object and too long for the queue.
pub(crate) fn shorten_members(object: &mut Box<str>) {
    let (mut out, mut copied, mut level) = (String::new(), 0, 0);
    for token in Tokens::new(object) {
        match token.kind {
            TokenKind::BeginObject | TokenKind::BeginArray => level += 1,
            TokenKind::End => level -= 1,
            TokenKind::String if level == 1 => {
                if let Some(short) = shortened_json(token.text) {
                    out.push_str(object.get(copied..token.start).unwrap_or_default());
                    out.push_str(&short);
                    copied = token.end();
                }
            }
            _ => {}
        }
    }
    if copied > 0 {
        out.push_str(object.get(copied..).unwrap_or_default());
        *object = out.into_boxed_str();
    }
}

fn shortened(text: &str) -> Option<String> {
    let (kept, full) = too_long(text, FullLength::of)?;
    Some(prefix(kept, MAX_QUEUED_TEXT).to_owned() + &full.queued_marker())
}

/// Returns `None` if the JSON is not a string, or if the string is short enough.
fn shortened_json(json: &str) -> Option<String> {
    let escaped = json.strip_prefix('"')?.strip_suffix('"')?;
    let (kept, full) = too_long(escaped, FullLength::of_escaped)?;
    let kept = kept.get(..boundary(kept, MAX_QUEUED_TEXT))?;
    Some(format!("\"{kept}{}\"", full.queued_marker()))
}

/// Returns the string without its marker, if it has one, and its full length. Returns `None` if the
/// string is short enough.
fn too_long(text: &str, length: impl Fn(&str) -> FullLength) -> Option<(&str, FullLength)> {
    if text.len() <= MAX_QUEUED_TEXT {
        return None;
    }
    let (kept, full) = match (split_queued_marker(text), split_marker(text)) {
        (Some(cut), _) => cut,
        // The application passed a string that had been truncated before.
        (None, Some((kept, bytes))) => (
            kept,
            FullLength {
                bytes,
                ..length(text)
            },
        ),
        (None, None) => (text, length(text)),
    };
    (kept.len() > MAX_QUEUED_TEXT).then_some((kept, full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_cut_once_between_characters() {
        let text = "é".repeat(MAX_QUEUED_TEXT);
        let mut short = format!("a{text}");
        shorten(&mut short);
        let (kept, full) = split_queued_marker(&short).unwrap();
        assert_eq!(kept.len(), MAX_QUEUED_TEXT - 1);
        let expected = FullLength {
            bytes: 2 * MAX_QUEUED_TEXT + 1,
            characters: MAX_QUEUED_TEXT + 1,
        };
        assert_eq!(full, expected);
        assert_eq!(split_marker(&short), Some((kept, full.bytes)));
        assert_eq!(into_shortened(Cow::Borrowed(&short)), short);
        let mut again = short.clone();
        shorten(&mut again);
        assert_eq!(again, short);
    }

    #[test]
    fn a_string_that_fits_is_unchanged() {
        let text = "a".repeat(MAX_QUEUED_TEXT);
        assert_eq!(into_shortened(Cow::Borrowed(&text)), text);
        let mut roomy = String::with_capacity(10 * MAX_QUEUED_TEXT);
        roomy.push('a');
        shorten(&mut roomy);
        assert!(roomy == "a" && roomy.capacity() < MAX_QUEUED_TEXT);
    }

    #[test]
    fn an_earlier_marker_keeps_its_length() {
        let mut text = "a".repeat(2 * MAX_QUEUED_TEXT) + &truncation_marker(5_000_000);
        shorten(&mut text);
        assert_eq!(split_marker(&text).unwrap().1, 5_000_000);
    }

    #[test]
    fn a_json_string_is_cut_between_escapes() {
        let text = "\n😀".repeat(MAX_QUEUED_TEXT);
        let mut json = serde_json::to_vec(&text).unwrap();
        shorten_json(&mut json);
        assert!(json.len() < MAX_QUEUED_TEXT + 100);
        let short: String = serde_json::from_slice(&json).unwrap();
        let (kept, full) = split_queued_marker(&short).unwrap();
        assert!(text.starts_with(kept) && kept.len() > MAX_QUEUED_TEXT / 2);
        assert_eq!(full, FullLength::of(&text));
    }

    #[test]
    fn only_the_strings_directly_in_an_object_are_cut() {
        let long = "a".repeat(2 * MAX_QUEUED_TEXT);
        let object = serde_json::json!({"a": long, "b": [long], "c": 1, "d": "x"});
        let mut json = object.to_string().into_boxed_str();
        shorten_members(&mut json);
        let short: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(short["a"].as_str().unwrap().len() < MAX_QUEUED_TEXT + 100);
        for unchanged in ["b", "c", "d"] {
            assert_eq!(short[unchanged], object[unchanged]);
        }
    }
}
