//! Writes JSON as text. This is faster than a serializer for the parts of an event that are written
//! for each event that arrives.

use std::fmt::Write as _;

use serde_json::Value;

/// Appends a string as JSON.
pub(super) fn push_string(json: &mut String, text: &str) {
    // Most strings contain no such byte.
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "without branches, the compiler vectorizes the loop"
    )]
    let needs_escapes = text.bytes().fold(false, |found, byte| {
        found | (byte < b' ') | (byte == b'"') | (byte == b'\\')
    });
    if needs_escapes {
        // Writing to a string cannot fail.
        let _ = write!(json, "{}", Value::from(text));
    } else {
        json.push('"');
        json.push_str(text);
        json.push('"');
    }
}

/// Appends a whole number.
pub(super) fn push_number(json: &mut String, number: u64) {
    json.push_str(itoa::Buffer::new().format(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_serde_json_escapes_them() {
        for text in [
            "",
            "plain text, é, 日本",
            "\"",
            "a\\b",
            "\n\u{7f}\u{1f}\0",
            "\u{2028}</script>",
        ] {
            let mut json = String::new();
            push_string(&mut json, text);
            assert_eq!(json, Value::from(text).to_string());
        }
    }
}
