//! What an event is, before it is JSON.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use serde::Serialize;

use crate::event::extras::{Extras, Json};
use crate::event::ids::{IntoMessageId, InvalidId, MessageId};
use crate::event::payload::Payload;
use crate::event::properties::{Properties, PropertyValue};
use crate::event::role::Role;

/// An event: a name and properties. Derive it.
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
/// `conversationId` and `messageId` are added when it is sent in a conversation. Any event can be
/// changed on its way there:
///
/// ```
/// # use copilot_track::{spec::ActionInvoked, Role, TrackEvent as _};
/// ActionInvoked::new("Inventory Request", "check stock level")
///     .role(Role::AiAgent)
///     .property("sku", "widget");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "this cannot be tracked",
    note = "write `#[derive(copilot_track::TrackEvent)]` on `{Self}`, or use `CustomEvent::new(\"…\")?` for a name known only at run time"
)]
pub trait TrackEvent {
    /// The event's name, e.g. `Item Purchased`.
    fn name(&self) -> Cow<'static, str>;

    /// Writes the properties, without the ids of conversation and message.
    ///
    /// Runs on the delivery thread.
    fn write_properties(&self, properties: &mut Properties<'_>);

    /// About how many bytes of memory the event holds, for the queue's bound.
    fn size_hint(&self) -> usize {
        size_of_val(self)
    }

    /// The event in the form in which it is sent.
    fn into_event(self) -> Event
    where
        Self: Sized + Send + 'static,
    {
        Event::new(self)
    }

    /// Sets the chat message that the event belongs to, in place of the surrounding turn's.
    ///
    /// A text that is no id makes the event invalid: it is not sent, and the ledger counts it.
    fn message_id(self, id: impl IntoMessageId) -> Event
    where
        Self: Sized + Send + 'static,
    {
        let mut event = self.into_event();
        event.set_message(id.into_message_id());
        event
    }

    /// Sets the role, in place of the event's own.
    fn role(self, role: impl Into<Role>) -> Event
    where
        Self: Sized + Send + 'static,
    {
        let mut event = self.into_event();
        event.settings().role = Some(role.into());
        event
    }

    /// Sets when it happened, in place of the moment at which it is tracked.
    fn timestamp(self, timestamp: impl Into<SystemTime>) -> Event
    where
        Self: Sized + Send + 'static,
    {
        let mut event = self.into_event();
        event.timestamp = Some(timestamp.into());
        event
    }

    /// Sets a property, in place of the event's own of that name; `null` sets none.
    ///
    /// A value that fails to serialise makes the event invalid: it is not sent, and the ledger
    /// counts it.
    fn property(self, name: impl Into<Cow<'static, str>>, value: impl PropertyValue) -> Event
    where
        Self: Sized + Send + 'static,
    {
        let mut event = self.into_event();
        event.set(name.into(), &value);
        event
    }
}

/// Which chat message an event belongs to.
#[derive(Debug, Clone, Default)]
pub(crate) enum Message {
    /// The one that the surrounding turn works on.
    #[default]
    Ambient,
    /// None: the event is about the conversation.
    None,
    /// This one.
    Id(MessageId),
}

/// Any event, with what was set on it: the form in which events are queued.
///
/// Made by the methods of [`TrackEvent`].
pub struct Event {
    pub(crate) payload: Payload,
    pub(crate) message: Message,
    pub(crate) timestamp: Option<SystemTime>,
    /// Most events have none.
    pub(crate) settings: Option<Box<Settings>>,
}

/// What was set on one event.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) role: Option<Role>,
    pub(crate) extras: Extras,
    /// Why it must not be sent; counted when it reaches the delivery thread.
    pub(crate) error: Option<Box<str>>,
}

impl Settings {
    /// Those of an event on which nothing was set.
    pub(crate) const NONE: &'static Self = &Self {
        role: None,
        extras: Extras::NONE,
        error: None,
    };

    fn set(&mut self, name: Cow<'static, str>, value: Json) {
        if let Err(error) = self.extras.set(name, value) {
            self.error.get_or_insert_with(|| error.into());
        }
    }

    /// Bytes of memory.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.extras.size()
    }
}

impl Event {
    fn new(payload: impl TrackEvent + Send + 'static) -> Self {
        Self {
            payload: Payload::new(payload),
            message: Message::Ambient,
            timestamp: None,
            settings: None,
        }
    }

    /// Makes the event one about the whole conversation: it bears no message's id.
    #[must_use]
    pub fn without_message_id(mut self) -> Self {
        self.message = Message::None;
        self
    }

    pub(crate) fn set<T: Serialize + ?Sized>(&mut self, name: Cow<'static, str>, value: &T) {
        self.set_json(name, Json::of(value));
    }

    pub(crate) fn set_json(&mut self, name: Cow<'static, str>, value: Json) {
        self.settings().set(name, value);
    }

    pub(crate) fn set_message(&mut self, id: Result<Option<MessageId>, InvalidId>) {
        match id {
            Ok(Some(id)) => self.message = Message::Id(id),
            Ok(None) => {}
            Err(error) => self.invalid(&error),
        }
    }

    fn settings(&mut self) -> &mut Settings {
        self.settings.get_or_insert_default()
    }

    /// Whether a property of that name was set on it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.settings
            .as_ref()
            .is_some_and(|settings| settings.extras.has(name))
    }

    /// The id that it names, which it then no longer does.
    pub(crate) fn take_message_id(&mut self) -> Option<MessageId> {
        match std::mem::take(&mut self.message) {
            Message::Id(id) => Some(id),
            Message::Ambient | Message::None => None,
        }
    }

    pub(crate) fn invalid(&mut self, error: &InvalidId) {
        let why = || error.to_string().into();
        self.settings().error.get_or_insert_with(why);
    }
}

impl TrackEvent for Event {
    fn name(&self) -> Cow<'static, str> {
        self.payload.name()
    }

    fn write_properties(&self, properties: &mut Properties<'_>) {
        self.payload.write_properties(properties);
    }

    fn size_hint(&self) -> usize {
        let settings = self.settings.as_ref().map_or(0, |settings| settings.size());
        (size_of::<Self>() + settings).saturating_add(self.payload.size_hint())
    }

    fn into_event(self) -> Event {
        self
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The properties can hold what a customer said.
        f.debug_struct("Event")
            .field("name", &self.name())
            .field("message", &self.message)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

/// Why a [`CustomEvent`] cannot have its name.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("an event needs a name: `CustomEvent::new(\"Item Purchased\")`")]
pub struct InvalidEventName;

impl fmt::Debug for InvalidEventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidEventName: {self}")
    }
}

/// An event whose name is known only at run time.
///
/// ```
/// use copilot_track::CustomEvent;
///
/// let event = CustomEvent::new("Item Purchased")?
///     .property("itemId", "item101112")
///     .property("itemPrice", 19.99);
/// # Ok::<(), copilot_track::InvalidEventName>(())
/// ```
///
/// A name of the spec's does what the spec's own event does: `Message Sent` counts as a message.
#[derive(Clone)]
pub struct CustomEvent {
    name: Cow<'static, str>,
    extras: Extras,
    error: Option<Box<str>>,
}

impl CustomEvent {
    /// An event without properties.
    ///
    /// # Errors
    /// [`InvalidEventName`] when the name is blank.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<Self, InvalidEventName> {
        let name = name.into();
        if name.trim().is_empty() {
            return Err(InvalidEventName);
        }
        Ok(Self {
            name,
            extras: Extras::default(),
            error: None,
        })
    }

    /// Sets a property; `null` sets none.
    ///
    /// A value that fails to serialise makes the event invalid: it is not sent, and the ledger
    /// counts it.
    #[must_use]
    pub fn property(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl PropertyValue,
    ) -> Self {
        if let Err(error) = self.extras.set(name.into(), Json::of(&value)) {
            self.error.get_or_insert_with(|| error.into());
        }
        self
    }
}

impl fmt::Debug for CustomEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The properties can hold what a customer said.
        f.debug_struct("CustomEvent")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The name alone: the properties travel as those set on the event.
struct Named(Cow<'static, str>);

impl TrackEvent for Named {
    fn name(&self) -> Cow<'static, str> {
        self.0.clone()
    }

    fn write_properties(&self, _: &mut Properties<'_>) {}

    fn size_hint(&self) -> usize {
        self.0.len()
    }
}

impl TrackEvent for CustomEvent {
    fn name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    fn write_properties(&self, properties: &mut Properties<'_>) {
        properties.all(&self.extras);
    }

    fn size_hint(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.extras.size()
    }

    fn into_event(self) -> Event {
        Event {
            settings: Some(Box::new(Settings {
                role: None,
                extras: self.extras,
                error: self.error,
            })),
            ..Event::new(Named(self.name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_event_needs_a_name() {
        assert_eq!(CustomEvent::new(" ").unwrap_err(), InvalidEventName);
    }

    #[test]
    fn debug_shows_no_properties() {
        let event = CustomEvent::new("X")
            .unwrap()
            .property("text", "my secret")
            .into_event();
        assert!(!format!("{event:?}").contains("secret"));
    }

    #[test]
    fn a_bad_message_id_makes_the_event_invalid() {
        let event = CustomEvent::new("X").unwrap().message_id("");
        assert!(event.settings.unwrap().error.unwrap().contains("empty"));
    }
}
