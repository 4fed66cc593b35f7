//! Cuts the strings of an event that are too long for the queue.
//!
//! A derive macro does not know whether a field is a string, but method resolution does. For
//! `(&mut &mut ShortenProbe(&mut field)).shorten()`, it finds the method of [`LongTextField`] if
//! the type of the field implements [`LongText`]. Otherwise, it dereferences once more and finds
//! the method of [`OtherLongField`].

use std::borrow::Cow;

use serde_json::Value;

use crate::util::truncation;

/// A string that can be cut, or a value that can contain such a string.
pub trait LongText {
    /// Cuts the string if it is too long for the queue.
    fn shorten(&mut self);
}

impl LongText for String {
    fn shorten(&mut self) {
        truncation::shorten(self);
    }
}

impl LongText for Cow<'_, str> {
    fn shorten(&mut self) {
        if let Cow::Owned(text) = self {
            text.shorten();
        }
    }
}

impl LongText for Value {
    fn shorten(&mut self) {
        if let Self::String(text) = self {
            text.shorten();
        }
    }
}

impl<T: LongText> LongText for Option<T> {
    fn shorten(&mut self) {
        if let Some(text) = self {
            text.shorten();
        }
    }
}

impl<T: LongText> LongText for Box<T> {
    fn shorten(&mut self) {
        (**self).shorten();
    }
}

/// A field that may contain a long string.
#[derive(Debug)]
pub struct ShortenProbe<'a, T: ?Sized>(pub &'a mut T);

/// A field that can be cut.
pub trait LongTextField {
    /// Cuts the field if it is too long for the queue.
    fn shorten(&mut self);
}

impl<T: LongText + ?Sized> LongTextField for &mut ShortenProbe<'_, T> {
    fn shorten(&mut self) {
        self.0.shorten();
    }
}

/// Any other field.
pub trait OtherLongField {
    /// Does nothing.
    fn shorten(&mut self);
}

impl<T: ?Sized> OtherLongField for ShortenProbe<'_, T> {
    fn shorten(&mut self) {}
}

#[cfg(test)]
#[allow(clippy::needless_borrow, reason = "like the calls in expanded code")]
mod tests {
    use super::{LongTextField as _, OtherLongField as _, ShortenProbe};
    use crate::util::truncation::MAX_QUEUED_TEXT;

    #[test]
    fn only_strings_are_cut() {
        let text = || "x".repeat(2 * MAX_QUEUED_TEXT);
        let (mut string, mut optional, mut list) = (text(), Some(text()), vec![text()]);
        (&mut &mut ShortenProbe(&mut string)).shorten();
        (&mut &mut ShortenProbe(&mut optional)).shorten();
        (&mut &mut ShortenProbe(&mut list)).shorten();
        for cut in [string, optional.unwrap()] {
            assert!(cut.len() < MAX_QUEUED_TEXT + 100);
        }
        // The elements of a list are not truncated when the event is encoded either.
        assert_eq!(list, [text()]);
    }
}
