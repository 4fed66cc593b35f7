//! Truncates text, detects blank text, and finds parts of a text.

use std::ops::Range;

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

/// Returns the range of `part` in `whole`, in bytes, if `part` is a slice of `whole`. Returns
/// `None` for an equal text elsewhere in memory.
pub(crate) fn range_in(whole: &str, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= whole.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_slice_of_a_text_has_a_range_in_it() {
        let whole = String::from("abcabc");
        for range in [0..6, 3..6, 3..3, 6..6, 0..0] {
            assert_eq!(range_in(&whole, &whole[range.clone()]), Some(range));
        }
        let (other, part) = (whole.clone(), &whole[1..5]);
        assert_eq!(range_in(&other, &whole), None);
        assert_eq!(range_in(part, &whole), None);
        assert_eq!(range_in(part, &whole[..3]), None);
        assert_eq!(range_in(part, &whole[3..]), None);
        assert_eq!(range_in(part, &whole[2..4]), Some(1..3));
    }
}
