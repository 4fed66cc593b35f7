//! The future of a tracked async function.
//!
//! The macros turn an async function into a function that returns a [`TrackedFuture`] around a
//! single async block. A nested async block would double the depth of the future's type, and thus
//! the compile time.
//!
//! The block owns the parameters, so only code in the block can evaluate the attribute's arguments.
//! The first statement of the block starts the call ([`TrackedCall::start`]) and stores the call in
//! a thread-local. At the end of the same poll, the [`TrackedFuture`] takes the call from the
//! thread-local.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::future::FusedFuture;
use pin_project_lite::pin_project;

use crate::conversation::current;
use crate::conversation::scope::Scope;
use crate::tracking::call_site::CallSite;
use crate::tracking::completion_handler::{ClosureHandler, CompletionHandler, NoHandler};
use crate::tracking::tracked_call::{Completion, Pending, TrackedCall};

pin_project! {
    /// The body of an async function, and the handler that completes its call.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct TrackedFuture<F, E> {
        #[pin]
        body: F,
        handler: Option<E>,
        call: CallState,
    }
}

/// The call, which starts at the first poll.
#[derive(Debug, Default)]
pub(super) enum CallState {
    #[default]
    NotStarted,
    Started(TrackedCall),
}

/// A call whose future is part of another type, which starts and completes the call.
#[derive(Debug, Default)]
pub(crate) struct PolledCall(CallState);

impl PolledCall {
    pub(crate) fn has_started(&self) -> bool {
        matches!(self.0, CallState::Started(_))
    }

    pub(crate) fn start(&mut self, call: TrackedCall) {
        self.0 = CallState::Started(call);
    }

    /// Polls the future of the call, which has started.
    pub(crate) fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let mut guard = PollGuard::enter(&mut self.0);
        let polled = future.poll(context);
        guard.panics = false;
        polled
    }

    /// Returns the completion, or `None` if there is nothing to complete.
    pub(crate) fn complete(&mut self) -> Option<Completion> {
        self.0.complete()
    }
}

/// The call that a body has started in the current poll.
struct StartedCall {
    tracked: TrackedCall,
    /// Whether the scope of the call is current. If so, `tracked.scope` is the scope that was
    /// current before.
    scoped: bool,
}

thread_local! {
    static STARTED: Cell<Option<StartedCall>> = const { Cell::new(None) };
}

impl CallSite {
    /// Returns the future of a function. `handler` receives the output if an event depends on the
    /// output.
    #[inline]
    pub fn run<F: Future, E: CompletionHandler<F::Output>>(
        &self,
        body: F,
        handler: E,
    ) -> TrackedFuture<F, E> {
        TrackedFuture::new(body, handler)
    }

    /// Returns the future of a function. A closure receives the output.
    #[inline]
    pub fn run_to<F: Future, C: FnOnce(&F::Output, Completion)>(
        &self,
        body: F,
        handler: C,
    ) -> TrackedFuture<F, ClosureHandler<C>> {
        self.run(body, ClosureHandler(handler))
    }

    /// Returns the future of a function whose call has only a scope.
    #[inline]
    pub fn run_scoped<F: Future>(&self, body: F) -> TrackedFuture<F, NoHandler> {
        self.run(body, NoHandler)
    }
}

impl<F, E> TrackedFuture<F, E> {
    /// Creates the future. The body starts the call.
    #[inline]
    pub(crate) fn new(body: F, handler: E) -> Self {
        Self {
            body,
            handler: Some(handler),
            call: CallState::NotStarted,
        }
    }
}

impl TrackedCall {
    /// Enters the scope, and passes the call to the [`TrackedFuture`] that is being polled.
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
        // This fails while the thread is shutting down. The call is then not tracked.
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

impl<F: FusedFuture, E: CompletionHandler<F::Output>> FusedFuture for TrackedFuture<F, E> {
    fn is_terminated(&self) -> bool {
        self.body.is_terminated()
    }
}

pin_project! {
    /// A future that completes no call: it returns the call with the output.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct DrivenFuture<F> {
        #[pin]
        body: F,
        call: CallState,
    }
}

impl TrackedCall {
    /// Returns a future that polls `body` for this call. If it is dropped before the end, the call
    /// is cancelled.
    pub fn drive<F: Future>(self, body: F) -> DrivenFuture<F> {
        DrivenFuture {
            body,
            call: CallState::Started(self),
        }
    }
}

impl<F: Future> Future for DrivenFuture<F> {
    type Output = (F::Output, TrackedCall);

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut guard = PollGuard::enter(this.call);
        let polled = this.body.poll(context);
        guard.panics = false;
        drop(guard);
        polled.map(|output| (output, this.call.take()))
    }
}

impl CallState {
    /// Returns the scope of the call.
    pub(super) fn scope(&self) -> Option<Arc<Scope>> {
        match self {
            Self::NotStarted => None,
            Self::Started(tracked) => tracked.scope.clone(),
        }
    }

    /// Takes the call, and leaves one in which nothing is pending.
    pub(super) fn take(&mut self) -> TrackedCall {
        match self {
            Self::NotStarted => TrackedCall::nothing(),
            Self::Started(tracked) => std::mem::replace(tracked, TrackedCall::nothing()),
        }
    }

    /// Returns the completion, or `None` if there is nothing to complete.
    #[inline]
    pub(super) fn complete(&mut self) -> Option<Completion> {
        match self {
            Self::NotStarted => None,
            Self::Started(tracked) => {
                std::mem::replace(&mut tracked.pending, Pending::Nothing).ready()
            }
        }
    }
}

impl Drop for CallState {
    #[inline]
    fn drop(&mut self) {
        // The future is dropped outside a poll, so a call that has not completed counts as
        // cancelled.
        if let Self::Started(tracked) = self
            && tracked.pending.is_recorded()
        {
            tracked.cancel();
        }
    }
}

/// A guard for one poll of the body. It leaves the scope when dropped, even if the body panics.
struct PollGuard<'a> {
    call: &'a mut CallState,
    kind: PollKind,
    panics: bool,
}

enum PollKind {
    /// The first poll. The value is the call of the outer future on this thread, if that future is
    /// also in its first poll and has already started its call.
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
                let started = started.map_or_else(TrackedCall::nothing, StartedCall::leave);
                let previous = std::mem::replace(self.call, CallState::Started(started));
                // `previous` is `NotStarted`, so there is nothing to drop. Forgetting it is
                // cheaper.
                std::mem::forget(previous);
            }
            PollKind::Scoped => {
                if let CallState::Started(tracked) = self.call {
                    current::swap(&mut tracked.scope);
                }
            }
            PollKind::Unscoped => {}
        }
        if self.panics {
            // The call is dropped here, while the thread is still panicking, so that a recorder
            // reports `panicked`. If the call were dropped with the future, the panic might already
            // have been caught.
            drop(self.call.take());
        }
    }
}

impl StartedCall {
    /// Leaves the scope and returns the call.
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

impl<F> fmt::Debug for DrivenFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrivenFuture").finish_non_exhaustive()
    }
}
