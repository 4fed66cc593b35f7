//! The ambient turn: what annotated functions and `current()` see.
//!
//! A future carries its turn and puts it in place whenever it is polled, so it holds across
//! `.await` and `join!` on any executor, and is never left behind on a thread.

use std::cell::Cell;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::conversation::handle::Conversation;
use crate::conversation::scope::Scope;
use crate::event::ids::MessageId;

thread_local! {
    static CURRENT: Cell<Option<Arc<Scope>>> = const { Cell::new(None) };
    /// Tells of `CURRENT` what most calls ask. It has no destructor, so looking costs a load.
    static CURRENT_KIND: Cell<ScopeKind> = const { Cell::new(ScopeKind::None) };
}

/// What is ambient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    /// Nothing.
    None,
    /// A turn whose events go nowhere.
    Disabled,
    /// A turn.
    Recording,
}

/// Whether anything is ambient on this thread.
#[inline]
pub(crate) fn kind() -> ScopeKind {
    CURRENT_KIND.get()
}

/// The ambient scope of this thread.
pub(crate) fn get() -> Option<Arc<Scope>> {
    with(|scope| scope.map(Arc::clone))
}

/// Looks at the ambient scope without counting a reference.
pub(crate) fn with<T>(look: impl FnOnce(Option<&Arc<Scope>>) -> T) -> T {
    // While a thread ends, nothing is ambient any more.
    let scope = CURRENT.try_with(Cell::take).ok().flatten();
    let restore = Restore(scope);
    look(restore.0.as_ref())
}

/// Puts the scope back, also when the look panics.
struct Restore(Option<Arc<Scope>>);

impl Drop for Restore {
    fn drop(&mut self) {
        let scope = self.0.take();
        let _ = CURRENT.try_with(|current| current.set(scope));
    }
}

/// Exchanges the ambient scope and `scope`.
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

/// A turn is ambient on this thread until the guard is dropped; made by [`Turn::enter`] and
/// [`Conversation::enter`].
///
/// For sync code. It is `!Send`: across an `.await` the turn would stay behind on the thread, so
/// use [`Turn::run`] there.
///
/// [`Turn::enter`]: crate::Turn::enter
/// [`Turn::run`]: crate::Turn::run
#[derive(Debug)]
#[must_use = "the turn is ambient only for as long as the guard is restore"]
pub struct Entered {
    previous: Option<Arc<Scope>>,
    not_send: PhantomData<*const ()>,
}

pub(crate) fn enter(scope: Arc<Scope>) -> Entered {
    let mut previous = Some(scope);
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

/// The scope is ambient while this borrows the place that it is kept in.
struct BorrowedScope<'a>(&'a mut Option<Arc<Scope>>);

impl<'a> BorrowedScope<'a> {
    fn enter(slot: &'a mut Option<Arc<Scope>>) -> Self {
        swap(slot);
        Self(slot)
    }
}

impl Drop for BorrowedScope<'_> {
    fn drop(&mut self) {
        swap(self.0);
    }
}

pin_project! {
    /// A future or stream in whose polls a turn is ambient; made by [`Turn::run`] and
    /// [`InCurrentTurn::in_current_turn`].
    ///
    /// [`Turn::run`]: crate::Turn::run
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct InTurn<T> {
        #[pin]
        inner: T,
        scope: Option<Arc<Scope>>,
    }
}

impl<T> InTurn<T> {
    /// Without a scope, what is ambient where it is polled stays so.
    pub(crate) fn new(inner: T, scope: Option<Arc<Scope>>) -> Self {
        Self { inner, scope }
    }
}

impl<F: Future> Future for InTurn<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this
            .scope
            .is_some()
            .then(|| BorrowedScope::enter(this.scope));
        this.inner.poll(context)
    }
}

impl<S: Stream> Stream for InTurn<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _entered = this
            .scope
            .is_some()
            .then(|| BorrowedScope::enter(this.scope));
        this.inner.poll_next(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

/// Carries the ambient turn to where a future or stream is polled.
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
    /// Binds what is ambient here: it will be ambient in every poll. Where nothing is, nothing
    /// changes.
    fn in_current_turn(self) -> InTurn<Self> {
        InTurn::new(self, get())
    }
}

impl<T> InCurrentTurn for T {}

impl MessageId {
    /// The id of the message that is being worked on here: inside a tracked reply the reply's own,
    /// elsewhere in a turn the customer's.
    #[must_use]
    pub fn current() -> Option<Self> {
        with(|scope| scope?.message_id().cloned())
    }
}

impl Conversation {
    /// The conversation that is ambient here.
    #[must_use]
    pub fn current() -> Option<Self> {
        with(|scope| Some(scope?.conversation().clone()))
    }

    /// Runs a future in which this conversation is ambient, and no message of it.
    pub fn run<F: Future>(&self, future: F) -> InTurn<F> {
        InTurn::new(future, Some(Scope::for_conversation(self)))
    }

    /// Calls a closure in which this conversation is ambient.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        f()
    }

    /// Makes this conversation ambient until the guard is dropped.
    pub fn enter(&self) -> Entered {
        enter(Scope::for_conversation(self))
    }
}
