//! The view through which finders read text.
//!
//! Finders read text only through [`Haystack`], so that tests can count every step.

use std::borrow::Cow;

/// A range of bytes to mask, and its replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) placeholder: &'static str,
}

/// The text that is being searched. Positions are byte offsets at character boundaries.
#[derive(Clone, Copy)]
pub(super) struct Haystack<'t>(&'t str);

impl<'t> Haystack<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self(text)
    }

    /// Returns the character that starts at `at`.
    pub(super) fn char(self, at: usize) -> Option<char> {
        steps::add(1);
        self.0.get(at..)?.chars().next()
    }

    /// Returns the character that ends at `at`.
    pub(super) fn before(self, at: usize) -> Option<char> {
        steps::add(1);
        self.0.get(..at)?.chars().next_back()
    }

    pub(super) fn starts_with(self, at: usize, prefix: &str) -> bool {
        steps::add(prefix.len());
        self.0
            .get(at..)
            .is_some_and(|rest| rest.starts_with(prefix))
    }

    /// Returns the end of the run of matching characters that starts at `at`.
    pub(super) fn skip_while(self, mut at: usize, matches: impl Fn(char) -> bool) -> usize {
        while let Some(c) = self.char(at).filter(|&c| matches(c)) {
            at += c.len_utf8();
        }
        at
    }

    /// Like [`skip_while`](Self::skip_while), but skips at most `max` characters.
    pub(super) fn skip_up_to(
        self,
        mut at: usize,
        max: usize,
        matches: impl Fn(char) -> bool,
    ) -> usize {
        for _ in 0..max {
            let Some(c) = self.char(at).filter(|&c| matches(c)) else {
                break;
            };
            at += c.len_utf8();
        }
        at
    }

    /// Returns the start of the run of at most `max` matching characters that ends at `at`.
    pub(super) fn skip_back(
        self,
        mut at: usize,
        max: usize,
        matches: impl Fn(char) -> bool,
    ) -> usize {
        for _ in 0..max {
            let Some(c) = self.before(at).filter(|&c| matches(c)) else {
                break;
            };
            at -= c.len_utf8();
        }
        at
    }

    pub(super) fn slice(self, start: usize, end: usize) -> &'t str {
        let slice = self.0.get(start..end).unwrap_or_default();
        steps::add(slice.len());
        slice
    }

    /// Returns the position of the first `needle` at or after `from`.
    pub(super) fn find(self, from: usize, needle: &str) -> Option<usize> {
        let rest = self.0.get(from..).unwrap_or_default();
        let found = rest.find(needle);
        steps::add(found.unwrap_or(rest.len()));
        Some(from + found?)
    }

    pub(super) fn contains(self, needle: &str) -> bool {
        self.find(0, needle).is_some()
    }

    pub(super) fn len(self) -> usize {
        self.0.len()
    }
}

/// Returns whether `c` is a space that can separate the groups of a number. A line break cannot,
/// because digits on two lines are two numbers.
pub(super) fn is_space(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    ) || is_invisible(c)
}

/// Returns whether `c` has no width, such as a zero-width space or a soft hyphen. Text that is
/// copied from web pages contains such characters.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
    )
}

/// Returns whether `c` is a letter or a mark that belongs to a letter. Words in Hindi, Thai, and
/// Arabic contain marks that are not alphabetic.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphabetic()
        || matches!(
            c,
            '\u{300}'..='\u{36f}'
                | '\u{5b0}'..='\u{5c7}'
                | '\u{64b}'..='\u{65f}'
                | '\u{93c}'
                | '\u{94d}'
                | '\u{9bc}'
                | '\u{9cd}'
                | '\u{e47}'..='\u{e4e}'
        )
}

pub(super) fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}'
    )
}

pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}

/// Replaces the matches with their placeholders. The matches must be sorted and must not overlap.
pub(super) fn replace<'t>(text: Cow<'t, str>, matches: &[Match]) -> Cow<'t, str> {
    if matches.is_empty() {
        return text;
    }
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for found in matches {
        masked.push_str(text.get(done..found.start).unwrap_or_default());
        masked.push_str(found.placeholder);
        done = found.end;
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(masked)
}

#[cfg(not(test))]
pub(super) mod steps {
    pub(crate) fn add(_: usize) {}
}

/// Counts the characters that this thread has read.
#[cfg(test)]
pub(super) mod steps {
    use std::cell::Cell;

    thread_local!(static STEPS: Cell<usize> = const { Cell::new(0) });

    pub(crate) fn add(steps: usize) {
        STEPS.set(STEPS.get() + steps);
    }

    /// Returns the number of steps since the previous call.
    pub(crate) fn take() -> usize {
        STEPS.replace(0)
    }
}
