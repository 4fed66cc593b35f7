//! Replaces lone surrogates in JSON strings.

use memchr::memchr;

/// Replaces each escape of a lone surrogate, such as `\ud83d`, with `\ufffd`. Returns `None` if
/// there are none.
///
/// JavaScript writes such an escape if a string was truncated in the middle of a surrogate pair,
/// for example inside an emoji. UTF-8 cannot represent a lone surrogate.
#[must_use]
pub fn replace_lone_surrogates(json: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let mut replaced: Option<String> = None;
    let (mut at, mut copied) = (0, 0);
    while let Some(step) = bytes.get(at..).and_then(|rest| memchr(b'\\', rest)) {
        at += step;
        match code_unit(bytes, at) {
            Some(0xD800..=0xDBFF) if matches!(code_unit(bytes, at + 6), Some(0xDC00..=0xDFFF)) => {
                at += 12;
            }
            Some(0xD800..=0xDFFF) => {
                let replaced = replaced.get_or_insert_default();
                replaced.push_str(json.get(copied..at).unwrap_or_default());
                replaced.push_str("\\ufffd");
                at += 6;
                copied = at;
            }
            // Any other escape has at least two bytes.
            _ => at += 2,
        }
    }
    let mut replaced = replaced?;
    replaced.push_str(json.get(copied..).unwrap_or_default());
    Some(replaced)
}

/// Returns the code unit of the escape `\uXXXX` at this position.
fn code_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_are_kept() {
        for (json, replaced) in [
            (r#""a\ud83d""#, Some(r#""a\ufffd""#)),
            (r#""\ude00\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            (r#""\ud83d\ud83d\ude00x""#, Some(r#""\ufffd\ud83d\ude00x""#)),
            (r#""\ud83d\ude00""#, None),
            (r#""\\ud83d""#, None),
            (r#""\u00e9\"\\""#, None),
            (r#""\ud8"#, None),
            ("é", None),
        ] {
            assert_eq!(replace_lone_surrogates(json).as_deref(), replaced, "{json}");
        }
    }
}
