//! Names that belong to the spec.

/// The events of the spec, which no user's event may take over.
const SPEC_EVENTS: &[(&str, &str)] = &[
    ("Conversation Started", "spec::ConversationStarted"),
    ("Message Sent", "spec::MessageSent"),
    ("Message Received", "spec::MessageReceived"),
    ("Conversation Ended", "spec::ConversationEnded"),
    ("Action Invoked", "spec::ActionInvoked"),
    ("Media Generated", "spec::MediaGenerated"),
    ("Component Loaded", "spec::ComponentLoaded"),
    ("Custom Component Loaded", "spec::CustomComponentLoaded"),
    ("Feedback Submitted", "spec::FeedbackSubmitted"),
    ("Identify", "Conversation::identify"),
];

/// Properties that every event gets from its conversation, with the way to say another value.
const RESERVED_PROPERTIES: &[(&str, &str)] = &[
    (
        "conversationId",
        "the conversation that an event is tracked on gives it",
    ),
    (
        "messageId",
        "the message being worked on gives it, or `message_id` does",
    ),
];

/// The struct of the library that already sends the event called `name`, if the spec has one.
pub(crate) fn spec_event_replacement(name: &str) -> Option<&'static str> {
    SPEC_EVENTS
        .iter()
        .find(|(event, _)| event.eq_ignore_ascii_case(name.trim()))
        .map(|(_, instead)| *instead)
}

/// Why a property may not be called `name`, if it may not.
pub(crate) fn reserved_property_reason(name: &str) -> Option<&'static str> {
    RESERVED_PROPERTIES
        .iter()
        .find(|(property, _)| *property == name)
        .map(|(_, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spec_event_names_match_in_any_case() {
        assert_eq!(
            spec_event_replacement("message sent"),
            Some("spec::MessageSent")
        );
        assert_eq!(spec_event_replacement("Item Purchased"), None);
    }
}
