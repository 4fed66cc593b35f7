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
            // The call has not started yet if another clone is starting it on another thread. That
            // clone then needs the handler.
            let completion = call.state.complete();
            let handler = match completion {
                Some(_) => call.handler.take(),
                None => None,
            };
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::{Ready, ready};
    use std::pin::pin;
    use std::rc::Rc;
    use std::task::Waker;

    use super::*;
    use crate::testing::TestTracker;
    use crate::tracking::call_site::{CURRENT, CallSite};
    use crate::tracking::completion_handler::{Infallible, OutcomeHandler};
    use crate::tracking::recorder::RecordOptions;

    type Start = Box<dyn FnOnce() -> TrackedCall>;
    type Shared = SharedFuture<Ready<u8>, Start, OutcomeHandler<Infallible>>;

    #[test]
    fn a_clone_that_is_ready_while_the_call_starts_does_not_lose_the_outcome() {
        static SITE: CallSite = CallSite::new("test");
        fn poll(future: Shared) -> Poll<u8> {
            pin!(future).poll(&mut Context::from_waker(Waker::noop()))
        }
        let test = TestTracker::new();
        let turn = test.conversation().turn("Is it?");
        let clone: Rc<RefCell<Option<Shared>>> = Rc::default();
        let other = Rc::clone(&clone);
        let start: Start = Box::new(move || {
            // Another thread could poll the clone at this time.
            assert!(other.take().is_some_and(|other| poll(other).is_ready()));
            let options = RecordOptions::new(false, true, false);
            SITE.record(CURRENT, options, || SITE.action("t", "a"))
        });
        let future = SharedFuture::new(ready(1), start, SITE.output::<u8>().outcome());
        clone.replace(Some(future.clone()));
        turn.in_scope(|| assert!(poll(future).is_ready()));
        test.event("Action Invoked")
            .assert_property("outcome", "ok");
    }
}
