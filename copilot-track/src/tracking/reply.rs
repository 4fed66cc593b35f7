//! Replies: their options, their scopes, and the events that are sent when they end.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::conversation::scope::{ReplyStart, Scope};
use crate::event::extra_properties::SerializedValue;
use crate::event::ids::message_id::MessageId;
use crate::event::ids::parse::ParseIdError;
use crate::event::properties::opt_in::DURATION_MS;
use crate::event::role::Role;
use crate::event::spec::MessageReceived;
use crate::event::track_event::{Event, TrackEvent};
use crate::tracking::call_site::CallSite;
use crate::tracking::evaluation::{Evaluated, invalid_event};
use crate::tracking::pending_event::PendingEvent;
use crate::tracking::recorder::milliseconds;
use crate::util::truncation::into_shortened;

/// Everything that an attribute sets on a reply, except for the text.
///
/// The value is moved several times, so rarely used parts are boxed.
#[derive(Debug, Default)]
pub struct ReplyOptions {
    /// An event with the role and the properties. The text is added when the reply ends.
    event: Option<Box<PendingEvent>>,
    id: Option<MessageId>,
    media: Option<Box<PendingEvent>>,
    pub(super) duration: bool,
    pub(super) first_chunk: bool,
}

impl CallSite {
    /// Returns the default options.
    #[must_use]
    pub fn reply_options(&self) -> ReplyOptions {
        ReplyOptions::new()
    }
}

impl ReplyOptions {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn set(&mut self, change: impl FnOnce(Event) -> Event) {
        let event = self.event.take().map(|event| event.into_event());
        let event = event.unwrap_or_else(|| MessageReceived::new("").into_event());
        self.event = Some(Box::new(PendingEvent::new(change(event))));
    }

    /// Sets the role.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.set(|event| event.role(role));
        self
    }

    /// Sets the message id. By default, the reply gets a new id.
    #[must_use]
    pub fn message_id(mut self, id: Result<Option<MessageId>, ParseIdError>) -> Self {
        match id {
            Ok(id) => self.id = id,
            Err(error) => self.set(|mut event| {
                event.invalid(&error);
                event
            }),
        }
        self
    }

    /// Sets a property.
    #[must_use]
    pub fn property(mut self, name: &'static str, value: SerializedValue) -> Self {
        self.set_property(name, value);
        self
    }

    fn set_property(&mut self, name: impl Into<Cow<'static, str>>, value: SerializedValue) {
        self.set(|mut event| {
            event.set_json(name.into(), value);
            event
        });
    }

    /// Sets a property to which the content policy applies. `None` changes nothing.
    #[must_use]
    pub fn text(self, name: &'static str, text: Option<Cow<'_, str>>) -> Self {
        match text {
            Some(text) => self.named_text(Cow::Borrowed(name), &text),
            None => self,
        }
    }

    /// Sets a property to which the content policy applies. Its name may have been computed.
    pub(crate) fn named_text(mut self, name: Cow<'static, str>, text: &str) -> Self {
        self.set(|event| event.text(name, text));
        self
    }

    /// Sets a property whose name may have been computed.
    pub(crate) fn named_property(
        mut self,
        name: Cow<'static, str>,
        value: SerializedValue,
    ) -> Self {
        self.set_property(name, value);
        self
    }

    /// Adds a Media Generated event, which is sent with the reply.
    #[must_use]
    pub fn media(mut self, media: PendingEvent) -> Self {
        self.media = Some(Box::new(media));
        self
    }

    /// Records the duration of the call.
    #[must_use]
    pub fn record_duration(mut self) -> Self {
        self.duration = true;
        self
    }

    /// Records the time until the first text of a stream.
    #[must_use]
    pub fn record_first_chunk(mut self) -> Self {
        self.first_chunk = true;
        self
    }

    /// Returns the scope of the reply, with the id that was set or a new one.
    pub(super) fn open(&mut self, scope: &Scope, start: ReplyStart) -> Arc<Scope> {
        scope.reply(self.id.take(), start)
    }

    /// Returns a Message Received event with the text.
    pub(super) fn received(&mut self, scope: &Scope, text: Cow<'static, str>) -> Event {
        let mut received = message(scope, text);
        if let Some(event) = self.event.take() {
            let event = event.into_event();
            received.settings = event.settings;
            received.timestamp = event.timestamp;
        }
        received
    }

    /// Returns whether only the text is sent. The id is not checked, because [`open`](Self::open)
    /// has already moved it into the scope.
    fn is_default(&self) -> bool {
        self.event.is_none() && self.media.is_none() && !self.duration
    }

    pub(super) fn take_media(&mut self) -> Option<PendingEvent> {
        self.media.take().map(|media| *media)
    }
}

/// Returns a Message Received event with the text, for the reply that the scope belongs to.
#[inline]
fn message(scope: &Scope, text: Cow<'static, str>) -> Event {
    let mut event = Event::new(MessageReceived::new(text));
    event.set_message(Ok(scope.message_id().cloned()));
    event
}

impl Evaluated for ReplyOptions {
    /// Creates options that deliberately make the message invalid.
    fn panicked() -> Self {
        Self {
            event: Some(Box::new(PendingEvent::new(invalid_event()))),
            ..Self::default()
        }
    }
}

/// A reply that has started. If it succeeds, Message Received is sent.
pub(super) enum TrackedReply {
    /// A reply that sends only its text. This variant avoids an allocation.
    Default(OpenReply),
    WithOptions(Box<ReplyWithOptions>),
}

pub(super) struct ReplyWithOptions {
    reply: OpenReply,
    options: ReplyOptions,
    /// Set only if the duration is recorded, because reading the clock is not free: it takes as
    /// long as copying a short string.
    started: Option<Instant>,
}

/// The scope of a reply whose message has not been sent. If this value is dropped, the reply has
/// ended without a message.
#[derive(Debug)]
pub(super) struct OpenReply(Option<Arc<Scope>>);

impl OpenReply {
    pub(super) fn new(scope: Arc<Scope>) -> Self {
        Self(Some(scope))
    }

    pub(super) fn scope(&self) -> Option<&Arc<Scope>> {
        self.0.as_ref()
    }

    pub(super) fn scope_mut(&mut self) -> &mut Option<Arc<Scope>> {
        &mut self.0
    }

    /// Sends the message that `create` returns. The text of the message must not be empty.
    #[inline]
    pub(super) fn send(mut self, create: impl FnOnce(&Arc<Scope>) -> Event) {
        let Some(scope) = self.0.take() else { return };
        // Nothing is left to drop.
        std::mem::forget(self);
        scope.send_reply(create(&scope));
    }
}

impl Drop for OpenReply {
    fn drop(&mut self) {
        if let Some(scope) = self.0.take() {
            scope.reply_discarded();
        }
    }
}

impl TrackedReply {
    pub(super) fn scope(&self) -> Option<&Arc<Scope>> {
        match self {
            Self::Default(reply) => reply.scope(),
            Self::WithOptions(reply) => reply.reply.scope(),
        }
    }

    pub(super) fn new(scope: Arc<Scope>, options: ReplyOptions) -> Self {
        let reply = OpenReply::new(scope);
        if options.is_default() {
            return Self::Default(reply);
        }
        Self::WithOptions(Box::new(ReplyWithOptions {
            reply,
            started: options.duration.then(Instant::now),
            options,
        }))
    }

    /// Sets a property of the message.
    pub(super) fn set_property(&mut self, name: &'static str, value: SerializedValue) {
        if let Self::Default(reply) = self {
            let reply = OpenReply(reply.0.take());
            *self = Self::WithOptions(Box::new(ReplyWithOptions {
                reply,
                options: ReplyOptions::new(),
                started: None,
            }));
        }
        if let Self::WithOptions(reply) = self {
            reply.options.set_property(name, value);
        }
    }

    /// Sends the events of the reply, unless the call failed. If `text` is `None`, no message is
    /// sent.
    pub(super) fn finish(self, failure: Option<&'static str>, text: Option<Cow<'_, str>>) {
        if failure.is_some() {
            return;
        }
        let text = text.filter(|text| !text.is_empty());
        match self {
            Self::Default(reply) => {
                if let Some(text) = text {
                    let text = Cow::Owned(into_shortened(text));
                    reply.send(|scope| message(scope, text));
                }
            }
            Self::WithOptions(reply) => reply.finish(text),
        }
    }
}

impl ReplyWithOptions {
    fn finish(self, text: Option<Cow<'_, str>>) {
        let Self {
            reply,
            mut options,
            started,
        } = self;
        let Some(scope) = reply.scope() else { return };
        if let Some(media) = options.take_media() {
            scope.track(media.into_event());
        }
        if let Some(text) = text {
            reply.send(|scope| {
                let event = options.received(scope, Cow::Owned(into_shortened(text)));
                match started {
                    Some(started) => event.property(DURATION_MS, milliseconds(started.elapsed())),
                    None => event,
                }
            });
        }
    }
}

impl fmt::Debug for TrackedReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrackedReply")
    }
}
