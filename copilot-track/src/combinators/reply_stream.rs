//! A stream that is a reply.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::call_kind::{EventSetting, EventSettings as _};
use super::reply::{ItemText, OwnText, SelectedText};
use super::site::Site;
use crate::args::AsConversation;
use crate::event::extra_properties::SerializedValue;
use crate::event::ids::into_message_id::IntoMessageId;
use crate::event::properties::value::PropertyValue;
use crate::event::role::Role;
use crate::tracking::call_site::Condition;
use crate::tracking::reply::ReplyOptions;
use crate::tracking::tracked_stream::{StreamTracker, StreamedReply};

pin_project! {
    /// A stream whose text is sent as Message Received. Returned by
    /// [`TrackedStreamExt::tracked_reply`](crate::TrackedStreamExt::tracked_reply).
    ///
    /// It yields the items of the inner stream unchanged. The settings of the reply must be made
    /// before the stream is first polled.
    #[must_use = "streams do nothing unless polled"]
    pub struct ReplyStream<S, X = OwnText> {
        #[pin]
        stream: S,
        text: X,
        reply: StreamTracker,
    }
}

impl<S: Stream> ReplyStream<S> {
    #[track_caller]
    pub(super) fn new(stream: S) -> Self {
        let site = Site {
            method: "tracked_reply",
            location: Location::caller(),
        };
        Self {
            stream,
            text: OwnText,
            reply: StreamTracker::new(StreamedReply::deferred(site.call_site())),
        }
    }

    /// Selects the text of each item. Errors have no text.
    ///
    /// ```
    /// # use copilot_track::TrackedStreamExt as _;
    /// # use futures_util::stream;
    /// # #[derive(Clone)]
    /// # struct Delta { text: Option<String> }
    /// # let deltas = stream::iter([Ok::<_, std::fmt::Error>(Delta { text: None })]);
    /// let deltas = deltas
    ///     .tracked_reply()
    ///     .body(|delta| Some(delta.as_ref().ok()?.text.as_deref()?.into()));
    /// ```
    pub fn body<C>(self, text: C) -> ReplyStream<S, SelectedText<C>>
    where
        C: FnMut(&S::Item) -> Option<Cow<'_, str>>,
    {
        ReplyStream {
            stream: self.stream,
            text: SelectedText(text),
            reply: self.reply,
        }
    }
}

impl<S, X> ReplyStream<S, X> {
    /// Sets the conversation or turn to which the reply belongs: a [`Conversation`], a [`Turn`], a
    /// reference to one, or an `Option` of these.
    ///
    /// [`Conversation`]: crate::Conversation
    /// [`Turn`]: crate::Turn
    pub fn conversation(self, conversation: impl AsConversation) -> Self {
        self.change(|reply| reply.set_target(conversation.target()))
    }

    /// Sets whether the message is sent. If it is not sent, the ledger does not count the call. The
    /// scope of the reply stays the same.
    pub fn when(self, condition: bool) -> Self {
        self.change(|reply| reply.set_condition(Condition::of(condition)))
    }

    /// Sets the role.
    pub fn role(self, role: impl Into<Role>) -> Self {
        self.change(|reply| reply.options_mut().set(EventSetting::Role(role.into())))
    }

    /// Sets the id of the reply.
    ///
    /// A string that is not a valid id makes the event invalid: the event is not sent, and the
    /// ledger counts it.
    pub fn message_id(self, id: impl IntoMessageId) -> Self {
        let setting = EventSetting::MessageId(id.into_message_id());
        self.change(|reply| reply.options_mut().set(setting))
    }

    /// Sets an additional property.
    ///
    /// A value that fails to serialize makes the event invalid: the event is not sent, and the
    /// ledger counts it.
    pub fn property(self, name: impl Into<Cow<'static, str>>, value: impl PropertyValue) -> Self {
        let setting = EventSetting::Property(name.into(), SerializedValue::of_owned(value));
        self.change(|reply| reply.options_mut().set(setting))
    }

    /// Sets an additional property that contains text from the conversation. The
    /// [content policy](crate::Content) applies to it, as to the text of a message.
    pub fn text(self, name: impl Into<Cow<'static, str>>, text: impl AsRef<str>) -> Self {
        let setting = EventSetting::Text(name.into(), text.as_ref().to_owned());
        self.change(|reply| reply.options_mut().set(setting))
    }

    /// Adds `duration_ms`: the duration in milliseconds, rounded to microseconds.
    pub fn record_duration(self) -> Self {
        self.change_options(ReplyOptions::record_duration)
    }

    /// Adds `first_chunk_ms`: the time until the first text, in milliseconds, rounded to
    /// microseconds.
    pub fn record_first_chunk(self) -> Self {
        self.change_options(ReplyOptions::record_first_chunk)
    }

    fn change_options(self, change: impl FnOnce(ReplyOptions) -> ReplyOptions) -> Self {
        self.change(|reply| {
            let options = reply.options_mut();
            *options = change(std::mem::take(options));
        })
    }

    fn change(mut self, change: impl FnOnce(&mut StreamedReply)) -> Self {
        if let Some(reply) = self.reply.unpolled_mut() {
            change(reply);
        }
        self
    }
}

impl<S: Stream, X: ItemText<S::Item>> Stream for ReplyStream<S, X> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let text = this.text;
        this.reply
            .poll_next(this.stream, context, &mut |item: &S::Item, streamed| {
                text.append(item, streamed);
            })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S: FusedStream, X: ItemText<S::Item>> FusedStream for ReplyStream<S, X> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<S: fmt::Debug, X> fmt::Debug for ReplyStream<S, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyStream")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}
