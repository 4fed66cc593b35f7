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
use crate::conversation::scope::Frame;
use crate::event::ids::MessageId;

thread_local! {
    static CURRENT: Cell<Option<Arc<Frame>>> = const { Cell::new(None) };
    /// Tells of `CURRENT` what most calls ask. It has no destructor, so looking costs a load.
    static HERE: Cell<Here> = const { Cell::new(Here::Nothing) };
}

/// What is ambient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    /// Nothing.
    Nothing,
    /// A turn whose events go nowhere.
    Disabled,
    /// A turn.
    Turn,
}

/// Whether anything is ambient on this thread.
#[inline]
pub(crate) fn here() -> Here {
    HERE.get()
}

/// The ambient frame of this thread.
pub(crate) fn current() -> Option<Arc<Frame>> {
    with_current(|frame| frame.map(Arc::clone))
}

/// Looks at the ambient frame without counting a reference.
pub(crate) fn with_current<T>(look: impl FnOnce(Option<&Arc<Frame>>) -> T) -> T {
    // While a thread ends, nothing is ambient any more.
    let frame = CURRENT.try_with(Cell::take).ok().flatten();
    let held = Held(frame);
    look(held.0.as_ref())
}

/// Puts the frame back, also when the look panics.
struct Held(Option<Arc<Frame>>);

impl Drop for Held {
    fn drop(&mut self) {
        let frame = self.0.take();
        let _ = CURRENT.try_with(|current| current.set(frame));
    }
}

/// Exchanges the ambient frame and `frame`.
pub(crate) fn swap(frame: &mut Option<Arc<Frame>>) {
    let _ = CURRENT.try_with(|current| {
        HERE.set(match frame {
            None => Here::Nothing,
            Some(frame) if frame.is_recording() => Here::Turn,
            Some(_) => Here::Disabled,
        });
        let previous = current.take();
        current.set(std::mem::replace(frame, previous));
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
#[must_use = "the turn is ambient only for as long as the guard is held"]
pub struct Entered {
    previous: Option<Arc<Frame>>,
    not_send: PhantomData<*const ()>,
}

pub(crate) fn enter(frame: Arc<Frame>) -> Entered {
    let mut previous = Some(frame);
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

/// The frame is ambient while this borrows the place that it is kept in.
struct Borrowed<'a>(&'a mut Option<Arc<Frame>>);

impl<'a> Borrowed<'a> {
    fn enter(slot: &'a mut Option<Arc<Frame>>) -> Self {
        swap(slot);
        Self(slot)
    }
}

impl Drop for Borrowed<'_> {
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
        frame: Option<Arc<Frame>>,
    }
}

impl<T> InTurn<T> {
    /// Without a frame, what is ambient where it is polled stays so.
    pub(crate) fn new(inner: T, frame: Option<Arc<Frame>>) -> Self {
        Self { inner, frame }
    }
}

impl<F: Future> Future for InTurn<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.frame.is_some().then(|| Borrowed::enter(this.frame));
        this.inner.poll(context)
    }
}

impl<S: Stream> Stream for InTurn<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _entered = this.frame.is_some().then(|| Borrowed::enter(this.frame));
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
        InTurn::new(self, current())
    }
}

impl<T> InCurrentTurn for T {}

impl MessageId {
    /// The id of the message that is being worked on here: inside a tracked reply the reply's own,
    /// elsewhere in a turn the customer's.
    #[must_use]
    pub fn current() -> Option<Self> {
        with_current(|frame| frame?.message_id().cloned())
    }
}

impl Conversation {
    /// The conversation that is ambient here.
    #[must_use]
    pub fn current() -> Option<Self> {
        with_current(|frame| Some(frame?.conversation().clone()))
    }

    /// Runs a future in which this conversation is ambient, and no message of it.
    pub fn run<F: Future>(&self, future: F) -> InTurn<F> {
        InTurn::new(future, Some(Frame::for_conversation(self)))
    }

    /// Calls a closure in which this conversation is ambient.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        f()
    }

    /// Makes this conversation ambient until the guard is dropped.
    pub fn enter(&self) -> Entered {
        enter(Frame::for_conversation(self))
    }
}
