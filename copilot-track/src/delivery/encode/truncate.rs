//! Truncates the strings of an event that is too large.
//!
//! This module edits the encoded JSON, so that an event is serialized only once. Each string is cut
//! between two characters or escapes, and a marker with the original length is appended.

use std::cmp::Reverse;

use crate::event::properties::names::{MESSAGE_BODY, is_id};
use crate::event::properties::writer::{MIN_SPAN, TextSpan};
use crate::util::json::escapes::{boundary, unescaped_len};
use crate::util::json::tokens::{TokenKind, Tokens};
use crate::util::json::unescape;
use crate::util::truncation::{split_marker, truncation_marker};

/// Truncates strings until the JSON has at most `limit` bytes or no string is left. Strings with
/// content come first, and longer strings come before shorter ones. Leaves `texts` empty.
pub(crate) fn fit(json: &mut Vec<u8>, limit: usize, texts: &mut Vec<TextSpan>) {
    texts.sort_unstable_by_key(|text| {
        let longest_first = Reverse(full_len(json, *text));
        (!text.content, longest_first, text.start)
    });
    for index in 0..texts.len() {
        let excess = json.len().saturating_sub(limit);
        if excess == 0 {
            break;
        }
        let Some(text) = texts.get(index).copied() else {
            break;
        };
        let removed = cut(json, text, excess);
        // The strings after this one have moved.
        for later in texts.iter_mut().filter(|later| later.start > text.start) {
            later.start -= removed;
            later.end -= removed;
        }
    }
    texts.clear();
}

/// Returns the length of a string before it was cut, or of its JSON if it was not cut.
fn full_len(json: &[u8], text: TextSpan) -> usize {
    let inner = json.get(text.start + 1..text.end - 1);
    let inner = inner.and_then(|inner| str::from_utf8(inner).ok());
    let cut = inner.and_then(split_marker);
    cut.map_or(text.end - text.start, |(_, full)| full)
}

/// Shortens one JSON string by at least `excess` bytes, or by as much as possible. Returns the
/// number of bytes removed.
fn cut(json: &mut Vec<u8>, text: TextSpan, excess: usize) -> usize {
    let inner = text.start + 1..text.end - 1;
    let Some(escaped) = json.get(inner.clone()).and_then(|s| str::from_utf8(s).ok()) else {
        return 0;
    };
    // If the string was truncated before, its marker keeps the original length.
    let (escaped, full) =
        split_marker(escaped).unwrap_or_else(|| (escaped, unescaped_len(escaped)));
    let marker = truncation_marker(full);
    let Some(room) = inner.len().checked_sub(excess + marker.len()) else {
        // The JSON stays too long even if only the marker remains.
        return if inner.len() > marker.len() {
            json.splice(inner.clone(), marker.bytes());
            inner.len() - marker.len()
        } else {
            0
        };
    };
    let kept = boundary(escaped, room);
    json.splice(inner.start + kept..inner.end, marker.bytes());
    inner.len() - kept - marker.len()
}

/// Finds the strings in the properties or traits of the event that starts at `start`.
pub(crate) fn find_texts(json: &[u8], start: usize, texts: &mut Vec<TextSpan>) {
    let Some(event) = json
        .get(start..)
        .and_then(|event| str::from_utf8(event).ok())
    else {
        return;
    };
    // The strings are directly in the properties, that is, on the second level.
    let (mut level, mut field, mut name) = (0, "", "");
    for token in Tokens::new(event) {
        match token.kind {
            TokenKind::BeginObject | TokenKind::BeginArray => level += 1,
            TokenKind::End => level -= 1,
            TokenKind::Key if level == 1 => (field, name) = (token.text, ""),
            TokenKind::Key if level == 2 => name = token.text,
            TokenKind::String
                if level == 2
                    && token.text.len() >= MIN_SPAN
                    && matches!(field, r#""properties""# | r#""traits""#) =>
            {
                let name = unescape(name).unwrap_or_default();
                if !is_id(&name) {
                    texts.push(TextSpan {
                        start: start + token.start,
                        end: start + token.end(),
                        content: name == MESSAGE_BODY,
                    });
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut_to(text: &str, limit: usize) -> String {
        let mut json = serde_json::to_vec(text).unwrap();
        let mut texts = vec![TextSpan {
            start: 0,
            end: json.len(),
            content: true,
        }];
        fit(&mut json, limit, &mut texts);
        serde_json::from_slice(&json).unwrap()
    }

    #[test]
    fn a_truncated_string_ends_with_its_original_length() {
        let text = "é".repeat(500);
        let cut = cut_to(&text, 200);
        let (kept, full) = split_marker(&cut).unwrap();
        assert_eq!(full, 1000);
        assert!(text.starts_with(kept) && kept.len() > 100);
    }

    #[test]
    fn content_is_truncated_before_other_strings() {
        let mut json = Vec::new();
        let mut texts = Vec::new();
        for (text, content) in [("a".repeat(400), false), ("b".repeat(300), true)] {
            let start = json.len();
            serde_json::to_writer(&mut json, &text).unwrap();
            texts.push(TextSpan {
                start,
                end: json.len(),
                content,
            });
        }
        let mut longer = json.clone();
        fit(&mut json, 600, &mut texts.clone());
        assert!(json.len() <= 600);
        let text = String::from_utf8(json).unwrap();
        assert!(text.contains(&"a".repeat(400)) && text.contains("truncated: 300"));
        // If truncating the content is not enough, the other string is also truncated.
        fit(&mut longer, 200, &mut texts);
        let text = String::from_utf8(longer).unwrap();
        assert!(text.len() <= 200, "{}", text.len());
        assert!(text.contains("truncated: 400") && text.contains("truncated: 300"));
    }

    #[test]
    fn a_string_that_was_cut_before_has_its_original_length() {
        let marked = format!("{}{}", "a".repeat(400), truncation_marker(64_000));
        let json = serde_json::to_vec(&[marked, "b".repeat(900)]).unwrap();
        let text = String::from_utf8(json.clone()).unwrap();
        let (first, last) = (1, text.len() - 1);
        let comma = text.find("\",\"").unwrap() + 1;
        let span = |start, end| TextSpan {
            start,
            end,
            content: false,
        };
        let texts = [span(first, comma), span(comma + 1, last)];
        assert_eq!(full_len(&json, texts[0]), 64_000);
        assert_eq!(full_len(&json, texts[1]), 902);
        // The longest string is cut first.
        let mut cut = json.clone();
        fit(&mut cut, json.len() - 100, &mut texts.to_vec());
        let cut: Vec<String> = serde_json::from_slice(&cut).unwrap();
        assert_eq!(cut[1], "b".repeat(900));
        assert_eq!(split_marker(&cut[0]).unwrap().1, 64_000);
    }

    #[test]
    fn strings_after_one_that_was_cut_are_cut_too() {
        let (a, b, c) = ("a".repeat(900), "b".repeat(800), "c".repeat(700));
        let event = serde_json::json!({ "properties": { "a": a, "b": b, "c": c } });
        let mut json = serde_json::to_vec(&event).unwrap();
        let mut texts = Vec::new();
        find_texts(&json, 0, &mut texts);
        assert_eq!(texts.len(), 3);
        fit(&mut json, 300, &mut texts);
        assert!(json.len() <= 300, "{}", json.len());
        let event: serde_json::Value = serde_json::from_slice(&json).unwrap();
        for (name, full) in [("a", 900), ("b", 800), ("c", 700)] {
            let text = event["properties"][name].as_str().unwrap();
            assert_eq!(split_marker(text).unwrap().1, full);
        }
    }

    #[test]
    fn strings_in_an_array_have_no_name() {
        // A message can have an array as a field that is not part of its kind.
        let text = "x".repeat(900);
        let event = serde_json::json!({ "traits": { "id": 1 }, "properties": [text] });
        let mut json = serde_json::to_vec(&event).unwrap();
        let mut texts = Vec::new();
        find_texts(&json, 0, &mut texts);
        fit(&mut json, 300, &mut texts);
        let event: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let cut = event["properties"][0].as_str().unwrap();
        assert_eq!(split_marker(cut).unwrap().1, 900);
    }

    proptest! {
        #[test]
        fn truncation_is_valid_bounded_and_idempotent(text in ".{0,400}", limit in 60usize..600) {
            let once = cut_to(&text, limit);
            prop_assert!(serde_json::to_vec(&once).unwrap().len() <= limit);
            prop_assert_eq!(cut_to(&once, limit), once.clone());
            let shorter = limit - 10;
            if let (Some((_, full)), Some((kept, again))) =
                (split_marker(&once), split_marker(&cut_to(&once, shorter.max(60))))
            {
                prop_assert_eq!(full, text.len());
                prop_assert_eq!(again, full);
                prop_assert!(text.starts_with(kept));
            }
        }
    }
}
