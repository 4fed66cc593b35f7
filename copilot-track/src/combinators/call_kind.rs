//! The kinds of tracked calls.

use std::borrow::Cow;

use crate::event::extra_properties::SerializedValue;
use crate::event::ids::message_id::MessageId;
use crate::event::ids::parse::ParseIdError;
use crate::event::role::Role;
use crate::tracking::call_site::{CallSite, TargetConversation};
use crate::tracking::pending_event::PendingEvent;
use crate::tracking::reply::ReplyOptions;
use crate::tracking::tracked_call::{Completion, TrackedCall};

/// The kind of a [`Tracked`](super::Tracked) future whose output is a `T`: a
/// [`Tool`](super::Tool), a [`Reply`](super::Reply), or a [`Success`](super::Success).
pub trait CallKind<T>: EventSettings {
    /// Starts the call.
    #[doc(hidden)]
    fn start(&mut self, site: &'static CallSite, target: TargetConversation) -> TrackedCall;

    /// Completes the call.
    #[doc(hidden)]
    fn complete(self, output: &T, completion: Completion);
}

/// A kind of call whose event has settings. Only this crate implements this trait.
pub trait EventSettings {
    /// Changes a setting.
    #[doc(hidden)]
    fn set(&mut self, setting: EventSetting);
}

/// A setting of an event.
#[doc(hidden)]
#[derive(Debug)]
pub enum EventSetting {
    Role(Role),
    MessageId(Result<Option<MessageId>, ParseIdError>),
    Property(Cow<'static, str>, SerializedValue),
    Text(Cow<'static, str>, String),
}

impl EventSettings for PendingEvent {
    fn set(&mut self, setting: EventSetting) {
        let event = self.event_mut();
        match setting {
            EventSetting::Role(role) => event.settings().role = Some(role),
            EventSetting::MessageId(id) => event.set_message(id),
            EventSetting::Property(name, value) => event.set_json(name, value),
            EventSetting::Text(name, text) => event.set_text(name, &text),
        }
    }
}

impl EventSettings for ReplyOptions {
    fn set(&mut self, setting: EventSetting) {
        let options = std::mem::take(self);
        *self = match setting {
            EventSetting::Role(role) => options.role(role),
            EventSetting::MessageId(id) => options.message_id(id),
            EventSetting::Property(name, value) => options.named_property(name, value),
            EventSetting::Text(name, text) => options.named_text(name, &text),
        };
    }
}
