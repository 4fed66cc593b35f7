//! The trait that events implement, and the type in which events are queued.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use serde::Serialize;

use crate::event::event_settings::Settings;
use crate::event::extra_properties::SerializedValue;
use crate::event::ids::into_message_id::IntoMessageId;
use crate::event::ids::message_id::MessageId;
use crate::event::ids::parse::ParseIdError;
use crate::event::integrations::Integrations;
use crate::event::properties::names::{MESSAGE_BODY, MESSAGE_COUNT, MESSAGE_ID};
use crate::event::properties::value::PropertyValue;
use crate::event::properties::writer::Properties;
use crate::event::role::Role;
use crate::event::spec::{
    ActionInvoked, ComponentLoaded, ConversationEnded, ConversationStarted, CustomComponentLoaded,
    FeedbackSubmitted, MediaGenerated, MessageReceived, MessageSent, SpecEvent,
};
use crate::util::caught_drop::CaughtDrop;

/// An event: a name and properties. This trait is usually derived.
///
/// ```
/// use copilot_track::TrackEvent;
///
/// #[derive(TrackEvent)] // event "Item Purchased", properties itemId and itemPrice
/// struct ItemPurchased {
///     item_id: String,
///     item_price: f64,
/// }
/// ```
///
/// A conversation adds `conversationId` and `messageId` when it sends the event. Methods of this
/// trait can change an event before it is sent:
///
/// ```
/// # use copilot_track::{spec::ActionInvoked, Role, TrackEvent as _};
/// let event = ActionInvoked::new("Inventory Request", "check stock level")
///     .role(Role::AiAgent)
///     .property("sku", "widget");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "this cannot be tracked",
    note = "for a struct of your crate, write `#[derive(copilot_track::TrackEvent)]` on it; for JSON, or for a name known only \
            at run time, use `CustomEvent::new(\"…\")?`"
)]
pub trait TrackEvent {
    /// Returns the name of the event, for example `Item Purchased`.
    fn name(&self) -> Cow<'static, str>;

    /// Writes the properties, except for the ids of the conversation and the message.
    ///
    /// This method is called on the delivery thread.
    fn write_properties(&self, properties: &mut Properties<'_>);

    /// Returns the approximate number of bytes that the event uses in memory. This number counts
    /// toward [`max_queue_bytes`](crate::TrackerBuilder::max_queue_bytes).
    fn size_hint(&self) -> usize {
        size_of_val(self)
    }

    /// Cuts strings that are too long for the queue.
    #[doc(hidden)]
    fn shorten(&mut self) {}

    /// Converts the event to the type in which events are queued.
    fn into_event(self) -> Event
    where
        Self: Sized + Send + 'static,
    {
        Event::new(Payload::custom(self))
    }

    /// Sets the chat message that the event belongs to, instead of the current message.
    ///
    /// A string that is not a valid id makes the event invalid: the event is not sent, and the
    /// ledger counts it.
    fn message_id(self, id: impl IntoMessageId) -> Event
    where
        Self: Sized + Send + 'static,
    {
        let mut event = self.into_event();
        event.set_message(id.into_message_id());
        event
    }

    /// Sets the role.
    fn role(self, role: impl Into<Role>) -> Event
    where
        Self: Sized + Send + 'static,
    {
        let mut event = self.into_event();
        event.settings().role = Some(role.into());
        event
    }

    /// Sets the time of the event. By default, this is the time at which the event is tracked.
    ///
    /// A time outside the years 0 to 9999 makes the event invalid. An invalid event is not sent,
    /// and the ledger counts it.
    fn timestamp(self, timestamp: impl Into<SystemTime>) -> Event
    where
        Self: Sized + Send + 'static,
    {
        let mut event = self.into_event();
        event.timestamp = Some(timestamp.into());
        event
    }

    /// Sets a property. A property of the event that has the same name is replaced. A value that
    /// serializes to `null` is not sent.
    ///
    /// A value that fails to serialize makes the event invalid: the event is not sent, and the
    /// ledger counts it.
    fn property(self, name: impl Into<Cow<'static, str>>, value: impl PropertyValue) -> Event
    where
        Self: Sized + Send + 'static,
    {
        let mut event = self.into_event();
        event.set_json(name.into(), SerializedValue::of_owned(value));
        event
    }

    /// Sets a property that contains text from the conversation, for example a comment next to a
    /// rating. The [content policy](crate::Content) applies to it, and it is cut like a message
    /// body if the event is too large.
    ///
    /// ```
    /// # use copilot_track::{spec::FeedbackSubmitted, TrackEvent as _};
    /// let event = FeedbackSubmitted::new(1).text("comment", "My card 4111 1111 1111 1111 was refused");
    /// ```
    fn text(self, name: impl Into<Cow<'static, str>>, text: impl AsRef<str>) -> Event
    where
        Self: Sized + Send + 'static,
    {
        let mut event = self.into_event();
        event.set_text(name.into(), text.as_ref());
        event
    }

    /// Sets which destinations receive the event: Segment's
    /// [`integrations`](https://segment.com/docs/connections/spec/common/#integrations), a map or a
    /// struct. The fields are merged with those of
    /// [`TrackerBuilder::integrations`](crate::TrackerBuilder::integrations).
    ///
    /// ```
    /// # use copilot_track::{spec::ActionInvoked, TrackEvent as _};
    /// use serde_json::json;
    ///
    /// let event = ActionInvoked::new("Inventory Request", "check stock level")
    ///     .integrations(json!({ "Mixpanel": false }));
    /// ```
    ///
    /// A value that is neither a map nor a struct makes the event invalid: the event is not sent,
    /// and the ledger counts it.
    fn integrations(self, integrations: impl Serialize) -> Event
    where
        Self: Sized + Send + 'static,
    {
        let mut event = self.into_event();
        match Integrations::of(integrations) {
            Ok(given) => event.settings().integrations = Some(Box::new(given)),
            Err(error) => event.invalid(&format_args!("its integrations cannot be sent: {error}")),
        }
        event
    }
}

/// The chat message that an event belongs to.
#[derive(Debug, Clone, Default)]
pub(crate) enum MessageTarget {
    /// The message of the current scope.
    #[default]
    Current,
    /// No message: the event belongs to the whole conversation.
    None,
    /// A message that was set on the event.
    Id(MessageId),
}

/// An event of any type, together with its settings. Events are queued as values of this type.
///
/// Returned by the methods of [`TrackEvent`].
#[must_use = "an event is sent only when it is passed to `track`"]
pub struct Event {
    pub(crate) payload: Payload,
    pub(crate) message: MessageTarget,
    pub(crate) timestamp: Option<SystemTime>,
    /// `None` for most events.
    pub(crate) settings: Option<Box<Settings>>,
}

impl Event {
    /// Creates an event without settings.
    pub(crate) fn new(payload: impl Into<Payload>) -> Self {
        Self {
            payload: payload.into(),
            message: MessageTarget::Current,
            timestamp: None,
            settings: None,
        }
    }

    /// Removes the message id, so that the event belongs to the whole conversation.
    pub fn without_message_id(mut self) -> Self {
        self.message = MessageTarget::None;
        self
    }

    pub(crate) fn set_json(&mut self, name: Cow<'static, str>, value: SerializedValue) {
        self.settings().set(name, value);
    }

    pub(crate) fn set_text(&mut self, name: Cow<'static, str>, text: &str) {
        self.settings().set_text(name, text);
    }

    pub(crate) fn set_message(&mut self, id: Result<Option<MessageId>, ParseIdError>) {
        match id {
            Ok(Some(id)) => self.message = MessageTarget::Id(id),
            Ok(None) => {}
            Err(error) => self.invalid(&error),
        }
    }

    pub(crate) fn set_trace_id(&mut self, id: Box<str>) {
        self.settings().trace_id = Some(id);
    }

    pub(crate) fn settings(&mut self) -> &mut Settings {
        self.settings.get_or_insert_default()
    }

    /// Returns whether a property named `name` was set on the event.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Returns whether this is a [`MessageReceived`] whose message id can be set.
    pub(crate) fn is_message_received(&self) -> bool {
        matches!(&self.payload, Payload::Spec(SpecEvent::MessageReceived(_)))
            && !self.has(MESSAGE_ID)
    }

    /// Returns whether this is a message whose text is known to be empty.
    pub(crate) fn has_empty_text(&self) -> bool {
        if let Some(json) = self.get(MESSAGE_BODY) {
            return json == r#""""#;
        }
        matches!(
            &self.payload,
            Payload::Spec(SpecEvent::MessageReceived(message)) if message.message_body.is_empty()
        )
    }

    /// Returns the number of messages that a Conversation Ended event contains.
    pub(crate) fn message_count(&self) -> Option<u64> {
        if let Some(json) = self.get(MESSAGE_COUNT) {
            return json.parse().ok();
        }
        match &self.payload {
            Payload::Spec(SpecEvent::ConversationEnded(ended)) => ended.message_count,
            _ => None,
        }
    }

    /// Sets the number of messages of a [`ConversationEnded`](crate::spec::ConversationEnded). A
    /// property with the same name still replaces it.
    pub(crate) fn set_message_count(&mut self, count: Option<u64>) {
        if let Payload::Spec(SpecEvent::ConversationEnded(ended)) = &mut self.payload {
            ended.message_count = count;
        }
    }

    /// Returns the JSON of a property that was set on the event.
    fn get(&self, name: &str) -> Option<&str> {
        self.settings.as_ref()?.extras.get(name)
    }

    /// Removes and returns the message id that was set on the event.
    pub(crate) fn take_message_id(&mut self) -> Option<MessageId> {
        match std::mem::take(&mut self.message) {
            MessageTarget::Id(id) => Some(id),
            MessageTarget::Current | MessageTarget::None => None,
        }
    }

    /// Returns whether a value that was set on the event is invalid.
    pub(crate) fn is_invalid(&self) -> bool {
        let settings = self.settings.as_ref();
        settings.is_some_and(|settings| settings.error.is_some())
    }

    pub(crate) fn invalid(&mut self, error: &dyn std::fmt::Display) {
        let why = || error.to_string().into();
        self.settings().error.get_or_insert_with(why);
    }
}

/// The event itself, without its settings.
pub(crate) enum Payload {
    Spec(SpecEvent),
    Custom(CaughtDrop<Box<dyn TrackEvent + Send>>),
}

impl Payload {
    /// Creates the payload of an event of the application.
    pub(crate) fn custom(event: impl TrackEvent + Send + 'static) -> Self {
        Self::Custom(CaughtDrop::new(Box::new(event)))
    }

    pub(crate) fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Spec(event) => Cow::Borrowed(event.name()),
            Self::Custom(event) => event.get().map_or(Cow::Borrowed(""), |event| event.name()),
        }
    }

    pub(crate) fn write_properties(&self, properties: &mut Properties<'_>) {
        match self {
            Self::Spec(event) => event.write(properties),
            Self::Custom(event) => {
                if let Some(event) = event.get() {
                    event.write_properties(properties);
                }
            }
        }
    }

    /// Returns the number of bytes that the event owns on the heap.
    pub(crate) fn heap_size(&self) -> usize {
        match self {
            Self::Spec(event) => event.heap_size(),
            Self::Custom(event) => event.get().map_or(0, |event| event.size_hint()),
        }
    }

    /// Cuts strings that are too long for the queue.
    pub(crate) fn shorten(&mut self) {
        match self {
            Self::Spec(event) => event.shorten(),
            Self::Custom(event) => {
                if let Some(event) = event.get_mut() {
                    event.shorten();
                }
            }
        }
    }
}

impl<T: Into<SpecEvent>> From<T> for Payload {
    fn from(event: T) -> Self {
        Self::Spec(event.into())
    }
}

macro_rules! track_spec_events {
    ($($event:ident)*) => {$(
        impl TrackEvent for $event {
            fn name(&self) -> Cow<'static, str> {
                Cow::Borrowed(Self::NAME)
            }

            fn write_properties(&self, properties: &mut Properties<'_>) {
                self.write(properties);
            }

            fn size_hint(&self) -> usize {
                size_of::<Self>() + self.heap_size()
            }

            #[inline]
            fn into_event(self) -> Event {
                Event::new(self)
            }
        }
    )*};
}

track_spec_events!(
    ConversationStarted MessageSent MessageReceived ConversationEnded ActionInvoked MediaGenerated
    ComponentLoaded CustomComponentLoaded FeedbackSubmitted
);

impl TrackEvent for Event {
    fn name(&self) -> Cow<'static, str> {
        self.payload.name()
    }

    fn write_properties(&self, properties: &mut Properties<'_>) {
        self.payload.write_properties(properties);
    }

    fn size_hint(&self) -> usize {
        let settings = self.settings.as_ref().map_or(0, |settings| settings.size());
        (size_of::<Self>() + settings).saturating_add(self.payload.heap_size())
    }

    fn into_event(self) -> Event {
        self
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The properties can contain text from the conversation.
        f.debug_struct("Event")
            .field("name", &self.name())
            .field("message", &self.message)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
