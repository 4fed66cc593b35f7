//! Events that are created from the arguments of attributes.

use std::borrow::Cow;

use sync_wrapper::SyncWrapper;

use crate::conversation::current;
use crate::event::extra_properties::SerializedValue;
use crate::event::ids::message_id::MessageId;
use crate::event::ids::parse::ParseIdError;
use crate::event::role::Role;
use crate::event::spec::{
    ActionInvoked, ComponentLoaded, FeedbackSubmitted, MediaGenerated, MessageSent, Rating,
};
use crate::event::track_event::{Event, TrackEvent};
use crate::tracking::call_site::{ActiveScope, CallSite};
use crate::tracking::reported_tool::send_unless_reported;
use crate::util::truncation::into_shortened;

type CowStr = Cow<'static, str>;

/// An event that has not been sent yet.
///
/// An [`Event`] is `Send` but not `Sync`, because an application's event types need not be `Sync`.
/// [`SyncWrapper`] gives access only through `&mut` or by value, so the futures and streams that
/// hold an event can be `Sync`.
#[derive(Debug)]
pub struct PendingEvent(SyncWrapper<Event>);

/// A string literal, or a string that was computed at run time.
pub trait IntoCowStr {
    /// Converts to the string type that events contain.
    fn into_cow(self) -> CowStr;
}

impl IntoCowStr for &'static str {
    #[inline]
    fn into_cow(self) -> CowStr {
        Cow::Borrowed(self)
    }
}

impl IntoCowStr for String {
    #[inline]
    fn into_cow(self) -> CowStr {
        Cow::Owned(self)
    }
}

impl CallSite {
    /// Creates Action Invoked.
    pub fn action(&self, r#type: impl IntoCowStr, action: impl IntoCowStr) -> PendingEvent {
        PendingEvent::new(ActionInvoked::new(r#type.into_cow(), action.into_cow()))
    }

    /// Creates Media Generated.
    pub fn media(&self, r#type: impl IntoCowStr, sub_type: impl IntoCowStr) -> PendingEvent {
        PendingEvent::new(MediaGenerated::new(r#type.into_cow(), sub_type.into_cow()))
    }

    /// Creates Component Loaded.
    pub fn component(&self, r#type: impl IntoCowStr) -> PendingEvent {
        PendingEvent::new(ComponentLoaded::new(r#type.into_cow()))
    }

    /// Sends Action Invoked in the current conversation.
    pub fn send(&self, event: PendingEvent) {
        send_in_current(event);
    }

    /// Creates Feedback Submitted.
    pub fn feedback(&self, rating: impl Into<Rating>) -> PendingEvent {
        PendingEvent::new(FeedbackSubmitted::new(rating))
    }

    /// Creates Message Sent.
    pub fn message_sent(&self, body: Option<Cow<'_, str>>) -> PendingEvent {
        PendingEvent::new(MessageSent::new(into_shortened(body.unwrap_or_default())))
    }
}

/// Sends Action Invoked in the current conversation.
pub(super) fn send_in_current(event: PendingEvent) {
    if let Some(scope) = current::get() {
        if scope.has_reported_calls() {
            return send_unless_reported(&scope, event.into_event());
        }
        scope.track(event.into_event());
    }
}

impl ActiveScope {
    /// Sends Action Invoked in this scope.
    pub fn send(self, event: PendingEvent) {
        send_unless_reported(&self.0, event.into_event());
    }
}

impl PendingEvent {
    fn from_event(event: Event) -> Self {
        Self(SyncWrapper::new(event))
    }

    pub(crate) fn new(event: impl TrackEvent + Send + 'static) -> Self {
        Self::from_event(event.into_event())
    }

    pub(crate) fn event_mut(&mut self) -> &mut Event {
        self.0.get_mut()
    }

    /// Takes the event, and leaves an empty one.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new(ActionInvoked::new("", "")))
    }

    pub(super) fn into_event(self) -> Event {
        self.0.into_inner()
    }

    /// Sets the role.
    #[must_use]
    pub fn role(self, role: Role) -> Self {
        Self::from_event(self.into_event().role(role))
    }

    /// Sets the message that the event belongs to. `Ok(None)` leaves the message unchanged. If `id`
    /// is an error, the event becomes invalid.
    #[must_use]
    pub fn message_id(self, id: Result<Option<MessageId>, ParseIdError>) -> Self {
        let mut event = self.into_event();
        event.set_message(id);
        Self::from_event(event)
    }

    /// Sets a property.
    #[must_use]
    pub fn property(mut self, name: &'static str, value: SerializedValue) -> Self {
        self.set_property(name, value);
        self
    }

    /// Sets a property to which the content policy applies. `None` changes nothing.
    #[must_use]
    pub fn text(self, name: &'static str, text: Option<Cow<'_, str>>) -> Self {
        match text {
            Some(text) => Self::from_event(self.into_event().text(name, text)),
            None => self,
        }
    }

    pub(super) fn set_property(&mut self, name: &'static str, value: SerializedValue) {
        self.event_mut().set_json(Cow::Borrowed(name), value);
    }
}
