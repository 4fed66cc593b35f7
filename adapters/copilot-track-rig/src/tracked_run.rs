//! Runs that do not affect annotated functions outside the agent.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use copilot_track::InTurn;
use copilot_track::adapter::TurnScope;
use futures_core::Stream;

/// A run of an agent. Returned by [`TurnHook::run`](crate::TurnHook::run) and
/// [`TurnHook::stream`](crate::TurnHook::stream).
///
/// While the run is polled or dropped, it can poll tools of other users. Annotated tools are
/// suppressed only then.
#[derive(Debug)]
#[must_use = "futures and streams do nothing unless polled"]
pub struct TrackedRun<R> {
    /// `None` only while the run is dropped.
    run: Option<InTurn<R>>,
    scope: Option<TurnScope>,
}

impl<R> TrackedRun<R> {
    /// Creates a run that is polled in a copy of `scope`, or without a current turn.
    pub(crate) fn new(run: R, scope: Option<&TurnScope>) -> Self {
        let scope = scope.map(TurnScope::suppressing_tools);
        Self {
            run: Some(TurnScope::run_in(scope.as_ref(), run)),
            scope,
        }
    }
}

impl<R: Future + Unpin> Future for TrackedRun<R> {
    type Output = R::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R::Output> {
        match &mut self.run {
            Some(run) => Pin::new(run).poll(context),
            None => Poll::Pending,
        }
    }
}

impl<R: Stream + Unpin> Stream for TrackedRun<R> {
    type Item = R::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<R::Item>> {
        match &mut self.run {
            Some(run) => Pin::new(run).poll_next(context),
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.run.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<R> Drop for TrackedRun<R> {
    fn drop(&mut self) {
        // A run that is dropped polls the tools of other runs once more.
        let run = self.run.take();
        let dropping = pin!(TurnScope::run_in(self.scope.as_ref(), async { drop(run) }));
        let _ = dropping.poll(&mut Context::from_waker(Waker::noop()));
    }
}
