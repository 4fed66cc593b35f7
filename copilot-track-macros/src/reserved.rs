//! Event names and property names that custom events may not use.

/// The spec's event names, and the public items that send these events. Custom events may not use
/// these names.
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

/// Properties that the library sets, and the sources of their values.
const RESERVED_PROPERTIES: &[(&str, &str)] = &[
    ("conversationId", "it is set from the conversation"),
    ("messageId", "it is set from the current message"),
];

/// Returns the item that sends the spec's event `name`, if the spec has such an event.
pub(crate) fn spec_event_replacement(name: &str) -> Option<&'static str> {
    SPEC_EVENTS
        .iter()
        .find(|(event, _)| event.eq_ignore_ascii_case(name.trim()))
        .map(|(_, replacement)| *replacement)
}

/// Returns a clause that says where the value of the property `name` comes from, if this name is
/// reserved.
pub(crate) fn reserved_property_reason(name: &str) -> Option<&'static str> {
    RESERVED_PROPERTIES
        .iter()
        .find(|(property, _)| *property == name)
        .map(|(_, reason)| *reason)
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
