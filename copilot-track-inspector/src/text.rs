//! Cutting text.

/// The beginning of a text, at most so many bytes, whole characters.
pub(crate) fn truncated(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}
