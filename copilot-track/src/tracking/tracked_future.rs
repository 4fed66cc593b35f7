//! The future of an async function that is tracked to its end.
//!
//! An async function becomes one that returns [`TrackedFuture`] round a single async block: a second one
//! inside would double the depth of its type, and what the compiler has to do. The block holds the
//! parameters, so only its first statement can evaluate the attribute's arguments. It hands what it
//! began to the wrapper by the thread, where it waits from [`TrackedCall::start`] to the end of that
//! poll.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::conversation::current;
use crate::tracking::call_site::CallSite;
use crate::tracking::completion_handler::{ClosureHandler, CompletionHandler, NoHandler};
use crate::tracking::tracked_call::{Completion, Pending, TrackedCall};

pin_project! {
    /// An async function's body, and how its call ends.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct TrackedFuture<F, E> {
        #[pin]
        body: F,
        handler: Option<E>,
        call: CallState,
    }
}

/// What the first poll began.
enum CallState {
    NotStarted,
    Started(TrackedCall),
}

/// What a body has started in the poll that goes on.
struct StartedCall {
    tracked: TrackedCall,
    /// Its scope is ambient, and `tracked` has in its place what was ambient before.
    scoped: bool,
}

thread_local! {
    static STARTED: Cell<Option<StartedCall>> = const { Cell::new(None) };
}

impl CallSite {
    /// The future of a function. `end` gets its value, if anything waits for that.
    #[inline]
    pub fn run<F: Future, E: CompletionHandler<F::Output>>(
        &self,
        body: F,
        handler: E,
    ) -> TrackedFuture<F, E> {
        TrackedFuture {
            body,
            handler: Some(handler),
            call: CallState::NotStarted,
        }
    }

    /// The same, with a closure that gets the value.
    #[inline]
    pub fn run_to<F: Future, C: FnOnce(&F::Output, Completion)>(
        &self,
        body: F,
        handler: C,
    ) -> TrackedFuture<F, ClosureHandler<C>> {
        self.run(body, ClosureHandler(handler))
    }

    /// The same, where nothing waits for the value.
    #[inline]
    pub fn run_scoped<F: Future>(&self, body: F) -> TrackedFuture<F, NoHandler> {
        self.run(body, NoHandler)
    }
}

impl TrackedCall {
    /// Enters the scope, and hands over to the [`TrackedFuture`] that polls this.
    pub fn start(mut self) {
        let scoped = self.scope.is_some();
        if !scoped && matches!(self.pending, Pending::Nothing) {
            return;
        }
        if scoped {
            current::swap(&mut self.scope);
        }
        let started = StartedCall {
            tracked: self,
            scoped,
        };
        // A thread that ends tracks nothing any more.
        let _ = STARTED.try_with(|place| place.set(Some(started)));
    }
}

impl<F: Future, E: CompletionHandler<F::Output>> Future for TrackedFuture<F, E> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = {
            let mut guard = PollGuard::enter(this.call);
            let polled = this.body.poll(context);
            guard.panics = false;
            polled
        };
        if let Poll::Ready(output) = &polled
            && let Some(completion) = this.call.complete()
            && let Some(handler) = this.handler.take()
        {
            handler.handle(output, completion);
        }
        polled
    }
}

impl CallState {
    /// What there is to end.
    #[inline]
    fn complete(&mut self) -> Option<Completion> {
        match self {
            Self::NotStarted => None,
            Self::Started(tracked) => {
                std::mem::replace(&mut tracked.pending, Pending::Nothing).ready()
            }
        }
    }
}

/// A poll of the body. Its end, also by a panic, leaves the scope.
struct PollGuard<'a> {
    call: &'a mut CallState,
    kind: PollKind,
    panics: bool,
}

enum PollKind {
    /// The first poll, perhaps within the first poll of another, which began something.
    First(Option<StartedCall>),
    Scoped,
    Unscoped,
}

impl<'a> PollGuard<'a> {
    fn enter(call: &'a mut CallState) -> Self {
        let kind = match call {
            CallState::NotStarted => PollKind::First(STARTED.try_with(Cell::take).ok().flatten()),
            CallState::Started(tracked) if tracked.scope.is_some() => {
                current::swap(&mut tracked.scope);
                PollKind::Scoped
            }
            CallState::Started(_) => PollKind::Unscoped,
        };
        Self {
            call,
            kind,
            panics: true,
        }
    }
}

impl Drop for PollGuard<'_> {
    fn drop(&mut self) {
        match &mut self.kind {
            PollKind::First(outer) => {
                let outer = outer.take();
                let started = STARTED
                    .try_with(|place| place.replace(outer))
                    .ok()
                    .flatten();
                *self.call = CallState::Started(
                    started.map_or_else(TrackedCall::nothing, StartedCall::leave),
                );
            }
            PollKind::Scoped => {
                if let CallState::Started(tracked) = self.call {
                    current::swap(&mut tracked.scope);
                }
            }
            PollKind::Unscoped => {}
        }
        if self.panics {
            // Now, while that can be seen: the future may be dropped when the panic has been
            // caught.
            *self.call = CallState::Started(TrackedCall::nothing());
        }
    }
}

impl StartedCall {
    /// What was started, out of its scope.
    fn leave(mut self) -> TrackedCall {
        if self.scoped {
            current::swap(&mut self.tracked.scope);
        }
        self.tracked
    }
}

impl<F, E> fmt::Debug for TrackedFuture<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedFuture").finish_non_exhaustive()
    }
}
