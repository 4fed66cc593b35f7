//! Text from outside, made safe for a terminal.

use serde_json::Value;

/// How much of a text is printed, in characters.
pub(super) const MAX_CHARS: usize = 400;

/// A member as text that is safe to show.
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

/// Text from outside: line breaks become spaces, other controls, and what turns the direction of a
/// line, are spelt out, and what is too long is cut.
pub(super) fn escape(text: &str) -> String {
    let mut chars = text.chars();
    let mut escape = String::new();
    for c in chars.by_ref().take(MAX_CHARS) {
        match c {
            '\n' | '\r' | '\t' => escape.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                escape.extend(c.escape_unicode());
            }
            c if c.is_control() => escape.extend(c.escape_unicode()),
            c => escape.push(c),
        }
    }
    let rest = chars.count();
    if rest > 0 {
        escape.extend(["… (", &rest.to_string(), " more characters)"]);
    }
    escape
}
