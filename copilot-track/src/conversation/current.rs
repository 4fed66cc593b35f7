//! The current scope. Annotated functions and the functions named `current` use it.
//!
//! A future stores its scope and makes the scope current during each poll. The scope therefore
//! applies across `.await` and `join!` on any executor, and does not remain current on a thread
//! after the poll.

use std::cell::Cell;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::conversation::scope::Scope;
use crate::event::ids::message_id::MessageId;

thread_local! {
    static CURRENT: Cell<Option<Arc<Scope>>> = const { Cell::new(None) };
    /// A summary of `CURRENT` for the fast path. It has no destructor, so reading it is one load.
    static CURRENT_KIND: Cell<ScopeKind> = const { Cell::new(ScopeKind::None) };
}

/// The kind of the current scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    /// There is no scope.
    None,
    /// A scope whose tracker is disabled.
    Disabled,
    /// A scope whose tracker is enabled.
    Recording,
}

/// Returns the kind of the current scope of this thread.
#[inline]
pub(crate) fn kind() -> ScopeKind {
    CURRENT_KIND.get()
}

/// Returns the current scope of this thread.
pub(crate) fn get() -> Option<Arc<Scope>> {
    with(|scope| scope.map(Arc::clone))
}

/// Calls a closure with the current scope, without cloning the `Arc`.
pub(crate) fn with<T>(look: impl FnOnce(Option<&Arc<Scope>>) -> T) -> T {
    // This fails while the thread is shutting down. There is no scope then.
    let scope = CURRENT.try_with(Cell::take).ok().flatten();
    let restore = Restore(scope);
    look(restore.0.as_ref())
}

/// A guard that restores the scope, even if the closure panics.
struct Restore(Option<Arc<Scope>>);

impl Drop for Restore {
    fn drop(&mut self) {
        let scope = self.0.take();
        let _ = CURRENT.try_with(|current| current.set(scope));
    }
}

/// Swaps the current scope with `scope`.
pub(crate) fn swap(scope: &mut Option<Arc<Scope>>) {
    let _ = CURRENT.try_with(|current| {
        CURRENT_KIND.set(match scope {
            None => ScopeKind::None,
            Some(scope) if scope.is_recording() => ScopeKind::Recording,
            Some(_) => ScopeKind::Disabled,
        });
        let previous = current.take();
        current.set(std::mem::replace(scope, previous));
    });
}

/// A guard that makes a turn or conversation current on this thread until the guard is dropped.
/// Returned by [`Turn::enter`] and [`Conversation::enter`].
///
/// The guard is for synchronous code. It is not `Send`, because a guard that is held across an
/// `.await` would leave the turn current for other tasks on the thread. In async code, use
/// [`Turn::run`].
///
/// [`Conversation::enter`]: crate::Conversation::enter
/// [`Turn::enter`]: crate::Turn::enter
/// [`Turn::run`]: crate::Turn::run
#[derive(Debug)]
#[must_use = "the turn is current only until the guard is dropped"]
pub struct Entered {
    previous: Option<Arc<Scope>>,
    not_send: PhantomData<*const ()>,
}

pub(crate) fn enter(scope: Arc<Scope>) -> Entered {
    enter_exactly(Some(scope))
}

/// Makes a scope current or, if it is `None`, no scope.
pub(crate) fn enter_exactly(scope: Option<Arc<Scope>>) -> Entered {
    let mut previous = scope;
    swap(&mut previous);
    Entered {
        previous,
        not_send: PhantomData,
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        swap(&mut self.previous);
    }
}

/// A guard that borrows the scope of a future and makes the scope current until the guard is
/// dropped.
pub(crate) struct BorrowedScope<'a>(&'a mut Option<Arc<Scope>>);

impl<'a> BorrowedScope<'a> {
    #[inline]
    pub(crate) fn enter(slot: &'a mut Option<Arc<Scope>>) -> Self {
        swap(slot);
        Self(slot)
    }
}

impl Drop for BorrowedScope<'_> {
    #[inline]
    fn drop(&mut self) {
        swap(self.0);
    }
}

pin_project! {
    /// A future or stream that makes a turn or conversation current while it is polled. Returned by
    /// [`Turn::run`], [`Conversation::run`](crate::Conversation::run), and
    /// [`InCurrentTurn::in_current_turn`].
    ///
    /// [`Turn::run`]: crate::Turn::run
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct InTurn<T> {
        #[pin]
        inner: T,
        scope: Option<Arc<Scope>>,
        // Whether polls change the current scope. If they do and `scope` is `None` between polls,
        // no scope is current during polls.
        is_entered: bool,
    }
}

impl<T> InTurn<T> {
    /// Wraps a future or stream. If `scope` is `None`, polls do not change the current scope.
    pub(crate) fn new(inner: T, scope: Option<Arc<Scope>>) -> Self {
        Self {
            inner,
            is_entered: scope.is_some(),
            scope,
        }
    }

    /// Wraps a future or stream. If `scope` is `None`, no scope is current during polls.
    pub(crate) fn exactly_in(inner: T, scope: Option<Arc<Scope>>) -> Self {
        Self {
            inner,
            scope,
            is_entered: true,
        }
    }
}

impl<F: Future> Future for InTurn<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.is_entered.then(|| BorrowedScope::enter(this.scope));
        this.inner.poll(context)
    }
}

impl<S: Stream> Stream for InTurn<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _entered = this.is_entered.then(|| BorrowedScope::enter(this.scope));
        this.inner.poll_next(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

/// Binds the current turn to a future or stream that is polled elsewhere.
///
/// ```
/// use copilot_track::InCurrentTurn as _;
///
/// # async fn look_up() {}
/// # async fn example() {
/// tokio::spawn(async { look_up().await }.in_current_turn());
/// # }
/// ```
pub trait InCurrentTurn: Sized {
    /// Binds the turn that is current when this method is called. The same turn is current in each
    /// poll of the returned future or stream. If there is no current turn, polls do not change the
    /// current turn.
    fn in_current_turn(self) -> InTurn<Self> {
        InTurn::new(self, get())
    }
}

impl<T> InCurrentTurn for T {}

impl MessageId {
    /// Returns the id of the current message. Inside a tracked reply, this is the id of the reply.
    /// Elsewhere in a turn, this is the id of the customer's message.
    #[must_use]
    pub fn current() -> Option<Self> {
        with(|scope| scope?.message_id().cloned())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::{self, StreamExt as _};

    use super::*;
    use crate::testing::TestTracker;

    #[tokio::test]
    async fn a_bound_stream_yields_its_items_in_its_turn() {
        let turn = TestTracker::new().conversation().turn("Hello");
        let ids = stream::iter(0..3).map(|n| (n, MessageId::current()));
        let bound = turn.in_scope(|| ids.in_current_turn());
        assert_eq!(MessageId::current(), None);
        let id = turn.in_scope(MessageId::current);
        assert!(id.is_some());
        let expected: Vec<_> = (0..3).map(|n| (n, id.clone())).collect();
        assert_eq!(bound.collect::<Vec<_>>().await, expected);
    }
}
