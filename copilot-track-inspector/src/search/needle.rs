//! Text comparison that ignores case.

use std::borrow::Cow;

/// The text of a search that ignores case. A search for "K" also finds the Kelvin sign, whose
/// lowercase form is "k".
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Needle {
    folded: String,
}

impl Needle {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            folded: fold(text.trim()).into_owned(),
        }
    }

    /// Returns the text in lowercase.
    #[cfg(feature = "sqlite")]
    pub(crate) fn folded(&self) -> &str {
        &self.folded
    }

    /// Returns whether `text` contains the needle.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        if text.is_ascii() {
            return is_in_ascii(self.folded.as_bytes(), text.as_bytes());
        }
        fold(text).contains(&self.folded)
    }

    /// Returns whether `text` is the needle.
    pub(crate) fn equals(&self, text: &str) -> bool {
        fold(text) == self.folded.as_str()
    }
}

/// Returns the lowercase form of a text. Each character is converted by itself, so the lowercase
/// form of a part is a part of the lowercase form.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        return Cow::Owned(text.chars().flat_map(char::to_lowercase).collect());
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Borrowed(text)
}

fn is_in_ascii(needle: &[u8], text: &[u8]) -> bool {
    let Some((&first, rest)) = needle.split_first() else {
        return true;
    };
    let Some(last) = text.len().checked_sub(needle.len()) else {
        return false;
    };
    (0..=last).any(|at| {
        text.get(at)
            .is_some_and(|byte| byte.eq_ignore_ascii_case(&first))
            && text
                .get(at + 1..at + needle.len())
                .is_some_and(|text| text.eq_ignore_ascii_case(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_ignores_case_in_any_script() {
        for (needle, text) in [
            ("WIDGET", "the Super Widget"),
            ("straße", "Die STRASSE und die Straße"),
            ("ÄPFEL", "zwei äpfel"),
            ("привет", "ПРИВЕТ"),
            ("", "anything"),
            (" padded ", "unpadded"),
            ("日本", "日本語"),
            ("ΟΔΟΣ", "ΟΔΟΣΑ"),
            ("kelvin", "\u{212a}elvin"),
        ] {
            assert!(Needle::new(needle).is_in(text), "{needle}");
        }
        for (needle, text) in [("widgets", "Widget"), ("x", ""), ("é", "e")] {
            assert!(!Needle::new(needle).is_in(text), "{needle}");
        }
        assert!(Needle::new("Äpfel").equals("ÄPFEL"));
        assert!(!Needle::new("Äpfel").equals("Äpfel!"));
    }
}
