//! The bytes that an event's texts keep in memory.
//!
//! A derive cannot know whether a field is text. Method resolution can:
//! `(&&SizeProbe(&field)).text_len()` finds [`TextField`] where the field's type is [`TextSize`], and falls
//! back to [`OtherField`] one reference later.

use std::borrow::Cow;

/// Text, or something that holds texts, whose length is known without walking a structure of
/// unknown size.
pub trait TextSize {
    /// Bytes of text.
    fn text_size(&self) -> usize;
}

impl TextSize for str {
    fn text_size(&self) -> usize {
        self.len()
    }
}

impl TextSize for String {
    fn text_size(&self) -> usize {
        // What it holds, used or not.
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
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => 0,
            Self::String(text) => text.len(),
            Self::Array(values) => values.text_size(),
            Self::Object(fields) => fields.text_size(),
        }
    }
}

impl TextSize for serde_json::Map<String, serde_json::Value> {
    fn text_size(&self) -> usize {
        self.iter()
            .map(|(name, value)| size_of_val(value) + name.len() + value.text_size())
            .sum()
    }
}

/// A field that is measured.
#[derive(Debug)]
pub struct SizeProbe<'a, T: ?Sized>(pub &'a T);

/// The length of a field that is text.
pub trait TextField {
    /// Bytes of text.
    fn text_len(&self) -> usize;
}

impl<T: TextSize + ?Sized> TextField for &SizeProbe<'_, T> {
    fn text_len(&self) -> usize {
        self.0.text_size()
    }
}

/// Zero, for every other field.
pub trait OtherField {
    /// Zero.
    fn text_len(&self) -> usize;
}

impl<T: ?Sized> OtherField for SizeProbe<'_, T> {
    fn text_len(&self) -> usize {
        0
    }
}

#[cfg(test)]
#[allow(clippy::needless_borrow, reason = "as expanded code calls it")]
mod tests {
    use super::*;

    #[test]
    fn text_is_measured_and_anything_else_is_not() {
        let (text, absent, texts) = ("abc".to_owned(), None::<String>, vec!["ab", "c"]);
        assert_eq!((&&SizeProbe(&text)).text_len(), 3);
        assert_eq!((&&SizeProbe(&absent)).text_len(), 0);
        assert_eq!((&&SizeProbe(&texts)).text_len(), 2 * size_of::<&str>() + 3);
        assert_eq!((&&SizeProbe(&7_u64)).text_len(), 0);
        assert_eq!((&&SizeProbe(&[1_u8])).text_len(), 0);
    }
}
