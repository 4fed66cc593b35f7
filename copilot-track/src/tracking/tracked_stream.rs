//! The tracked stream: the items of another, untouched, and one Message Received at its end.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::conversation::current::{self as scope, Entered, InTurn};
use crate::conversation::scope::Frame;
use crate::event::track_event::TrackEvent as _;
use crate::tracking::call_site::{AMBIENT, Chosen, Site};
use crate::tracking::recorder::milliseconds;
use crate::tracking::reply::Answer;
use crate::util::truncation::{prefix, truncation_marker};

/// So much of a streamed text is kept. An event holds no more, whatever the stream says.
const MAX_TEXT_BYTES: usize = 32_000;

/// A streamed reply that begins. It takes the turn that is ambient here or, failing that, where the
/// stream is first polled.
pub struct Streamed {
    site: &'static Site,
    frame: Option<Arc<Frame>>,
    answer: Answer,
    started: Instant,
}

impl Site {
    /// Begins a streamed reply.
    #[must_use]
    pub fn streamed(&'static self, chosen: Chosen, mut answer: Answer) -> Streamed {
        let frame = chosen.0.or_else(scope::current);
        Streamed {
            site: self,
            frame: frame.map(|frame| answer.open(&frame)),
            answer,
            started: Instant::now(),
        }
    }

    /// Fixes the type of a stream's items before they are looked at.
    pub fn stream_of<I, S: Stream<Item = I>>(&self, stream: S) -> S {
        stream
    }
}

impl Streamed {
    /// Enters the reply's scope, in which the body makes the stream.
    #[must_use = "the scope is left when the guard is dropped"]
    pub fn enter(&self) -> Option<Entered> {
        self.frame.clone().map(scope::enter)
    }

    /// Polls the body that makes the stream, in the reply's scope.
    pub fn run<F: Future>(&self, body: F) -> InTurn<F> {
        InTurn::new(body, self.frame.clone())
    }

    /// Wraps a stream whose type may change.
    pub fn stream<S, X>(self, stream: S, text: X) -> TrackedStream<S, X>
    where
        S: Stream,
        X: FnMut(&S::Item, &mut Gathered),
    {
        TrackedStream {
            stream,
            text,
            reply: StreamedReply {
                state: State::Unpolled(Box::new(Unpolled(Mutex::new(self)))),
            },
        }
    }
}

pin_project! {
    /// A stream whose text becomes a Message Received.
    ///
    /// Its items are passed on as they come. Each poll happens in the reply's scope.
    #[must_use = "streams do nothing unless polled"]
    pub struct TrackedStream<S, X> {
        #[pin]
        stream: S,
        text: X,
        reply: StreamedReply,
    }
}

impl<S, X> Stream for TrackedStream<S, X>
where
    S: Stream,
    X: FnMut(&S::Item, &mut Gathered),
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        this.reply.begin();
        let polled = {
            let _entered = this.reply.frame().map(scope::enter);
            this.stream.poll_next(context)
        };
        match &polled {
            Poll::Ready(Some(item)) => {
                if let State::Live(live) = &mut this.reply.state {
                    live.gathered.failed = false;
                    (this.text)(item, &mut live.gathered);
                }
            }
            Poll::Ready(None) => this.reply.end(Completion::Whole),
            Poll::Pending => {}
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S: fmt::Debug, X> fmt::Debug for TrackedStream<S, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedStream")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed")
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}

/// Sends the message once: at the end of the stream, or when the stream is dropped before.
struct StreamedReply {
    state: State,
}

enum State {
    Unpolled(Box<Unpolled>),
    Live(Box<Live>),
    /// Sent, or never to be sent.
    Over,
}

/// An event is `Send`; behind a lock a stream stays `Sync` where it was.
struct Unpolled(Mutex<Streamed>);

struct Live {
    frame: Arc<Frame>,
    answer: Mutex<Answer>,
    gathered: Gathered,
    started: Instant,
}

#[derive(Clone, Copy)]
enum Completion {
    Whole,
    Dropped,
}

impl StreamedReply {
    /// The first poll.
    fn begin(&mut self) {
        if !matches!(self.state, State::Unpolled(_)) {
            return;
        }
        let State::Unpolled(unpolled) = std::mem::replace(&mut self.state, State::Over) else {
            return;
        };
        let Streamed {
            site,
            frame,
            mut answer,
            started,
        } = unpolled
            .0
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let frame = frame.or_else(|| site.frame(AMBIENT).map(|frame| answer.open(&frame)));
        if let Some(frame) = frame {
            self.state = State::Live(Box::new(Live {
                frame,
                gathered: Gathered::default(),
                answer: Mutex::new(answer),
                started,
            }));
        }
    }

    fn frame(&self) -> Option<Arc<Frame>> {
        match &self.state {
            State::Live(live) => Some(Arc::clone(&live.frame)),
            _ => None,
        }
    }

    fn end(&mut self, completion: Completion) {
        let State::Live(live) = std::mem::replace(&mut self.state, State::Over) else {
            return;
        };
        let Live {
            frame,
            answer,
            gathered,
            started,
        } = *live;
        if !frame.is_recording() {
            return;
        }
        let mut answer = answer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let completion = match completion {
            _ if gathered.failed || std::thread::panicking() => Some("error"),
            Completion::Dropped => Some("cancelled"),
            Completion::Whole => None,
        };
        if let (Some(media), None) = (answer.take_media(), completion) {
            frame.track(media.into_event());
        }
        let first = gathered.first;
        let mut event = answer.received(&frame, Cow::Owned(gathered.into_text()));
        if let Some(completion) = completion {
            event = event.property("completion", completion);
        }
        if answer.duration {
            event = event.property("duration_ms", milliseconds(started));
        }
        if let (true, Some(first)) = (answer.first_chunk, first) {
            let waited = first.duration_since(started).as_secs_f64() * 1000.0;
            event = event.property("first_chunk_ms", waited);
        }
        frame.track(event);
    }
}

impl Drop for StreamedReply {
    fn drop(&mut self) {
        self.end(Completion::Dropped);
    }
}

/// The text of a stream so far.
#[derive(Debug, Default)]
pub struct Gathered {
    text: String,
    /// Bytes of the whole text, kept or not.
    full: usize,
    /// The last item was an error.
    failed: bool,
    first: Option<Instant>,
}

impl Gathered {
    /// Another item, and the name of its error's type if it is one.
    pub fn item(&mut self, failure: Option<&'static str>) {
        self.failed = failure.is_some();
        if self.first.is_none() {
            self.first = Some(Instant::now());
        }
    }

    /// What another item says.
    pub fn push(&mut self, text: Option<Cow<'_, str>>) {
        let Some(text) = text else {
            return;
        };
        // Once something is left out, nothing may follow it.
        if self.full == self.text.len() {
            let room = MAX_TEXT_BYTES - self.text.len();
            self.text.push_str(prefix(&text, room));
        }
        self.full = self.full.saturating_add(text.len());
    }

    fn into_text(mut self) -> String {
        if self.full > self.text.len() {
            self.text.push_str(&truncation_marker(self.full));
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_tells_its_length() {
        let mut gathered = Gathered::default();
        gathered.push(Some("a".repeat(MAX_TEXT_BYTES - 1).into()));
        gathered.push(Some("é".into()));
        gathered.push(Some("later".into()));
        let text = gathered.into_text();
        assert!(text.starts_with("aaa") && text.len() < MAX_TEXT_BYTES + 60);
        assert!(
            text.contains(&(MAX_TEXT_BYTES + 6).to_string()),
            "{}",
            &text[MAX_TEXT_BYTES - 10..]
        );
        assert!(!text.contains("later"));
    }
}
