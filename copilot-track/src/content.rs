//! How much of what was said leaves the process.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How much of what a customer or an agent said is sent.
///
/// Set for a tracker ([`Builder::content`](crate::Builder::content)), by the environment
/// (`COPILOT_TRACK_CONTENT`: `full` or `hidden`) and for a conversation
/// ([`Conversation::set_content`](crate::Conversation::set_content)); the strictest of them holds. It
/// is about message bodies and the fields that a derive marks as `#[track(content)]`, and is applied
/// before anything else sees the event: hooks, transports, logs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Content {
    /// All of it, as the spec has it.
    #[default]
    Full,
    /// None: in its place stands `[hidden: 48 characters]`.
    Hidden,
}

/// Why a text names no [`Content`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `full` or `hidden`")]
pub struct InvalidContent;

impl FromStr for Content {
    type Err = InvalidContent;

    fn from_str(text: &str) -> Result<Self, InvalidContent> {
        match text.trim().to_ascii_lowercase().as_str() {
            "full" => Ok(Self::Full),
            "hidden" => Ok(Self::Hidden),
            _ => Err(InvalidContent),
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Full => "full",
            Self::Hidden => "hidden",
        })
    }
}

impl Content {
    /// What may be sent in place of `said`.
    pub(crate) fn apply(self, said: Value) -> Value {
        match (self, said) {
            (Self::Full, said) => said,
            (Self::Hidden, Value::Null) => Value::Null,
            (Self::Hidden, Value::String(text)) => Value::String(hidden(&text)),
            // Not a text, but marked as content all the same.
            (Self::Hidden, _) => Value::String("[hidden]".to_owned()),
        }
    }
}

fn hidden(text: &str) -> String {
    format!("[hidden: {} characters]", text.chars().count())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_stricter_is_the_greater() {
        assert!(Content::Full < Content::Hidden);
        assert_eq!("HIDDEN".parse(), Ok(Content::Hidden));
        assert_eq!("".parse::<Content>(), Err(InvalidContent));
    }

    #[test]
    fn hidden_tells_the_length_alone() {
        let hidden = |said| Content::Hidden.apply(said);
        assert_eq!(hidden(json!("größe")), json!("[hidden: 5 characters]"));
        assert_eq!(hidden(json!(["a", "b"])), json!("[hidden]"));
        assert_eq!(hidden(json!(null)), json!(null));
        assert_eq!(Content::Full.apply(json!("a")), json!("a"));
    }
}
