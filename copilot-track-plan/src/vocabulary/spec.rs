//! Segment's *Spec: AI Copilot* as data, in the order of the spec's table.
//!
//! Source: <https://segment.com/docs/connections/spec/ai-copilot/>.

/// An event that the spec defines.
#[derive(Debug)]
pub(super) struct EventSpec {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) properties: &'static [PropertySpec],
}

/// A property that the spec defines.
#[derive(Debug)]
pub(crate) struct PropertySpec {
    pub(crate) name: &'static str,
    pub(super) json_type: &'static str,
    pub(super) is_required: bool,
    pub(super) description: &'static str,
}

const fn property(
    name: &'static str,
    json_type: &'static str,
    is_required: bool,
    description: &'static str,
) -> PropertySpec {
    PropertySpec {
        name,
        json_type,
        is_required,
        description,
    }
}

pub(crate) const CONVERSATION_ID: PropertySpec = property(
    "conversationId",
    "string",
    true,
    "The id of the conversation",
);
pub(crate) const MESSAGE_ID: PropertySpec =
    property("messageId", "string", true, "The id of the message");
const MESSAGE_BODY: PropertySpec =
    property("message_body", "string", true, "The text of the message");
const ROLE: PropertySpec = property("role", "string", false, "The role of the sender");

const MESSAGE: &[PropertySpec] = &[CONVERSATION_ID, MESSAGE_ID, MESSAGE_BODY, ROLE];
const COMPONENT: &[PropertySpec] = &[
    CONVERSATION_ID,
    MESSAGE_ID,
    property("type", "string", true, "The type of the component"),
];

/// The events that the spec defines, except Standard Track calls and Identify.
pub(super) const EVENTS: &[EventSpec] = &[
    EventSpec {
        name: "Conversation Started",
        description: "A new conversation begins.",
        properties: &[CONVERSATION_ID],
    },
    EventSpec {
        name: "Message Sent",
        description: "The customer adds a message.",
        properties: MESSAGE,
    },
    EventSpec {
        name: "Message Received",
        description: "The copilot sends a message.",
        properties: MESSAGE,
    },
    EventSpec {
        name: "Conversation Ended",
        description: "The customer or an agent ends the conversation.",
        properties: &[
            CONVERSATION_ID,
            property(
                "message_count",
                "integer",
                false,
                "The number of messages that were sent and received",
            ),
        ],
    },
    EventSpec {
        name: "Action Invoked",
        description: "The model or the user uses a tool.",
        properties: &[
            CONVERSATION_ID,
            MESSAGE_ID,
            property("type", "string", true, "The type of the action"),
            property(
                "action",
                "string",
                true,
                "The action that was taken with the tool",
            ),
            ROLE,
        ],
    },
    EventSpec {
        name: "Media Generated",
        description: "The model generates an image, a video, or audio.",
        properties: &[
            CONVERSATION_ID,
            MESSAGE_ID,
            property("type", "string", true, "The type of the media"),
            property("sub_type", "string", true, "The data type of the media"),
            ROLE,
        ],
    },
    EventSpec {
        name: "Component Loaded",
        description: "A component other than text or voice is shown.",
        properties: COMPONENT,
    },
    EventSpec {
        name: "Custom Component Loaded",
        description: "A component other than text or voice is shown in a live chat.",
        properties: COMPONENT,
    },
    EventSpec {
        name: "Feedback Submitted",
        description: "The customer rates a message or the conversation.",
        properties: &[
            CONVERSATION_ID,
            // A rating of the conversation has no message id.
            property("messageId", "string", false, "The id of the rated message"),
            property("rating", "number", true, "The rating"),
        ],
    },
];
