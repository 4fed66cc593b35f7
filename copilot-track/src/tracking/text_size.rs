//! The bytes that an event's texts keep in memory.
//!
//! A derive cannot know whether a field is text. Method resolution can:
//! `(&&Probe(&field)).text_len()` finds [`Text`] where the field's type is [`TextLen`], and falls
//! back to [`NotText`] one reference later.

use std::borrow::Cow;

/// Text, or something that holds texts, whose length is known without walking a structure of
/// unknown size.
pub trait TextLen {
    /// Bytes of text.
    fn text_bytes(&self) -> usize;
}

impl TextLen for str {
    fn text_bytes(&self) -> usize {
        self.len()
    }
}

impl TextLen for String {
    fn text_bytes(&self) -> usize {
        // What it holds, used or not.
        self.capacity()
    }
}

impl TextLen for Cow<'_, str> {
    fn text_bytes(&self) -> usize {
        match self {
            Cow::Borrowed(text) => text.len(),
            Cow::Owned(text) => text.capacity(),
        }
    }
}

impl<T: TextLen + ?Sized> TextLen for &T {
    fn text_bytes(&self) -> usize {
        (**self).text_bytes()
    }
}

impl<T: TextLen + ?Sized> TextLen for Box<T> {
    fn text_bytes(&self) -> usize {
        (**self).text_bytes()
    }
}

impl<T: TextLen + ?Sized> TextLen for std::sync::Arc<T> {
    fn text_bytes(&self) -> usize {
        (**self).text_bytes()
    }
}

impl<T: TextLen> TextLen for Option<T> {
    fn text_bytes(&self) -> usize {
        self.as_ref().map_or(0, TextLen::text_bytes)
    }
}

impl<T: TextLen> TextLen for Vec<T> {
    fn text_bytes(&self) -> usize {
        self.iter()
            .map(|text| size_of::<T>() + text.text_bytes())
            .sum()
    }
}

impl TextLen for serde_json::Value {
    fn text_bytes(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => 0,
            Self::String(text) => text.len(),
            Self::Array(values) => values.text_bytes(),
            Self::Object(fields) => fields.text_bytes(),
        }
    }
}

impl TextLen for serde_json::Map<String, serde_json::Value> {
    fn text_bytes(&self) -> usize {
        self.iter()
            .map(|(name, value)| size_of_val(value) + name.len() + value.text_bytes())
            .sum()
    }
}

/// A field that is measured.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

/// The length of a field that is text.
pub trait Text {
    /// Bytes of text.
    fn text_len(&self) -> usize;
}

impl<T: TextLen + ?Sized> Text for &Probe<'_, T> {
    fn text_len(&self) -> usize {
        self.0.text_bytes()
    }
}

/// Zero, for every other field.
pub trait NotText {
    /// Zero.
    fn text_len(&self) -> usize;
}

impl<T: ?Sized> NotText for Probe<'_, T> {
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
        assert_eq!((&&Probe(&text)).text_len(), 3);
        assert_eq!((&&Probe(&absent)).text_len(), 0);
        assert_eq!((&&Probe(&texts)).text_len(), 2 * size_of::<&str>() + 3);
        assert_eq!((&&Probe(&7_u64)).text_len(), 0);
        assert_eq!((&&Probe(&[1_u8])).text_len(), 0);
    }
}
