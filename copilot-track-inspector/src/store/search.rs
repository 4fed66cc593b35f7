//! Case-insensitive search in ids, users, event names, message text, and the types of tools and
//! media.

use crate::event::model::Event;

/// The text of a case-insensitive search.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    lower: String,
    ascii: bool,
}

impl Needle {
    pub(crate) fn new(text: &str) -> Self {
        let lower = text.trim().to_lowercase();
        Self {
            ascii: lower.is_ascii(),
            lower,
        }
    }

    /// Returns whether `text` contains the needle.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        if self.ascii {
            return is_in_ascii(self.lower.as_bytes(), text.as_bytes());
        }
        text.to_lowercase().contains(&self.lower)
    }

    /// Returns whether a searchable field of an event contains the needle.
    pub(crate) fn is_in_event(&self, event: &Event) -> bool {
        fields(event).any(|text| self.is_in(text))
    }
}

/// Returns the searchable fields of an event.
fn fields(event: &Event) -> impl Iterator<Item = &String> {
    [
        &event.text,
        &event.name,
        &event.conversation_id,
        &event.message_id,
        &event.envelope_id,
        &event.user_id,
        &event.anonymous_id,
        &event.labels,
    ]
    .into_iter()
    .flatten()
}

/// Returns all searchable fields as one string, separated by a control character.
#[cfg(feature = "sqlite")]
pub(crate) fn text(event: &Event) -> String {
    fields(event).fold(String::new(), |mut all, field| {
        all.push_str(field);
        all.push(SEPARATOR);
        all
    })
}

#[cfg(feature = "sqlite")]
const SEPARATOR: char = '\u{1f}';

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
        ] {
            assert!(Needle::new(needle).is_in(text), "{needle}");
        }
        for (needle, text) in [("widgets", "Widget"), ("x", ""), ("é", "e")] {
            assert!(!Needle::new(needle).is_in(text), "{needle}");
        }
    }
}
