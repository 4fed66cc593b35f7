//! Segment's *Spec: AI Copilot* as data. The events are in the order of the spec's overview table.

/// An event that the spec defines.
#[derive(Debug)]
pub(super) struct EventSpec {
    pub(super) name: &'static str,
    pub(super) properties: &'static [PropertySpec],
}

/// A property that the spec defines for an event.
#[derive(Debug)]
pub(super) struct PropertySpec {
    pub(super) name: &'static str,
    pub(super) value_type: PropertyType,
    pub(super) presence: Presence,
}

/// The type of a property's value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PropertyType {
    String,
    Number,
    /// A whole number that is not negative.
    Count,
}

/// Whether a property is required.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Presence {
    /// The spec lists the property without a default.
    Required,
    /// The spec lists the property in one place but not in another, or the event is valid without
    /// it.
    Recommended,
    /// The property has a default.
    Optional,
}

const fn string(name: &'static str) -> PropertySpec {
    PropertySpec {
        name,
        value_type: PropertyType::String,
        presence: Presence::Required,
    }
}

const fn number(name: &'static str, value_type: PropertyType, presence: Presence) -> PropertySpec {
    PropertySpec {
        name,
        value_type,
        presence,
    }
}

const CONVERSATION: PropertySpec = string("conversationId");
const MESSAGE: PropertySpec = string("messageId");
/// The default depends on the event.
const ROLE: PropertySpec = PropertySpec {
    name: "role",
    value_type: PropertyType::String,
    presence: Presence::Optional,
};

const COMPONENT: &[PropertySpec] = &[CONVERSATION, MESSAGE, string("type")];
const MESSAGE_EVENT: &[PropertySpec] = &[CONVERSATION, MESSAGE, string("message_body"), ROLE];

/// The events that the spec defines, except Standard Track calls and Identify.
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
    // `message_count` is in the overview table, but not in the event's own table.
    EventSpec {
        name: "Conversation Ended",
        properties: &[
            CONVERSATION,
            number("message_count", PropertyType::Count, Presence::Recommended),
        ],
    },
    EventSpec {
        name: "Action Invoked",
        properties: &[
            CONVERSATION,
            MESSAGE,
            string("type"),
            string("action"),
            ROLE,
        ],
    },
    EventSpec {
        name: "Media Generated",
        properties: &[
            CONVERSATION,
            MESSAGE,
            string("type"),
            string("sub_type"),
            ROLE,
        ],
    },
    EventSpec {
        name: "Component Loaded",
        properties: COMPONENT,
    },
    // The spec's live-chat list uses this name for the same event.
    EventSpec {
        name: "Custom Component Loaded",
        properties: COMPONENT,
    },
    EventSpec {
        name: "Feedback Submitted",
        properties: &[
            CONVERSATION,
            // The spec says: "When a user rates a conversation or message". A conversation has no
            // message id.
            PropertySpec {
                name: "messageId",
                value_type: PropertyType::String,
                presence: Presence::Recommended,
            },
            number("rating", PropertyType::Number, Presence::Required),
        ],
    },
];

/// Returns the event with this name.
pub(super) fn event(name: &str) -> Option<&'static EventSpec> {
    EVENTS.iter().find(|known| known.name == name)
}
