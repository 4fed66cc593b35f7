//! The attribute macros, and the arguments that each of them accepts. `docs/crate.md` documents
//! both.

use std::fmt;

use proc_macro2::{Ident, Span};

/// An attribute macro.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AttributeKind {
    Tool,
    Reply,
    Turn,
    Media,
    Component,
    Message,
    Feedback,
    Conversation,
}

use AttributeKind::{Component, Conversation, Feedback, Media, Message, Reply, Tool, Turn};

const ALL: &[AttributeKind] = &[
    Tool,
    Reply,
    Turn,
    Media,
    Component,
    Message,
    Feedback,
    Conversation,
];
/// The attributes whose events have a `messageId`.
const MESSAGE_EVENTS: &[AttributeKind] = &[Tool, Reply, Turn, Media, Component, Message, Feedback];
/// The attributes whose events are sent when the function has returned a value.
const RESULT_EVENTS: &[AttributeKind] = &[Tool, Reply, Turn, Media, Component, Feedback];

/// Every argument and the attributes that accept it.
const KEYS: &[(&str, &[AttributeKind])] = &[
    ("type", &[Tool, Media, Component]),
    ("action", &[Tool]),
    ("sub_type", &[Media]),
    ("role", &[Tool, Reply, Turn, Media, Message]),
    ("message", &[Turn]),
    ("body", &[Reply, Turn, Message]),
    ("rating", &[Feedback]),
    ("conversation", ALL),
    ("message_id", MESSAGE_EVENTS),
    ("properties", MESSAGE_EVENTS),
    ("texts", MESSAGE_EVENTS),
    ("result", RESULT_EVENTS),
    ("record", &[Tool, Reply, Turn]),
    ("media", &[Tool, Reply, Turn]),
    ("when", ALL),
    ("stream", &[Reply, Turn]),
    ("future", ALL),
    ("crate", ALL),
];

/// The arguments inside `media(…)`.
pub(crate) const MEDIA_KEYS: &[&str] = &[
    "type",
    "sub_type",
    "role",
    "message_id",
    "properties",
    "texts",
];

/// The arguments inside `record(…)`.
pub(crate) const RECORD_KEYS: &[&str] = &["duration", "outcome", "error_type", "first_chunk"];

impl AttributeKind {
    /// Returns the arguments that the attribute accepts, in the order of [`KEYS`].
    pub(crate) fn accepted_keys(self) -> Vec<&'static str> {
        KEYS.iter()
            .filter(|(_, on)| on.contains(&self))
            .map(|(key, _)| *key)
            .collect()
    }

    /// Returns the attributes that accept `key`.
    pub(crate) fn accepting(key: &str) -> &'static [AttributeKind] {
        KEYS.iter()
            .find(|(name, _)| *name == key)
            .map_or(&[], |(_, on)| on)
    }

    /// Returns the required arguments, each with an example.
    pub(crate) fn required_keys(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Tool => &[("type", "type = \"Inventory Request\"")],
            Media => &[
                ("type", "type = \"image\""),
                ("sub_type", "sub_type = \"png\""),
            ],
            Component => &[("type", "type = \"Stock Price Chart\"")],
            Message => &[("body", "body = text")],
            Feedback => &[("rating", "rating = stars")],
            Conversation => &[("conversation", "conversation = conversation")],
            Turn => &[("message", "message = text")],
            Reply => &[],
        }
    }

    /// Returns the properties that the spec defines for the attribute's event.
    pub(crate) fn spec_properties(self) -> &'static [&'static str] {
        match self {
            Tool => &["type", "action", "role"],
            Media => &["type", "sub_type", "role"],
            Component => &["type"],
            Reply | Turn | Message => &["message_body", "role"],
            Feedback => &["rating"],
            Conversation => &[],
        }
    }

    /// Returns whether the attribute sends Message Received.
    pub(crate) fn is_reply(self) -> bool {
        matches!(self, Reply | Turn)
    }

    /// Returns whether a method with the name of the attribute tracks a future.
    pub(crate) fn has_method(self) -> bool {
        matches!(self, Tool | Reply | Media | Component)
    }

    /// Returns the attribute with the name `ident`.
    pub(crate) fn named(ident: &Ident) -> Option<Self> {
        // Most attributes belong to other crates. Comparing an `Ident` would convert it each time.
        let name = ident.to_string();
        if !name.starts_with("tracked_") {
            return None;
        }
        ALL.iter().copied().find(|kind| name == kind.name())
    }

    /// Returns the name of the macro as an identifier.
    pub(crate) fn ident(self) -> Ident {
        Ident::new(self.name(), Span::call_site())
    }

    /// Returns the name of the macro.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tool => "tracked_tool",
            Reply => "tracked_reply",
            Turn => "tracked_turn",
            Media => "tracked_media",
            Component => "tracked_component",
            Message => "tracked_message",
            Feedback => "tracked_feedback",
            Conversation => "tracked_conversation",
        }
    }
}

impl fmt::Display for AttributeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#[{}]", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::function::attrs::OWN_ATTRIBUTES;

    #[test]
    fn the_list_of_own_attributes_is_complete() {
        let mut names: Vec<&str> = ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        assert_eq!(names, OWN_ATTRIBUTES);
    }
}
