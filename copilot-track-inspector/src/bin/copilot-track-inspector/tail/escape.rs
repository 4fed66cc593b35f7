//! Escapes text from requests, so that it cannot control the terminal.

use serde_json::Value;

/// The maximum length of text that is printed in full, in characters.
pub(super) const MAX_CHARS: usize = 400;

/// Returns the escaped text of a string member.
pub(super) fn field(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .map_or_else(String::new, escape)
}

pub(super) fn escape_value(value: &Value) -> String {
    match value {
        Value::String(text) => escape(text),
        other => escape(&other.to_string()),
    }
}

/// Escapes text. Line breaks and tabs become spaces. Other control characters, and characters that
/// change the text direction, become escapes such as `\u{1b}`. Long text is truncated.
pub(super) fn escape(text: &str) -> String {
    let mut chars = text.chars();
    let mut escaped = String::new();
    for c in chars.by_ref().take(MAX_CHARS) {
        match c {
            '\n' | '\r' | '\t' => escaped.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                escaped.extend(c.escape_unicode());
            }
            c if c.is_control() => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    let rest = chars.count();
    if rest > 0 {
        escaped.extend(["… (", &rest.to_string(), " more characters)"]);
    }
    escaped
}
