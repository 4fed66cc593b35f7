//! The mark at the end of a text that was cut: `… [truncated: 48213 bytes in full]`.

const START: &str = "… [truncated: ";
const END: &str = " bytes in full]";

/// The mark of a text that had so many bytes.
pub(crate) fn truncation_marker(bytes: usize) -> String {
    format!("{START}{bytes}{END}")
}

/// What `text` was cut from, if it ends in a mark: the text before it, and the bytes in full.
pub(crate) fn split_marker(text: &str) -> Option<(&str, usize)> {
    let (kept, bytes) = text.strip_suffix(END)?.rsplit_once(START)?;
    Some((kept, bytes.parse().ok()?))
}

/// The most of a text's beginning that has at most so many bytes and ends between two characters.
pub(crate) fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
