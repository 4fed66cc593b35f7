//! The events that a conversation sends.

use crate::conversation::current;
use std::borrow::Cow;

use crate::conversation::handle::Conversation;
use crate::conversation::identity_snapshot::EventScope;
use crate::event::ids::{IntoMessageId, MessageId};
use crate::event::spec::{
    ActionInvoked, ComponentLoaded, ConversationEnded, ConversationStarted, CustomComponentLoaded,
    FeedbackSubmitted, MediaGenerated, MessageReceived, MessageSent, Rating,
};
use crate::event::track_event::{Event, TrackEvent};

impl Conversation {
    /// Sends any event.
    ///
    /// The spec's own do what their methods do: a [`MessageSent`] counts as a message, begins the
    /// conversation and has an id of its own.
    pub fn track(&self, event: impl TrackEvent + Send + 'static) {
        self.track_event(event.into_event());
    }

    fn track_event(&self, event: Event) {
        let message_id = self.ambient_message();
        let ambient = EventScope {
            message_id: message_id.as_ref(),
            snapshot: None,
        };
        self.emit(ambient, event);
    }

    /// Conversation Started, unless it was sent before.
    pub fn start(&self) {
        self.track(ConversationStarted::new());
    }

    /// Message Sent, without a turn. Returns the message's id.
    pub fn message_sent(&self, body: impl Into<Cow<'static, str>>) -> MessageId {
        self.message(MessageSent::new(body).into_event())
    }

    /// Message Received: the copilot says something. Returns the message's id.
    pub fn message_received(&self, body: impl Into<Cow<'static, str>>) -> MessageId {
        self.message(MessageReceived::new(body).into_event())
    }

    /// Action Invoked: model or user use a tool.
    pub fn action_invoked(
        &self,
        r#type: impl Into<Cow<'static, str>>,
        action: impl Into<Cow<'static, str>>,
    ) {
        self.track(ActionInvoked::new(r#type, action));
    }

    /// Media Generated: the model makes an image, a video or audio.
    pub fn media_generated(
        &self,
        r#type: impl Into<Cow<'static, str>>,
        sub_type: impl Into<Cow<'static, str>>,
    ) {
        self.track(MediaGenerated::new(r#type, sub_type));
    }

    /// Component Loaded: a component that is neither text nor voice is shown.
    pub fn component_loaded(&self, r#type: impl Into<Cow<'static, str>>) {
        self.track(ComponentLoaded::new(r#type));
    }

    /// Custom Component Loaded: the same, by the name of the spec's list of live chat events.
    pub fn custom_component_loaded(&self, r#type: impl Into<Cow<'static, str>>) {
        self.track(CustomComponentLoaded::new(r#type));
    }

    /// Feedback Submitted, on a message. A rating that is not a finite number is counted as
    /// dropped, and not sent.
    pub fn rate(&self, message_id: impl IntoMessageId, rating: impl Into<Rating>) {
        self.track(FeedbackSubmitted::new(rating).message_id(message_id));
    }

    /// Feedback Submitted, on the conversation as a whole.
    pub fn rate_conversation(&self, rating: impl Into<Rating>) {
        self.track(
            FeedbackSubmitted::new(rating)
                .into_event()
                .without_message_id(),
        );
    }

    /// Conversation Ended, with the count of its messages. A second call does nothing, unless
    /// messages came in between: then it tells the new count.
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
