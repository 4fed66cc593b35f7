//! Segment's *Spec: AI Copilot* as data, in the order of its overview table.

/// An event of the spec.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) properties: &'static [Property],
}

/// A property of an event of the spec.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) need: Need,
}

/// What a property's value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Text,
    Number,
}

/// Whether a property has to be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Need {
    /// The spec lists it without a default.
    Required,
    /// The spec lists it in one place and not in the other, or the event can do without it.
    Advised,
    /// It has a default.
    Optional,
}

const fn text(name: &'static str) -> Property {
    Property {
        name,
        kind: Kind::Text,
        need: Need::Required,
    }
}

const fn number(name: &'static str, need: Need) -> Property {
    Property {
        name,
        kind: Kind::Number,
        need,
    }
}

const CONVERSATION: Property = text("conversationId");
const MESSAGE: Property = text("messageId");
/// Its default depends on the event.
const ROLE: Property = Property {
    name: "role",
    kind: Kind::Text,
    need: Need::Optional,
};

const COMPONENT: &[Property] = &[CONVERSATION, MESSAGE, text("type")];
const MESSAGE_EVENT: &[Property] = &[CONVERSATION, MESSAGE, text("message_body"), ROLE];

/// The events, Standard Track calls and Identify apart.
pub(super) const EVENTS: &[Known] = &[
    Known {
        name: "Conversation Started",
        properties: &[CONVERSATION],
    },
    Known {
        name: "Message Sent",
        properties: MESSAGE_EVENT,
    },
    Known {
        name: "Message Received",
        properties: MESSAGE_EVENT,
    },
    // `message_count` is in the overview table alone, not in the event's own.
    Known {
        name: "Conversation Ended",
        properties: &[CONVERSATION, number("message_count", Need::Advised)],
    },
    Known {
        name: "Action Invoked",
        properties: &[CONVERSATION, MESSAGE, text("type"), text("action"), ROLE],
    },
    Known {
        name: "Media Generated",
        properties: &[CONVERSATION, MESSAGE, text("type"), text("sub_type"), ROLE],
    },
    Known {
        name: "Component Loaded",
        properties: COMPONENT,
    },
    // The live-chat list's name of the same.
    Known {
        name: "Custom Component Loaded",
        properties: COMPONENT,
    },
    Known {
        name: "Feedback Submitted",
        properties: &[
            CONVERSATION,
            // "When a user rates a conversation or message": a conversation has none.
            Property {
                name: "messageId",
                kind: Kind::Text,
                need: Need::Advised,
            },
            number("rating", Need::Required),
        ],
    },
];

/// The event of exactly this name.
pub(super) fn known(name: &str) -> Option<&'static Known> {
    EVENTS.iter().find(|known| known.name == name)
}
