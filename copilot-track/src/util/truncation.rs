//! The marker at the end of a truncated string: `… [truncated: 48213 bytes in full]`.

const START: &str = "… [truncated: ";
const END: &str = " bytes in full]";

/// Returns the marker for a string that originally had `bytes` bytes.
pub(crate) fn truncation_marker(bytes: usize) -> String {
    format!("{START}{bytes}{END}")
}

/// Splits a truncated string into the part before the marker and the original number of bytes.
/// Returns `None` if the string does not end with a marker.
pub(crate) fn split_marker(text: &str) -> Option<(&str, usize)> {
    let (kept, bytes) = text.strip_suffix(END)?.rsplit_once(START)?;
    Some((kept, bytes.parse().ok()?))
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
