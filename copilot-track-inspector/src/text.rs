//! Truncates text, and detects blank text.

/// Returns the longest prefix of `text` that has at most `max_bytes` bytes and ends at a character
/// boundary.
pub(crate) fn truncated(text: &str, max_bytes: usize) -> &str {
    let mut end = max_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// Returns whether `text` is empty or consists of whitespace.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}
