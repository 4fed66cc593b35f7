//! The memory that the strings of an event use.
//!
//! A derive macro does not know whether a field is a string, but method resolution does. For
//! `(&&SizeProbe(&field)).text_len()`, it finds the method of [`TextField`] if the type of the
//! field implements [`TextSize`]. Otherwise, it dereferences once more and finds the method of
//! [`OtherField`].

use std::borrow::Cow;

use crate::util::json::tree::{heap_size, map_heap_size};

/// A string, or a value that contains strings.
pub trait TextSize {
    /// Returns the number of bytes.
    fn text_size(&self) -> usize;
}

impl TextSize for str {
    fn text_size(&self) -> usize {
        self.len()
    }
}

impl TextSize for String {
    fn text_size(&self) -> usize {
        // Unused capacity occupies memory too.
        self.capacity()
    }
}

impl TextSize for Cow<'_, str> {
    fn text_size(&self) -> usize {
        match self {
            Cow::Borrowed(text) => text.len(),
            Cow::Owned(text) => text.capacity(),
        }
    }
}

impl<T: TextSize + ?Sized> TextSize for &T {
    fn text_size(&self) -> usize {
        (**self).text_size()
    }
}

impl<T: TextSize + ?Sized> TextSize for Box<T> {
    fn text_size(&self) -> usize {
        (**self).text_size()
    }
}

impl<T: TextSize + ?Sized> TextSize for std::sync::Arc<T> {
    fn text_size(&self) -> usize {
        (**self).text_size()
    }
}

impl<T: TextSize> TextSize for Option<T> {
    fn text_size(&self) -> usize {
        self.as_ref().map_or(0, TextSize::text_size)
    }
}

impl<T: TextSize> TextSize for Vec<T> {
    fn text_size(&self) -> usize {
        self.iter()
            .map(|text| size_of::<T>() + text.text_size())
            .sum()
    }
}

impl TextSize for serde_json::Value {
    fn text_size(&self) -> usize {
        heap_size([self])
    }
}

impl TextSize for serde_json::Map<String, serde_json::Value> {
    fn text_size(&self) -> usize {
        map_heap_size(self)
    }
}

/// A field to measure.
#[derive(Debug)]
pub struct SizeProbe<'a, T: ?Sized>(pub &'a T);

/// The size of a field that contains strings.
pub trait TextField {
    /// Returns the number of bytes.
    fn text_len(&self) -> usize;
}

impl<T: TextSize + ?Sized> TextField for &SizeProbe<'_, T> {
    fn text_len(&self) -> usize {
        self.0.text_size()
    }
}

/// The size of any other field: zero.
pub trait OtherField {
    /// Returns zero.
    fn text_len(&self) -> usize;
}

impl<T: ?Sized> OtherField for SizeProbe<'_, T> {
    fn text_len(&self) -> usize {
        0
    }
}

#[cfg(test)]
#[allow(clippy::needless_borrow, reason = "like the calls in expanded code")]
mod tests {
    use super::*;

    #[test]
    fn only_strings_are_measured() {
        let (text, absent, texts) = ("abc".to_owned(), None::<String>, vec!["ab", "c"]);
        assert_eq!((&&SizeProbe(&text)).text_len(), 3);
        assert_eq!((&&SizeProbe(&absent)).text_len(), 0);
        assert_eq!((&&SizeProbe(&texts)).text_len(), 2 * size_of::<&str>() + 3);
        assert_eq!((&&SizeProbe(&7_u64)).text_len(), 0);
        assert_eq!((&&SizeProbe(&[1_u8])).text_len(), 0);
    }
}
