//! The events that a conversation sends.

use crate::conversation::current;
use std::borrow::Cow;

use crate::conversation::conversation::Conversation;
use crate::conversation::identity_snapshot::EventScope;
use crate::event::ids::into_message_id::IntoMessageId;
use crate::event::ids::message_id::MessageId;
use crate::event::spec::{
    ActionInvoked, ComponentLoaded, ConversationEnded, ConversationStarted, CustomComponentLoaded,
    FeedbackSubmitted, MediaGenerated, MessageReceived, MessageSent, Rating,
};
use crate::event::track_event::{Event, TrackEvent};

impl Conversation {
    /// Sends an event.
    ///
    /// An event of the spec has the same effect as the method of the same name. A [`MessageSent`],
    /// for example, counts as a message, starts the conversation, and gets its own message id.
    pub fn track(&self, event: impl TrackEvent + Send + 'static) {
        self.track_event(event.into_event());
    }

    fn track_event(&self, event: Event) {
        let message_id = self.ambient_message();
        let scope = EventScope {
            message_id: message_id.as_ref(),
            snapshot: None,
        };
        self.emit(scope, event);
    }

    /// Sends Conversation Started, unless it was sent before.
    pub fn start(&self) {
        self.track(ConversationStarted::new());
    }

    /// Sends Message Sent without starting a turn. Returns the id of the message.
    pub fn message_sent(&self, body: impl Into<Cow<'static, str>>) -> MessageId {
        self.message(MessageSent::new(body).into_event())
    }

    /// Sends Message Received: a message from the copilot. Returns the id of the message.
    pub fn message_received(&self, body: impl Into<Cow<'static, str>>) -> MessageId {
        self.message(MessageReceived::new(body).into_event())
    }

    /// Sends Action Invoked: the model or the user used a tool.
    pub fn action_invoked(
        &self,
        r#type: impl Into<Cow<'static, str>>,
        action: impl Into<Cow<'static, str>>,
    ) {
        self.track(ActionInvoked::new(r#type, action));
    }

    /// Sends Media Generated: the model generated an image, a video or audio.
    pub fn media_generated(
        &self,
        r#type: impl Into<Cow<'static, str>>,
        sub_type: impl Into<Cow<'static, str>>,
    ) {
        self.track(MediaGenerated::new(r#type, sub_type));
    }

    /// Sends Component Loaded: a component other than text or voice was shown.
    pub fn component_loaded(&self, r#type: impl Into<Cow<'static, str>>) {
        self.track(ComponentLoaded::new(r#type));
    }

    /// Sends Custom Component Loaded, the name of Component Loaded in the spec's list of live chat
    /// events.
    pub fn custom_component_loaded(&self, r#type: impl Into<Cow<'static, str>>) {
        self.track(CustomComponentLoaded::new(r#type));
    }

    /// Sends Feedback Submitted for a message. If the rating is not a finite number, the event is
    /// not sent, and the ledger counts it as invalid.
    pub fn rate(&self, message_id: impl IntoMessageId, rating: impl Into<Rating>) {
        self.track(FeedbackSubmitted::new(rating).message_id(message_id));
    }

    /// Sends Feedback Submitted for the whole conversation.
    pub fn rate_conversation(&self, rating: impl Into<Rating>) {
        self.track(
            FeedbackSubmitted::new(rating)
                .into_event()
                .without_message_id(),
        );
    }

    /// Sends Conversation Ended, with the number of messages. Another call sends nothing, unless
    /// there were messages in between. Then it sends the new number.
    pub fn end(&self) {
        self.track(ConversationEnded::new(self.message_count()));
    }

    fn ambient_message(&self) -> Option<MessageId> {
        current::with(|scope| {
            let scope = scope.filter(|scope| self.is(scope.conversation()))?;
            scope.message_id().cloned()
        })
        .or_else(|| self.latest_message())
    }
}
