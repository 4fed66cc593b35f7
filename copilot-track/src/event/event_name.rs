//! The check of an event name that is a constant.

use crate::event::spec::{
    ActionInvoked, ComponentLoaded, ConversationEnded, ConversationStarted, CustomComponentLoaded,
    FeedbackSubmitted, MediaGenerated, MessageReceived, MessageSent,
};

/// Names that custom events may not use.
const RESERVED: &[&str] = &[
    ConversationStarted::NAME,
    MessageSent::NAME,
    MessageReceived::NAME,
    ConversationEnded::NAME,
    ActionInvoked::NAME,
    MediaGenerated::NAME,
    ComponentLoaded::NAME,
    CustomComponentLoaded::NAME,
    FeedbackSubmitted::NAME,
    "Identify",
];

/// An event whose name is a constant.
///
/// The constant has a long name. If it were `NAME`, the path `Self::NAME` of a constant of another
/// trait would be ambiguous inside an impl of this trait.
pub trait ConstantName {
    /// The name of the event, without leading and trailing whitespace.
    const EVENT_NAME_OF_COPILOT_TRACK: &'static str;
}

/// Returns the name without leading and trailing whitespace.
#[must_use]
pub const fn event_name(name: &'static str) -> &'static str {
    name.trim_ascii()
}

/// Returns why a constant cannot be the name of an event.
#[must_use]
pub const fn event_name_problem(name: &'static str) -> Option<&'static str> {
    let name = event_name(name);
    if name.is_empty() {
        return Some("the name of an event must not be empty");
    }
    let mut rest = name.as_bytes();
    while let [first, others @ ..] = rest {
        if first.is_ascii_control() {
            return Some(
                "the name of an event must not contain line breaks, tabs, or other control characters",
            );
        }
        rest = others;
    }
    let mut reserved = RESERVED;
    while let [first, others @ ..] = reserved {
        if first.eq_ignore_ascii_case(name) {
            return Some(
                "this event name is reserved by the spec; use the type in `copilot_track::spec`, or another name",
            );
        }
        reserved = others;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed() {
        const NAME: &str = event_name(" Item Purchased\n");
        assert_eq!(NAME, "Item Purchased");
        assert_eq!(event_name_problem(" Item Purchased\n"), None);
    }

    #[test]
    fn an_unusable_name_is_rejected() {
        for name in ["", " \t", "Item\nPurchased", " message sent ", "IDENTIFY"] {
            assert!(event_name_problem(name).is_some(), "{name:?}");
        }
    }
}
