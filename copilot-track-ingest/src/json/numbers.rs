//! Parses JSON with numbers that an `f64` cannot represent.

use serde::de::IgnoredAny;

use super::value::JsonValue;

/// The largest finite number, as JSON.
const MAX: &str = "1.7976931348623157e308";

/// Parses JSON. In an object, a number that is too large for an `f64`, such as `1e400`, becomes the
/// largest finite number with the same sign, because a [`JsonValue`] cannot hold it. Also returns
/// the JSON with this number if there is one.
pub(crate) fn parse(json: &str) -> Result<(JsonValue<'_>, Option<String>), serde_json::Error> {
    match serde_json::from_str(json) {
        Ok(value) => Ok((value, None)),
        // `serde_json` provides no other way to identify this error.
        Err(error) if error.to_string().contains("number out of range") => {
            let limited = limit_numbers(json);
            let value = serde_json::from_str::<JsonValue<'_>>(&limited)?.into_owned();
            match value {
                object @ JsonValue::Object(_) => Ok((object, Some(limited))),
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// Replaces each number that is too large.
fn limit_numbers(json: &str) -> String {
    let mut limited = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find(|first: char| first == '"' || is_in_number(first)) {
        let (before, from_start) = rest.split_at(start);
        limited.push_str(before);
        let is_string = from_start.starts_with('"');
        let length = if is_string {
            string_length(from_start)
        } else {
            let end = from_start.find(|next| !is_in_number(next));
            end.unwrap_or(from_start.len())
        };
        let (token, after) = from_start.split_at(length);
        if !is_string && is_too_large(token) {
            if token.starts_with('-') {
                limited.push('-');
            }
            limited.push_str(MAX);
        } else {
            limited.push_str(token);
        }
        rest = after;
    }
    limited.push_str(rest);
    limited
}

fn is_in_number(character: char) -> bool {
    matches!(character, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')
}

/// Returns whether a token is a number in JSON that is too large. Rust also parses numbers that
/// JSON does not allow, such as `+1`.
fn is_too_large(token: &str) -> bool {
    token.parse::<f64>().is_ok_and(f64::is_infinite)
        && serde_json::from_str::<IgnoredAny>(token).is_ok()
}

/// Returns the length of the string at the start of `json`, with its quotes, in bytes.
fn string_length(json: &str) -> usize {
    let mut bytes = json.bytes().enumerate().skip(1);
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'"' => return index + 1,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn numbers_that_are_too_large_are_limited() {
        let limited = |json: &str| {
            let (value, limited) = parse(json).unwrap();
            let again: Value = serde_json::from_str(&limited.unwrap()).unwrap();
            assert_eq!(again, value.to_value());
            again
        };
        let value =
            limited(r#"{"a":[1e400, -1.5E+999],"b \" 1e400":"é\\","c":"1e400","d":1.50e1}"#);
        let expected = serde_json::json!({
            "a": [f64::MAX, -f64::MAX],
            "b \" 1e400": "é\\",
            "c": "1e400",
            "d": 15.0,
        });
        assert_eq!(value, expected);
        let long = format!(r#"{{"n":{}}}"#, "9".repeat(400));
        assert_eq!(limited(&long)["n"], f64::MAX);
        assert!(
            parse(r#"{"a":1e308,"b":1e-400,"c":true}"#)
                .unwrap()
                .1
                .is_none()
        );
        for invalid in [
            r#"{"a":1e400"#,
            r#"{"a":[1e400,-]}"#,
            r#"{"a":[1e400 1]}"#,
            r#"{"a":1e400,"b"#,
            r#"{"a":[1e400,+1e400]}"#,
            r#"{"a":01e400}"#,
            r#"{"a":1.e400}"#,
            "1e400",
        ] {
            assert!(parse(invalid).is_err(), "{invalid}");
        }
    }
}
