//! A call that is tracked to its end: what it began, and how that ends.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::conversation::current::{self as scope, Entered, InTurn};
use crate::conversation::scope::Frame;
use crate::tracking::call_site::{AMBIENT, Chosen, Site};
use crate::tracking::pending_event::Draft;
use crate::tracking::recorder::{Record, Recorder};
use crate::tracking::reply::{Answer, Reply};

/// What a call has begun. Outside any conversation that is nothing.
#[must_use = "the event is sent when the call has ended"]
#[derive(Debug)]
pub struct Tracked {
    /// The scope that the body runs in, if it has one of its own.
    pub(super) frame: Option<Arc<Frame>>,
    pub(super) what: What,
}

/// What waits for the end.
#[derive(Debug)]
pub(super) enum What {
    Nothing,
    /// Sent when the function has succeeded, and not otherwise.
    Held(Box<Held>),
    /// Sent however the call ends.
    Recorded(Recorder),
    /// Both, in this order.
    RecordedAndHeld(Box<(Recorder, Held)>),
    /// Sent with the text of the value.
    Reply(Reply),
    /// A conversation, which ends when the function has succeeded.
    Conversation(Arc<Frame>),
}

/// An event that is held back.
pub(super) struct Held(Arc<Frame>, Draft);

impl Site {
    /// Holds an event back until the function has succeeded.
    pub fn hold(&self, chosen: Chosen, draft: impl FnOnce() -> Draft) -> Tracked {
        Tracked::unscoped(self.call_in(chosen).map_or(What::Nothing, |call| {
            What::Held(Box::new(Held(call.0, draft())))
        }))
    }

    /// Records a call until its end.
    pub fn record(&self, chosen: Chosen, record: Record, draft: impl FnOnce() -> Draft) -> Tracked {
        Tracked::unscoped(self.call_in(chosen).map_or(What::Nothing, |call| {
            What::Recorded(Recorder::new(call.0, record, draft()))
        }))
    }

    /// Records a call until its end, and holds back what it makes.
    pub fn record_and_hold(
        &self,
        chosen: Chosen,
        record: Record,
        draft: impl FnOnce() -> Draft,
        held: impl FnOnce() -> Draft,
    ) -> Tracked {
        Tracked::unscoped(self.call_in(chosen).map_or(What::Nothing, |call| {
            let held = Held(Arc::clone(&call.0), held());
            What::RecordedAndHeld(Box::new((Recorder::new(call.0, record, draft()), held)))
        }))
    }

    /// Begins a reply, which gets an id of its own.
    pub fn reply(&self, chosen: Chosen, answer: impl FnOnce() -> Answer) -> Tracked {
        let Some(frame) = self.frame(chosen) else {
            return Tracked::nothing();
        };
        let recording = frame.is_recording();
        let mut answer = if recording { answer() } else { Answer::new() };
        let frame = answer.open(&frame);
        let what = if recording {
            What::Reply(Reply::new(Arc::clone(&frame), answer))
        } else {
            What::Nothing
        };
        Tracked {
            frame: Some(frame),
            what,
        }
    }

    /// Sends the customer's message, and begins the turn on it.
    pub fn message(&self, chosen: Chosen, message: impl FnOnce() -> Draft) -> Tracked {
        let frame = self.frame(chosen).map(|frame| {
            if !frame.is_recording() {
                return frame;
            }
            let turn = frame.conversation().turn_with(message().into_event());
            Arc::clone(turn.frame())
        });
        Tracked {
            frame,
            what: What::Nothing,
        }
    }

    /// The same, where all that is said of the message is its text.
    pub fn message_of<T: ?Sized>(
        &self,
        body: &T,
        text: impl FnOnce(&T) -> Option<Cow<'_, str>>,
    ) -> Tracked {
        self.message(AMBIENT, || self.said(text(body)))
    }

    /// Starts the conversation, unless it has started.
    pub fn conversation(&self, chosen: Chosen) -> Tracked {
        let Some(frame) = self.frame(chosen) else {
            return Tracked::nothing();
        };
        frame.conversation().start();
        Tracked {
            frame: Some(Arc::clone(&frame)),
            what: What::Conversation(frame),
        }
    }
}

impl Tracked {
    pub(super) fn nothing() -> Self {
        Self::unscoped(What::Nothing)
    }

    fn unscoped(what: What) -> Self {
        Self { frame: None, what }
    }

    /// Enters the call's scope.
    #[must_use = "the scope is left when the guard is dropped"]
    pub fn enter(&self) -> Option<Entered> {
        self.frame.clone().map(scope::enter)
    }

    /// Polls a body in the call's scope.
    pub fn run<F: Future>(&self, body: F) -> InTurn<F> {
        InTurn::new(body, self.frame.clone())
    }

    /// The body has given its value. `how` looks at that, if anything waits for it.
    #[inline]
    pub fn end<T: ?Sized>(self, out: &T, how: impl FnOnce(&T, End)) {
        if let Some(end) = self.what.ready() {
            how(out, end);
        }
    }

    /// The same, with a value or with an error of the type that `failure` names.
    pub fn ended(self, failure: Option<&'static str>) {
        End(self.what).ended(failure);
    }

    /// The same, with a reply.
    #[inline]
    pub fn said<T: ?Sized>(
        self,
        failure: Option<&'static str>,
        reply: &T,
        text: impl FnOnce(&T) -> Option<Cow<'_, str>>,
    ) {
        if let Some(end) = self.what.ready() {
            end.said(failure, text(reply));
        }
    }

    /// For a body that stays in its place and cannot fail: enters the scope, and ends when the
    /// guard is dropped, unless that is because of a panic.
    #[must_use = "the call ends when the guard is dropped"]
    pub fn until_return(self) -> UntilReturn {
        UntilReturn {
            entered: self.frame.map(scope::enter),
            what: self.what,
            panicking: std::thread::panicking(),
        }
    }
}

impl What {
    /// What there is to end, if there is anything.
    #[inline]
    pub(super) fn ready(self) -> Option<End> {
        match self {
            Self::Nothing => None,
            what => Some(End(what)),
        }
    }
}

/// How a call ends.
#[derive(Debug)]
pub struct End(What);

impl End {
    /// With a value, or with an error of the type that `failure` names.
    pub fn ended(self, failure: Option<&'static str>) {
        match self.0 {
            What::Nothing => {}
            What::Held(held) => held.finish(failure),
            What::Recorded(recorder) => recorder.finish(failure),
            What::RecordedAndHeld(both) => {
                let (recorder, held) = *both;
                recorder.finish(failure);
                held.finish(failure);
            }
            What::Reply(reply) => reply.finish(failure, None),
            What::Conversation(frame) => {
                if failure.is_none() {
                    frame.conversation().end();
                }
            }
        }
    }

    /// The same, with another word for how it went.
    pub fn ended_as(self, failure: Option<&'static str>, outcome: Cow<'static, str>) {
        match self.0 {
            What::Recorded(recorder) => recorder.finish_as(failure, outcome),
            What::RecordedAndHeld(both) => {
                let (recorder, held) = *both;
                recorder.finish_as(failure, outcome);
                held.finish(failure);
            }
            other => Self(other).ended(failure),
        }
    }

    /// With the text of a reply; without one nothing was said, and no message is sent.
    pub fn said(self, failure: Option<&'static str>, text: Option<Cow<'_, str>>) {
        match self.0 {
            What::Reply(reply) => reply.finish(failure, text),
            other => Self(other).ended(failure),
        }
    }
}

impl Held {
    fn finish(self, failure: Option<&'static str>) {
        if failure.is_none() {
            self.0.track(self.1.into_event());
        }
    }
}

/// Ends a call when its function returns.
#[derive(Debug)]
pub struct UntilReturn {
    entered: Option<Entered>,
    what: What,
    /// There was a panic already, in which the function is called.
    panicking: bool,
}

impl Drop for UntilReturn {
    fn drop(&mut self) {
        self.entered = None;
        if self.panicking || !std::thread::panicking() {
            let what = std::mem::replace(&mut self.what, What::Nothing);
            End(what).ended(None);
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}
