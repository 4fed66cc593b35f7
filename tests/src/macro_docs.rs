//! Runs the examples in the documentation of the macros. The macro crate cannot run them, because
//! it does not depend on `copilot-track`.

macro_rules! examples {
    ($($name:ident: $file:literal;)*) => {$(
        #[doc = include_str!(concat!("../../copilot-track-macros/src/docs/", $file))]
        struct $name;
    )*};
}

examples! {
    TrackEvent: "track_event.md";
    TrackedComponent: "tracked_component.md";
    TrackedConversation: "tracked_conversation.md";
    TrackedFeedback: "tracked_feedback.md";
    TrackedMedia: "tracked_media.md";
    TrackedMessage: "tracked_message.md";
    TrackedReply: "tracked_reply.md";
    TrackedTool: "tracked_tool.md";
    TrackedTurn: "tracked_turn.md";
}
