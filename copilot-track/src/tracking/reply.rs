//! The scope of a reply, and the event at its end.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::conversation::scope::Scope;
use crate::event::extra_properties::SerializedValue;
use crate::event::ids::{MessageId, ParseIdError};
use crate::event::role::Role;
use crate::event::spec::MessageReceived;
use crate::event::track_event::{Event, TrackEvent};
use crate::tracking::call_site::CallSite;
use crate::tracking::pending_event::PendingEvent;
use crate::tracking::recorder::milliseconds;

/// What is said of a reply beside its text.
///
/// What most replies do not say is in boxes, as all of it is moved about.
#[derive(Debug, Default)]
pub struct ReplyOptions {
    /// Bears the settings; its text is set at the end.
    event: Option<Box<PendingEvent>>,
    id: Option<MessageId>,
    media: Option<Box<PendingEvent>>,
    pub(super) duration: bool,
    pub(super) first_chunk: bool,
}

impl CallSite {
    /// Nothing yet.
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

    /// In another role than an agent's.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.set(|event| event.role(role));
        self
    }

    /// Under this id, and no new one.
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

    /// With one property more.
    #[must_use]
    pub fn property(mut self, name: &'static str, value: SerializedValue) -> Self {
        self.set(|mut event| {
            event.set_json(Cow::Borrowed(name), value);
            event
        });
        self
    }

    /// With media, which are there when the reply is.
    #[must_use]
    pub fn media(mut self, media: PendingEvent) -> Self {
        self.media = Some(Box::new(media));
        self
    }

    /// Tells how long it took.
    #[must_use]
    pub fn record_duration(mut self) -> Self {
        self.duration = true;
        self
    }

    /// Tells how long the first chunk of a stream took.
    #[must_use]
    pub fn record_first_chunk(mut self) -> Self {
        self.first_chunk = true;
        self
    }

    /// The scope of the reply: a new id, or the one that is said.
    pub(super) fn open(&mut self, scope: &Scope) -> Arc<Scope> {
        scope.reply(self.id.take())
    }

    /// The event with its text, on the reply's own message.
    pub(super) fn received(&mut self, scope: &Scope, text: Cow<'static, str>) -> Event {
        let received = MessageReceived::new(text);
        let event = match self.event.take().map(|event| event.into_event()) {
            None => received.into_event(),
            Some(mut event) => {
                event.payload = received.into();
                event
            }
        };
        event.message_id(scope.message_id())
    }

    /// Whether nothing is said beside the text. The id is the scope's by now.
    fn is_default(&self) -> bool {
        self.event.is_none() && self.media.is_none() && !self.duration
    }

    pub(super) fn take_media(&mut self) -> Option<PendingEvent> {
        self.media.take().map(|media| *media)
    }
}

/// A reply that has begun; Message Received is sent if it succeeds.
pub(super) enum TrackedReply {
    /// Nothing is said of it beside its text: an allocation less.
    Default(Arc<Scope>),
    WithOptions(Box<ReplyWithOptions>),
}

pub(super) struct ReplyWithOptions {
    scope: Arc<Scope>,
    options: ReplyOptions,
    /// If that is to be told: looking at the clock costs as much as a short reply's text.
    started: Option<Instant>,
}

impl TrackedReply {
    pub(super) fn new(scope: Arc<Scope>, options: ReplyOptions) -> Self {
        if options.is_default() {
            return Self::Default(scope);
        }
        Self::WithOptions(Box::new(ReplyWithOptions {
            scope,
            started: options.duration.then(Instant::now),
            options,
        }))
    }

    /// The body has ended. Without a text nothing was said, and no message is sent.
    pub(super) fn finish(self, failure: Option<&'static str>, text: Option<Cow<'_, str>>) {
        if failure.is_some() {
            return;
        }
        match self {
            Self::Default(scope) => {
                if let Some(text) = text {
                    scope
                        .track(ReplyOptions::new().received(&scope, Cow::Owned(text.into_owned())));
                }
            }
            Self::WithOptions(reply) => reply.finish(text),
        }
    }
}

impl ReplyWithOptions {
    fn finish(self, text: Option<Cow<'_, str>>) {
        let Self {
            scope,
            mut options,
            started,
        } = self;
        if let Some(media) = options.take_media() {
            scope.track(media.into_event());
        }
        if let Some(text) = text {
            let mut event = options.received(&scope, Cow::Owned(text.into_owned()));
            if let Some(started) = started {
                event = event.property("duration_ms", milliseconds(started));
            }
            scope.track(event);
        }
    }
}

impl fmt::Debug for TrackedReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrackedReply")
    }
}
