//! Tracked futures that can be cloned.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::future::FusedFuture;
use pin_project_lite::pin_project;

use crate::conversation::current;
use crate::tracking::completion_handler::CompletionHandler;
use crate::tracking::tracked_call::TrackedCall;
use crate::tracking::tracked_future::CallState;
use crate::util::sync::{Mutex, lock};

pin_project! {
    /// A future that shares its call with its clones. The call starts when the first of them is
    /// polled, and completes when one of them is ready. If all of them are dropped before that, the
    /// call is cancelled.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct SharedFuture<F, S, H> {
        #[pin]
        future: F,
        call: Arc<Mutex<SharedCall<S, H>>>,
    }
}

struct SharedCall<S, H> {
    start: Option<S>,
    handler: Option<H>,
    state: CallState,
}

impl<F, S, H> SharedFuture<F, S, H> {
    /// Creates the future. `start` starts the call.
    pub(crate) fn new(future: F, start: S, handler: H) -> Self {
        Self {
            future,
            call: Arc::new(Mutex::new(SharedCall {
                start: Some(start),
                handler: Some(handler),
                state: CallState::NotStarted,
            })),
        }
    }
}

impl<F: Clone, S, H> Clone for SharedFuture<F, S, H> {
    fn clone(&self) -> Self {
        Self {
            future: self.future.clone(),
            call: Arc::clone(&self.call),
        }
    }
}

impl<F, S, H> Future for SharedFuture<F, S, H>
where
    F: Future,
    S: FnOnce() -> TrackedCall,
    H: CompletionHandler<F::Output>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        // No lock is held while code of the application runs.
        let start = lock(this.call).start.take();
        if let Some(start) = start {
            let call = start();
            lock(this.call).state = CallState::Started(call);
        }
        let scope = lock(this.call).state.scope();
        let mut guard = PanicGuard(Some(this.call));
        let polled = {
            let _entered = scope.map(current::enter);
            this.future.poll(context)
        };
        guard.0 = None;
        if let Poll::Ready(output) = &polled {
            let mut call = lock(this.call);
            let completion = call.state.complete();
            let handler = call.handler.take();
            drop(call);
            if let (Some(completion), Some(handler)) = (completion, handler) {
                handler.handle(output, completion);
            }
        }
        polled
    }
}

/// A guard that drops the call while the thread is still panicking, so that a recorder reports
/// `panicked`.
struct PanicGuard<'a, S, H>(Option<&'a Arc<Mutex<SharedCall<S, H>>>>);

impl<S, H> Drop for PanicGuard<'_, S, H> {
    fn drop(&mut self) {
        if let Some(call) = self.0 {
            let call = lock(call).state.take();
            drop(call);
        }
    }
}

impl<F, S, H> FusedFuture for SharedFuture<F, S, H>
where
    F: FusedFuture,
    S: FnOnce() -> TrackedCall,
    H: CompletionHandler<F::Output>,
{
    fn is_terminated(&self) -> bool {
        self.future.is_terminated()
    }
}

impl<F: fmt::Debug, S, H> fmt::Debug for SharedFuture<F, S, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedFuture")
            .field("future", &self.future)
            .finish_non_exhaustive()
    }
}
