//! Streams that yield the items of another stream and send Message Received when that stream ends.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_core::stream::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::conversation::current::{self, BorrowedScope, Entered, InTurn};
use crate::conversation::scope::{ReplyStart, Scope};
use crate::event::properties::opt_in::{COMPLETION, DURATION_MS, FIRST_CHUNK_MS};
use crate::event::track_event::TrackEvent as _;
use crate::tracking::call_scope::CallScope;
use crate::tracking::call_site::{CURRENT, CallSite, Condition, TargetConversation};
use crate::tracking::evaluation::{contain, invalid_event};
use crate::tracking::pending_event::PendingEvent;
use crate::tracking::recorder::milliseconds;
use crate::tracking::reply::{OpenReply, ReplyOptions};
use crate::tracking::streamed_text::StreamedText;

/// A streamed reply that has started. The scope is determined when the function is called. If there
/// is no scope at that time, the current scope at the first poll of the stream is used.
pub struct StreamedReply {
    site: &'static CallSite,
    condition: Condition,
    scope: Option<StreamScope>,
    options: ReplyOptions,
    /// The customer's message, if it has not been sent.
    message: Option<PendingEvent>,
    /// The target to use at the first poll if the scope is not known yet.
    target: TargetConversation,
    started: Instant,
}

/// The scope of a streamed reply.
struct StreamScope {
    scope: Arc<Scope>,
    /// Whether Message Received is sent.
    is_sent: bool,
}

impl CallSite {
    /// Starts a streamed reply.
    #[must_use]
    pub fn stream_reply(
        &'static self,
        target: TargetConversation,
        options: ReplyOptions,
    ) -> StreamedReply {
        self.streamed(target, None, options)
    }

    /// Sends the customer's message, and starts the streamed reply to it.
    #[must_use]
    pub fn stream_turn(
        &'static self,
        target: TargetConversation,
        message: PendingEvent,
        options: ReplyOptions,
    ) -> StreamedReply {
        self.streamed(target, Some(message), options)
    }

    fn streamed(
        &'static self,
        target: TargetConversation,
        message: Option<PendingEvent>,
        options: ReplyOptions,
    ) -> StreamedReply {
        let condition = target.condition();
        let found = target.find();
        let mut reply = StreamedReply {
            site: self,
            condition,
            scope: None,
            options,
            message,
            target: CURRENT,
            started: Instant::now(),
        };
        if let Some(scope) = found {
            reply.open(CallScope::new(scope, condition), ReplyStart::Unpolled);
        }
        reply
    }

    /// Returns the stream. The bound lets the compiler infer the type of its items.
    pub fn stream_of<I, S: Stream<Item = I>>(&self, stream: S) -> S {
        stream
    }
}

impl StreamedReply {
    /// Creates a reply that starts when its stream is first polled, in the scope that is current
    /// now. Until then, its settings can change.
    pub(crate) fn deferred(site: &'static CallSite) -> Self {
        Self {
            site,
            condition: Condition::Met,
            scope: None,
            options: ReplyOptions::default(),
            message: None,
            target: current::get().map_or(CURRENT, TargetConversation::scope),
            started: Instant::now(),
        }
    }

    /// Sets the target. If it is the current scope, the scope that is current now is used.
    pub(crate) fn set_target(&mut self, target: TargetConversation) {
        self.target = target.find().map_or(CURRENT, TargetConversation::scope);
    }

    pub(crate) fn set_condition(&mut self, condition: Condition) {
        self.condition = condition;
    }

    pub(crate) fn options_mut(&mut self) -> &mut ReplyOptions {
        &mut self.options
    }

    /// Enters the scope of the reply, for the body that returns the stream.
    #[must_use = "the scope is left when the guard is dropped"]
    pub fn enter(&self) -> Option<Entered> {
        self.scope().map(current::enter)
    }

    /// Returns a future that polls `body` in the scope of the reply. `body` returns the stream.
    pub fn run<F: Future>(&self, body: F) -> InTurn<F> {
        InTurn::new(body, self.scope())
    }

    fn scope(&self) -> Option<Arc<Scope>> {
        Some(Arc::clone(&self.scope.as_ref()?.scope))
    }

    /// Starts the reply in a scope. If there is a message from the customer, sends it first.
    fn open(&mut self, found: CallScope, start: ReplyStart) {
        let is_sent = found.is_sent;
        let scope = match self.message.take() {
            Some(message) => found.start_turn(|| message),
            None => found.scope,
        };
        self.scope = Some(StreamScope {
            scope: self.options.open(&scope, start),
            is_sent,
        });
    }

    /// Wraps a stream. `text` receives each item and adds its text to the reply.
    pub fn wrap<S, X>(self, stream: S, text: X) -> TrackedStream<S, X>
    where
        S: Stream,
        X: FnMut(&S::Item, &mut StreamedText),
    {
        TrackedStream {
            stream,
            text,
            reply: StreamTracker::new(self),
        }
    }
}

pin_project! {
    /// A stream whose text is sent as Message Received.
    ///
    /// It yields the items of the inner stream unchanged. Each poll runs in the scope of the reply.
    #[must_use = "streams do nothing unless polled"]
    pub struct TrackedStream<S, X> {
        #[pin]
        stream: S,
        text: X,
        reply: StreamTracker,
    }
}

impl<S, X> Stream for TrackedStream<S, X>
where
    S: Stream,
    X: FnMut(&S::Item, &mut StreamedText),
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        this.reply.poll_next(this.stream, context, this.text)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S, X> FusedStream for TrackedStream<S, X>
where
    S: FusedStream,
    X: FnMut(&S::Item, &mut StreamedText),
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<S: fmt::Debug, X> fmt::Debug for TrackedStream<S, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedStream")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for StreamedReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamedReply")
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}

/// A guard that sends the message once: when the stream ends or is dropped, whichever happens
/// first.
pub(crate) struct StreamTracker {
    state: StreamState,
}

enum StreamState {
    Unpolled(Box<StreamedReply>),
    Polled(Box<PolledStream>),
    /// The message has been sent, or there is no scope.
    Finished,
}

struct PolledStream {
    reply: OpenReply,
    is_sent: bool,
    options: ReplyOptions,
    text: StreamedText,
    started: Instant,
}

#[derive(Clone, Copy)]
enum StreamEnd {
    Exhausted,
    Dropped,
    Panicked,
}

/// One poll of the stream. If the poll panics, the reply ends at once and not when the stream is
/// dropped: by then, the panic may have been caught, or another panic may have caused the drop.
struct ReplyPoll<'a> {
    reply: &'a mut StreamTracker,
    panics: bool,
}

impl<'a> ReplyPoll<'a> {
    #[inline]
    fn start(reply: &'a mut StreamTracker) -> Self {
        reply.begin();
        Self {
            reply,
            panics: true,
        }
    }

    fn scope(&mut self) -> Option<&mut Option<Arc<Scope>>> {
        match &mut self.reply.state {
            StreamState::Polled(polled) => Some(polled.reply.scope_mut()),
            _ => None,
        }
    }

    /// Adds the text of the item, or ends the reply.
    fn finish<T>(mut self, polled: &Poll<Option<T>>, text: &mut impl FnMut(&T, &mut StreamedText)) {
        match polled {
            Poll::Ready(Some(item)) => {
                if let StreamState::Polled(polled) = &mut self.reply.state {
                    let added = contain(|| text(item, &mut polled.text));
                    polled.text.panicked |= added.is_none();
                }
            }
            Poll::Ready(None) => self.reply.end(StreamEnd::Exhausted),
            Poll::Pending => {}
        }
        self.panics = false;
    }
}

impl Drop for ReplyPoll<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.panics {
            self.reply.end(StreamEnd::Panicked);
        }
    }
}

impl StreamTracker {
    pub(crate) fn new(reply: StreamedReply) -> Self {
        Self {
            state: StreamState::Unpolled(Box::new(reply)),
        }
    }

    /// Returns the reply if the stream has not been polled.
    pub(crate) fn unpolled_mut(&mut self) -> Option<&mut StreamedReply> {
        match &mut self.state {
            StreamState::Unpolled(reply) => Some(reply),
            _ => None,
        }
    }

    /// Polls the stream in the scope of the reply. `text` receives each item.
    #[inline]
    pub(crate) fn poll_next<S: Stream>(
        &mut self,
        stream: Pin<&mut S>,
        context: &mut Context<'_>,
        text: &mut impl FnMut(&S::Item, &mut StreamedText),
    ) -> Poll<Option<S::Item>> {
        let mut poll = ReplyPoll::start(self);
        let polled = {
            let _entered = poll.scope().map(BorrowedScope::enter);
            stream.poll_next(context)
        };
        poll.finish(&polled, text);
        polled
    }

    /// Starts the reply at the first poll.
    #[inline]
    fn begin(&mut self) {
        if matches!(self.state, StreamState::Unpolled(_)) {
            self.begin_unpolled();
        }
    }

    #[cold]
    fn begin_unpolled(&mut self) {
        let StreamState::Unpolled(unpolled) =
            std::mem::replace(&mut self.state, StreamState::Finished)
        else {
            return;
        };
        let mut unpolled = *unpolled;
        if let Some(found) = &unpolled.scope {
            found.scope.reply_shown();
        } else {
            let target = std::mem::replace(&mut unpolled.target, CURRENT);
            if let Some(found) = unpolled.site.scope(target.when(unpolled.condition)) {
                unpolled.open(found, ReplyStart::Running);
            }
        }
        let StreamedReply {
            scope,
            options,
            started,
            ..
        } = unpolled;
        if let Some(StreamScope { scope, is_sent }) = scope {
            self.state = StreamState::Polled(Box::new(PolledStream {
                reply: OpenReply::new(scope),
                is_sent,
                text: StreamedText::default(),
                options,
                started,
            }));
        }
    }

    fn end(&mut self, end: StreamEnd) {
        let StreamState::Polled(polled) = std::mem::replace(&mut self.state, StreamState::Finished)
        else {
            return;
        };
        let PolledStream {
            reply,
            is_sent,
            mut options,
            text,
            started,
        } = *polled;
        let Some(scope) = reply.scope().filter(|_| is_sent) else {
            return;
        };
        let completion = match end {
            StreamEnd::Panicked => Some("error"),
            _ if text.failed => Some("error"),
            StreamEnd::Dropped => Some("cancelled"),
            StreamEnd::Exhausted => None,
        };
        if let (Some(media), None) = (options.take_media(), completion) {
            scope.track(media.into_event());
        }
        if text.panicked {
            scope.track(invalid_event());
            return;
        }
        if text.is_empty() {
            return;
        }
        let first = text.first;
        reply.send(|scope| {
            let mut event = options.received(scope, Cow::Owned(text.into_text()));
            if let Some(completion) = completion {
                event = event.property(COMPLETION, completion);
            }
            if options.duration {
                event = event.property(DURATION_MS, milliseconds(started.elapsed()));
            }
            if let (true, Some(first)) = (options.first_chunk, first) {
                let waited = milliseconds(first.duration_since(started));
                event = event.property(FIRST_CHUNK_MS, waited);
            }
            event
        });
    }
}

impl Drop for StreamTracker {
    fn drop(&mut self) {
        self.end(StreamEnd::Dropped);
    }
}
