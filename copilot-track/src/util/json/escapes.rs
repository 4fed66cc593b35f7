//! The contents of JSON strings: characters and escapes.

/// Iterates over the characters and escapes in the contents of a JSON string. Each item includes
/// the number of UTF-8 bytes that the character or escape represents.
pub(crate) fn units(escaped: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut rest = escaped;
    std::iter::from_fn(move || {
        let bytes = rest.as_bytes();
        let (length, stands_for) = match (bytes.first()?, bytes.get(1)) {
            (b'\\', Some(b'u')) => unicode_escape(rest),
            (b'\\', _) => (2, 1),
            _ => {
                let length = rest.chars().next()?.len_utf8();
                (length, length)
            }
        };
        // Valid JSON contains no incomplete escape. If one occurred, the iteration would end.
        let (unit, after) = rest.split_at_checked(length)?;
        rest = after;
        Some((unit, stands_for))
    })
}

/// Returns the length of an escape such as `\u1234`, or of a surrogate pair, and the number of
/// UTF-8 bytes that the escape represents.
fn unicode_escape(text: &str) -> (usize, usize) {
    let code = |at: usize| {
        let digits = text.get(at..at + 4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let high = code(2);
    let low = text.get(6..8).filter(|&s| s == "\\u").and_then(|_| code(8));
    match (high, low) {
        (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => (12, 4),
        (Some(code), _) => (6, char::from_u32(code).map_or(3, char::len_utf8)),
        (None, _) => (6, 3),
    }
}

/// Returns the number of UTF-8 bytes that the contents of a JSON string represent.
pub(crate) fn unescaped_len(escaped: &str) -> usize {
    units(escaped).map(|(_, stands_for)| stands_for).sum()
}

/// Returns the last position at or before `room` that is not inside a character or an escape.
pub(crate) fn boundary(escaped: &str, room: usize) -> usize {
    let mut end = 0;
    for (unit, _) in units(escaped) {
        if end + unit.len() > room {
            break;
        }
        end += unit.len();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogate_pairs_stay_together() {
        let escaped = r"ab\ud83d\ude00cd\n";
        let lengths: Vec<_> = units(escaped).map(|(unit, n)| (unit.len(), n)).collect();
        assert_eq!(lengths, [(1, 1), (1, 1), (12, 4), (1, 1), (1, 1), (2, 1)]);
        assert_eq!(boundary(escaped, 8), 2);
    }
}
