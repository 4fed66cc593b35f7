//! The scope of a reply, and the event at its end.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::conversation::scope::Frame;
use crate::event::extra_properties::Json;
use crate::event::ids::{MessageId, ParseIdError};
use crate::event::role::Role;
use crate::event::spec::MessageReceived;
use crate::event::track_event::{Event, TrackEvent};
use crate::tracking::call_site::Site;
use crate::tracking::pending_event::Draft;
use crate::tracking::recorder::milliseconds;

/// What is said of a reply beside its text.
///
/// What most replies do not say is in boxes, as all of it is moved about.
#[derive(Debug, Default)]
pub struct Answer {
    /// Bears the settings; its text is set at the end.
    event: Option<Box<Draft>>,
    id: Option<MessageId>,
    media: Option<Box<Draft>>,
    pub(super) duration: bool,
    pub(super) first_chunk: bool,
}

impl Site {
    /// Nothing yet.
    #[must_use]
    pub fn answer(&self) -> Answer {
        Answer::new()
    }
}

impl Answer {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn set(&mut self, change: impl FnOnce(Event) -> Event) {
        let event = self.event.take().map(|draft| draft.into_event());
        let event = event.unwrap_or_else(|| MessageReceived::new("").into_event());
        self.event = Some(Box::new(Draft::of(change(event))));
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
    pub fn property(mut self, name: &'static str, value: Json) -> Self {
        self.set(|mut event| {
            event.set_json(Cow::Borrowed(name), value);
            event
        });
        self
    }

    /// With media, which are there when the reply is.
    #[must_use]
    pub fn media(mut self, media: Draft) -> Self {
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

    /// The frame of the reply: a new id, or the one that is said.
    pub(super) fn open(&mut self, frame: &Frame) -> Arc<Frame> {
        frame.reply(self.id.take())
    }

    /// The event with its text, on the reply's own message.
    pub(super) fn received(&mut self, frame: &Frame, text: Cow<'static, str>) -> Event {
        let received = MessageReceived::new(text);
        let event = match self.event.take().map(|draft| draft.into_event()) {
            None => received.into_event(),
            Some(mut event) => {
                event.payload = Box::new(received);
                event
            }
        };
        event.message_id(frame.message_id())
    }

    /// Whether nothing is said beside the text. The id is the frame's by now.
    fn is_plain(&self) -> bool {
        self.event.is_none() && self.media.is_none() && !self.duration
    }

    pub(super) fn take_media(&mut self) -> Option<Draft> {
        self.media.take().map(|media| *media)
    }
}

/// A reply that has begun; Message Received is sent if it succeeds.
pub(super) enum Reply {
    /// Nothing is said of it beside its text: an allocation less.
    Plain(Arc<Frame>),
    Described(Box<Described>),
}

pub(super) struct Described {
    frame: Arc<Frame>,
    answer: Answer,
    /// If that is to be told: looking at the clock costs as much as a short reply's text.
    started: Option<Instant>,
}

impl Reply {
    pub(super) fn new(frame: Arc<Frame>, answer: Answer) -> Self {
        if answer.is_plain() {
            return Self::Plain(frame);
        }
        Self::Described(Box::new(Described {
            frame,
            started: answer.duration.then(Instant::now),
            answer,
        }))
    }

    /// The body has ended. Without a text nothing was said, and no message is sent.
    pub(super) fn finish(self, failure: Option<&'static str>, text: Option<Cow<'_, str>>) {
        if failure.is_some() {
            return;
        }
        match self {
            Self::Plain(frame) => {
                if let Some(text) = text {
                    frame.track(Answer::new().received(&frame, Cow::Owned(text.into_owned())));
                }
            }
            Self::Described(described) => described.finish(text),
        }
    }
}

impl Described {
    fn finish(self, text: Option<Cow<'_, str>>) {
        let Self {
            frame,
            mut answer,
            started,
        } = self;
        if let Some(media) = answer.take_media() {
            frame.track(media.into_event());
        }
        if let Some(text) = text {
            let mut event = answer.received(&frame, Cow::Owned(text.into_owned()));
            if let Some(started) = started {
                event = event.property("duration_ms", milliseconds(started));
            }
            frame.track(event);
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply")
    }
}
