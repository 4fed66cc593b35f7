//! Segment's *Spec: AI Copilot* as data, in the order of its overview table.

/// An event of the spec.
#[derive(Debug)]
pub(super) struct EventSpec {
    pub(super) name: &'static str,
    pub(super) properties: &'static [PropertySpec],
}

/// A property of an event of the spec.
#[derive(Debug)]
pub(super) struct PropertySpec {
    pub(super) name: &'static str,
    pub(super) kind: PropertyType,
    pub(super) need: Presence,
}

/// What a property's value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PropertyType {
    Text,
    Number,
}

/// Whether a property has to be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Presence {
    /// The spec lists it without a default.
    Required,
    /// The spec lists it in one place and not in the other, or the event can do without it.
    Recommended,
    /// It has a default.
    Optional,
}

const fn text(name: &'static str) -> PropertySpec {
    PropertySpec {
        name,
        kind: PropertyType::Text,
        need: Presence::Required,
    }
}

const fn number(name: &'static str, need: Presence) -> PropertySpec {
    PropertySpec {
        name,
        kind: PropertyType::Number,
        need,
    }
}

const CONVERSATION: PropertySpec = text("conversationId");
const MESSAGE: PropertySpec = text("messageId");
/// Its default depends on the event.
const ROLE: PropertySpec = PropertySpec {
    name: "role",
    kind: PropertyType::Text,
    need: Presence::Optional,
};

const COMPONENT: &[PropertySpec] = &[CONVERSATION, MESSAGE, text("type")];
const MESSAGE_EVENT: &[PropertySpec] = &[CONVERSATION, MESSAGE, text("message_body"), ROLE];

/// The events, Standard Track calls and Identify apart.
pub(super) const EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "Conversation Started",
        properties: &[CONVERSATION],
    },
    EventSpec {
        name: "Message Sent",
        properties: MESSAGE_EVENT,
    },
    EventSpec {
        name: "Message Received",
        properties: MESSAGE_EVENT,
    },
    // `message_count` is in the overview table alone, not in the event's own.
    EventSpec {
        name: "Conversation Ended",
        properties: &[CONVERSATION, number("message_count", Presence::Recommended)],
    },
    EventSpec {
        name: "Action Invoked",
        properties: &[CONVERSATION, MESSAGE, text("type"), text("action"), ROLE],
    },
    EventSpec {
        name: "Media Generated",
        properties: &[CONVERSATION, MESSAGE, text("type"), text("sub_type"), ROLE],
    },
    EventSpec {
        name: "Component Loaded",
        properties: COMPONENT,
    },
    // The live-chat list's name of the same.
    EventSpec {
        name: "Custom Component Loaded",
        properties: COMPONENT,
    },
    EventSpec {
        name: "Feedback Submitted",
        properties: &[
            CONVERSATION,
            // "When a user rates a conversation or message": a conversation has none.
            PropertySpec {
                name: "messageId",
                kind: PropertyType::Text,
                need: Presence::Recommended,
            },
            number("rating", Presence::Required),
        ],
    },
];

/// The event of exactly this name.
pub(super) fn known(name: &str) -> Option<&'static EventSpec> {
    EVENTS.iter().find(|known| known.name == name)
}
