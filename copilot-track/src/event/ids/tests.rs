use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::ids::message_id::MessageId;
use crate::event::ids::parse::ParseIdError;
use crate::event::spec::ConversationStarted;

#[test]
fn ids_are_parsed() {
    assert_eq!(
        MessageId::new("  "),
        Err(ParseIdError::Empty { what: "message id" })
    );
    let long = "ü".repeat(101);
    assert_eq!(
        ConversationId::new(&long),
        Err(ParseIdError::TooLong {
            what: "conversation id",
            chars: 101
        })
    );
    assert!(ConversationId::new("ü".repeat(100)).is_ok());
}

#[test]
fn a_generated_id_equals_its_parsed_string() {
    let id = MessageId::from_uuid(crate::util::random::uuid(0));
    assert_eq!(id.as_str().len(), 36);
    assert_eq!(MessageId::new(id.as_str()), Ok(id.clone()));
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(serde_json::from_str::<MessageId>(&json).unwrap(), id);
    assert!(serde_json::from_str::<MessageId>("\"\"").is_err());
}

#[test]
fn derived_envelope_ids_depend_on_key_event_and_conversation() {
    let id = |key, event, conversation: &str| {
        EnvelopeId::derived(key, event, &ConversationId::new(conversation).unwrap())
    };
    let one = id("key", ConversationStarted::NAME, "c");
    assert_eq!(one, id("key", ConversationStarted::NAME, "c"));
    assert_ne!(one, id("other", "Conversation Started", "c"));
    assert_ne!(one, id("key", "Conversation Ended", "c"));
    assert_ne!(one, id("key", "Conversation Started", "d"));
    assert_ne!(id("ab", "c", "d"), id("a", "bc", "d"));
}
