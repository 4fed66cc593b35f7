//! Numbers that a `serde_json::Value` does not reproduce as written.
//!
//! A `Value` holds 64-bit integers and floats. Another number, such as `1e400` or a 128-bit
//! integer, becomes the nearest 64-bit integer or float, and `1.50` becomes `1.5`. This module
//! remembers such numbers when an event is parsed, and writes their original text wherever the
//! parsed value is unchanged.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use crate::util::json::number::{is_equal, is_reproduced, nearest};
use crate::util::json::tokens::{TokenKind, Tokens};
use crate::util::json::{string, unescape};

/// The original numbers of an event that the parsed values do not reproduce as written.
#[derive(Debug, Default)]
pub(crate) struct OriginalNumbers {
    root: Node,
    /// Maps the text of a parsed value to the text of the original number, if the two are not
    /// equal. The entry is `None` if several different numbers became the same value. This map is
    /// used to find numbers that a hook has moved.
    by_value: HashMap<String, Option<String>>,
}

/// The original numbers of a value and of the values inside it.
#[derive(Debug, Default)]
pub(crate) struct Node {
    number: Option<OriginalNumber>,
    children: HashMap<Step, Node>,
}

#[derive(Debug)]
struct OriginalNumber {
    text: String,
    /// The text of the parsed value.
    value: String,
}

/// A step from a container to a value in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Step {
    Key(String),
    Index(usize),
}

/// Returns the event with its numbers replaced by numbers that a `Value` can hold, and also the
/// original numbers.
pub(crate) fn split_off(json: &str) -> (Cow<'_, str>, OriginalNumbers) {
    let mut numbers = OriginalNumbers::default();
    let replaced = replace(json, |path, text| {
        let value = nearest(text);
        if !is_equal(text, &value) {
            numbers
                .by_value
                .entry(value.clone())
                .and_modify(|known| {
                    if known.as_deref() != Some(text) {
                        *known = None;
                    }
                })
                .or_insert_with(|| Some(text.to_owned()));
        }
        let text = text.to_owned();
        let node = path.iter().fold(&mut numbers.root, |node, step| {
            node.children.entry(step.clone()).or_default()
        });
        node.number = Some(OriginalNumber {
            text,
            value: value.clone(),
        });
        value
    });
    (replaced, numbers)
}

/// Returns the event with its numbers in a form that a `Value` holds exactly: a number that does
/// not fit into a `Value` becomes a string.
pub(crate) fn exact(json: &str) -> Cow<'_, str> {
    replace(json, |_, text| {
        let value = nearest(text);
        if is_equal(text, &value) {
            value
        } else {
            format!("\"{text}\"")
        }
    })
}

/// Replaces the numbers that a `Value` does not reproduce.
fn replace(json: &str, mut replacement: impl FnMut(&[Step], &str) -> String) -> Cow<'_, str> {
    let is_replaced =
        |kind: TokenKind, text: &str| kind == TokenKind::Number && !is_reproduced(text);
    if !Tokens::new(json).any(|token| is_replaced(token.kind, token.text)) {
        return Cow::Borrowed(json);
    }
    let mut replaced = String::with_capacity(json.len());
    let mut copied = 0;
    let mut path: Vec<Step> = Vec::new();
    for token in Tokens::new(json) {
        match token.kind {
            TokenKind::BeginObject => {
                path.push(Step::Key(String::new()));
                continue;
            }
            TokenKind::BeginArray => {
                path.push(Step::Index(0));
                continue;
            }
            TokenKind::Key => {
                let key = unescape(token.text).map_or_else(|_| String::new(), Cow::into_owned);
                if let Some(step) = path.last_mut() {
                    *step = Step::Key(key);
                }
                continue;
            }
            TokenKind::End => {
                path.pop();
            }
            TokenKind::Number if is_replaced(token.kind, token.text) => {
                replaced.push_str(json.get(copied..token.start).unwrap_or_default());
                replaced.push_str(&replacement(&path, token.text));
                copied = token.end();
            }
            TokenKind::Number | TokenKind::String | TokenKind::Literal => {}
        }
        // A value has ended.
        if let Some(Step::Index(index)) = path.last_mut() {
            *index += 1;
        }
    }
    replaced.push_str(json.get(copied..).unwrap_or_default());
    Cow::Owned(replaced)
}

impl OriginalNumbers {
    /// Returns whether the values reproduce all numbers as written.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.children.is_empty() && self.root.number.is_none()
    }

    /// Returns the node of a field of the event.
    pub(crate) fn field(&self, name: &str) -> Option<&Node> {
        self.root.child(name)
    }

    /// Writes a value that was parsed from `node` and may have been changed since. A number whose
    /// value is unchanged gets its original text.
    pub(crate) fn write(&self, value: &Value, node: Option<&Node>, out: &mut Vec<u8>) {
        if self.is_empty() {
            // Writing to memory cannot fail.
            let _ = serde_json::to_writer(out, value);
            return;
        }
        match value {
            Value::Number(number) => {
                let value = number.to_string();
                let original = node.and_then(|node| node.number.as_ref());
                let text = match original {
                    Some(original) if original.value == value => &original.text,
                    _ => self
                        .by_value
                        .get(&value)
                        .and_then(Option::as_ref)
                        .unwrap_or(&value),
                };
                out.extend_from_slice(text.as_bytes());
            }
            Value::Array(items) => {
                let mut separator = b'[';
                for (index, item) in items.iter().enumerate() {
                    out.push(separator);
                    separator = b',';
                    let node = node.and_then(|node| node.children.get(&Step::Index(index)));
                    self.write(item, node, out);
                }
                if separator == b'[' {
                    out.push(b'[');
                }
                out.push(b']');
            }
            Value::Object(members) => {
                let mut separator = b'{';
                for (name, member) in members {
                    out.push(separator);
                    separator = b',';
                    string(name, out);
                    out.push(b':');
                    self.write(member, node.and_then(|node| node.child(name)), out);
                }
                if separator == b'{' {
                    out.push(b'{');
                }
                out.push(b'}');
            }
            Value::String(text) => string(text, out),
            Value::Bool(_) | Value::Null => out.extend_from_slice(value.to_string().as_bytes()),
        }
    }
}

impl Node {
    /// Returns the node of a member.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        if self.children.is_empty() {
            return None;
        }
        self.children.get(&Step::Key(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Parses an event, changes it, and writes it again.
    fn changed(json: &str, change: impl FnOnce(&mut Value)) -> String {
        let (parsed, numbers) = split_off(json);
        let mut value: Value = serde_json::from_str(&parsed).unwrap();
        change(&mut value);
        let mut out = Vec::new();
        numbers.write(&value, Some(&numbers.root), &mut out);
        String::from_utf8(out).unwrap()
    }

    const NUMBERS: &str = r#"{"a":[1e400,{"b":-0,"c":1.0},1.50],"d":340282366920938463463374607431768211455,"e":1,"f":0.1000000000000000055511151231257827}"#;

    #[test]
    fn unchanged_numbers_keep_their_text() {
        assert_eq!(changed(NUMBERS, |_| {}), NUMBERS);
        let plain = r#"{"a":[1,2.5,-3],"b":18446744073709551615}"#;
        let (parsed, numbers) = split_off(plain);
        assert!(matches!(parsed, Cow::Borrowed(_)) && numbers.is_empty());
    }

    #[test]
    fn a_changed_number_is_written_as_it_was_set() {
        let json = changed(r#"{"a":1e400,"b":1.50,"c":-0}"#, |value| {
            assert_eq!(value["a"], json!(f64::MAX));
            value["a"] = json!(2);
            value["b"] = json!(1.25);
            value["c"] = json!(0.0);
        });
        assert_eq!(json, r#"{"a":2,"b":1.25,"c":0.0}"#);
    }

    #[test]
    fn a_number_that_is_moved_keeps_its_digits() {
        let json = changed(
            r#"{"a":1e400,"list":[1e300,18446744073709551616,7]}"#,
            |value| {
                value["z"] = value["a"].take();
                value["list"].as_array_mut().unwrap().remove(0);
            },
        );
        assert_eq!(
            json,
            r#"{"a":null,"list":[18446744073709551616,7],"z":1e400}"#
        );
        // Both numbers have the same value, so it is not known which of them was moved.
        let json = changed(
            r#"{"a":18446744073709551616,"b":18446744073709551617}"#,
            |value| {
                value["c"] = value["a"].take();
            },
        );
        let c = json!(18_446_744_073_709_551_616.0);
        assert_eq!(
            json,
            format!(r#"{{"a":null,"b":18446744073709551617,"c":{c}}}"#)
        );
    }

    #[test]
    fn a_number_that_does_not_fit_becomes_a_string() {
        let json = exact(r#"{"a":1e400,"b":[1.50,-0,7],"c":"1e400"}"#);
        assert_eq!(json, r#"{"a":"1e400","b":[1.5,-0.0,7],"c":"1e400"}"#);
    }
}
