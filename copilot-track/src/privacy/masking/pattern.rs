//! Patterns for personal data, defined by the application.

use std::borrow::Cow;

use regex_lite::{Regex, RegexBuilder};

use crate::privacy::masking::haystack::steps;

const PLACEHOLDER: &str = "[masked]";
/// The maximum size of a compiled pattern, in bytes. This limits the search time per character of
/// the text.
const MAX_PATTERN_BYTES: usize = 1 << 18;

/// The maximum number of bytes that one search reads. A single search takes linear time. Without
/// this limit, each of many searches could read to the end of the text, so their total time would
/// not be linear.
const WINDOW_BYTES: usize = 1024;
/// The overlap of two windows, in bytes. A match that starts near the end of a window is searched
/// for again in the next window.
const OVERLAP_BYTES: usize = 256;

/// A regular expression for personal data that is specific to the application, such as customer
/// numbers.
///
/// Masking takes linear time on any text. The syntax is that of the
/// [`regex-lite`](https://docs.rs/regex-lite) crate. It has no look-around assertions and no
/// backreferences, and `\d`, `\w`, and `\b` match only ASCII. A match of up to 256 bytes is found
/// anywhere in the text. A longer match may be masked in pieces or only in part.
///
/// Placeholders in square brackets are not searched. A placeholder should not match any pattern, so
/// that masking a string twice gives the same result as masking it once.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    placeholder: String,
}

/// The error returned by [`Pattern::new`].
#[derive(Debug, Clone, thiserror::Error)]
#[error("invalid pattern `{pattern}`")]
pub struct ParsePatternError {
    pattern: String,
    source: regex_lite::Error,
}

impl Pattern {
    /// Creates a pattern whose matches are replaced with `[masked]`.
    ///
    /// # Errors
    /// Returns [`ParsePatternError`] if `pattern` is not a valid regular expression or is too
    /// large.
    pub fn new(pattern: &str) -> Result<Self, ParsePatternError> {
        RegexBuilder::new(pattern)
            .size_limit(MAX_PATTERN_BYTES)
            .build()
            .map(|regex| Self {
                regex,
                placeholder: PLACEHOLDER.to_owned(),
            })
            .map_err(|source| ParsePatternError {
                pattern: pattern.to_owned(),
                source,
            })
    }

    /// Sets the replacement, for example `[customer]`.
    #[must_use]
    pub fn replaced_by(mut self, placeholder: impl Into<String>) -> Self {
        self.placeholder = placeholder.into();
        self
    }

    /// Returns the placeholder if it is in square brackets. No pattern may mask it again.
    pub(super) fn reserved_placeholder(&self) -> Option<&str> {
        let lasting = self.placeholder.len() > 2
            && self.placeholder.starts_with('[')
            && self.placeholder.ends_with(']');
        lasting.then_some(&self.placeholder)
    }

    /// Replaces the matches in `text`, but skips the `placeholders` in it.
    pub(super) fn mask<'t>(&self, text: Cow<'t, str>, placeholders: &[&str]) -> Cow<'t, str> {
        let mut masked = String::new();
        let mut done = 0;
        let mut at = 0;
        while at <= text.len() {
            let (end, next) = next_placeholder(&text, at, placeholders);
            let part = text.get(..end).unwrap_or_default();
            while let Some((start, stop)) = self.next_match(part, &mut at) {
                if text.get(start..stop) != Some(&self.placeholder) {
                    masked.push_str(text.get(done..start).unwrap_or_default());
                    masked.push_str(&self.placeholder);
                    done = stop;
                }
            }
            at = next;
        }
        if done == 0 {
            return text;
        }
        masked.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(masked)
    }

    /// Returns the next non-empty match at or after `at`, and moves `at` to its end.
    fn next_match(&self, text: &str, at: &mut usize) -> Option<(usize, usize)> {
        while *at < text.len() {
            let end = floor(text, at.saturating_add(WINDOW_BYTES));
            let window = text.get(..end)?;
            steps::add(end - *at);
            let last = end == text.len();
            *at = match self.regex.find_at(window, *at) {
                // A match that reaches the end of the window may continue beyond the window.
                Some(found) if !last && found.end() == end && found.start() > *at => found.start(),
                Some(found) if found.is_empty() => ceil(text, found.end() + 1),
                Some(found) => {
                    *at = found.end();
                    return Some((found.start(), found.end()));
                }
                None if last => return None,
                None => floor(text, end - OVERLAP_BYTES).max(ceil(text, *at + 1)),
            };
        }
        None
    }
}

/// Returns the range of the first placeholder at or after `from`. If there is none, the range
/// starts at the end of the text.
fn next_placeholder(text: &str, from: usize, placeholders: &[&str]) -> (usize, usize) {
    let rest = text.get(from..).unwrap_or_default();
    for (index, _) in rest.match_indices('[') {
        let starts = |placeholder: &&&str| {
            rest.get(index..)
                .is_some_and(|rest| rest.starts_with(**placeholder))
        };
        if let Some(placeholder) = placeholders
            .iter()
            .filter(starts)
            .map(|placeholder| placeholder.len())
            .max()
        {
            return (from + index, from + index + placeholder);
        }
    }
    (text.len(), text.len() + 1)
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(pattern: &str, text: &str) -> String {
        let pattern = Pattern::new(pattern).unwrap();
        pattern
            .mask(Cow::Borrowed(text), &["[email]", PLACEHOLDER])
            .into_owned()
    }

    #[test]
    fn matches_are_replaced() {
        assert_eq!(
            mask(r"EMP-\d+", "ask EMP-17 or EMP-18"),
            "ask [masked] or [masked]"
        );
        assert_eq!(mask("ü+", "grüün"), "gr[masked]n");
        assert_eq!(mask("x*", "grüxn"), "grü[masked]n");
        assert_eq!(mask("^a", "aa"), "[masked]a");
    }

    #[test]
    fn placeholders_are_kept() {
        assert_eq!(mask(r"\w+", "me [email] you"), "[masked] [email] [masked]");
        assert_eq!(mask(r"\[.*\]", "[email] [x]"), "[email] [masked]");
        assert_eq!(mask("mask", "[masked]"), "[masked]");
        assert!(matches!(
            Pattern::new("a")
                .unwrap()
                .replaced_by("a")
                .mask("aaa".into(), &[]),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn matches_are_found_across_windows() {
        for offset in (600..1300).step_by(7) {
            let filler = "ü".repeat(offset / 2);
            let text = format!("{filler}<{}>{filler}", "a".repeat(250));
            assert_eq!(
                mask("<a*>", &text),
                format!("{filler}[masked]{filler}"),
                "{offset}"
            );
        }
    }

    #[test]
    fn errors_name_the_pattern() {
        let error = Pattern::new("(").unwrap_err();
        assert_eq!(error.to_string(), "invalid pattern `(`");
        assert!(std::error::Error::source(&error).is_some());
        assert!(Pattern::new(r"(\w{1000}){1000}").is_err());
    }

    #[test]
    fn many_searches_take_linear_time() {
        // Each search reads to the end of its window, finds no `b`, and then matches only one `a`.
        let pattern = Pattern::new("a(.*b)?").unwrap();
        let steps = |n: usize| {
            steps::take();
            let text = "a".repeat(n);
            pattern.mask(Cow::Borrowed(&text), &[]);
            steps::take()
        };
        let (once, twice) = (steps(4000), steps(8000));
        assert!(twice < once * 5 / 2, "{once} {twice}");
    }
}
