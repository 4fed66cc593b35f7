//! The future of an async function that is tracked to its end.
//!
//! An async function becomes one that returns [`Running`] round a single async block: a second one
//! inside would double the depth of its type, and what the compiler has to do. The block holds the
//! parameters, so only its first statement can evaluate the attribute's arguments. It hands what it
//! began to the wrapper by the thread, where it waits from [`Tracked::begin`] to the end of that
//! poll.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::conversation::current as scope;
use crate::tracking::call_site::Site;
use crate::tracking::completion_handler::{Ends, Looking, Unwatched};
use crate::tracking::tracked_call::{End, Tracked, What};

pin_project! {
    /// An async function's body, and how its call ends.
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Running<F, E> {
        #[pin]
        body: F,
        end: Option<E>,
        call: Call,
    }
}

/// What the first poll began.
enum Call {
    Unpolled,
    Polled(Tracked),
}

/// What a body has begun in the poll that goes on.
struct Begun {
    tracked: Tracked,
    /// Its frame is ambient, and `tracked` has in its place what was ambient before.
    scoped: bool,
}

thread_local! {
    static BEGUN: Cell<Option<Begun>> = const { Cell::new(None) };
}

impl Site {
    /// The future of a function. `end` gets its value, if anything waits for that.
    #[inline]
    pub fn run<F: Future, E: Ends<F::Output>>(&self, body: F, end: E) -> Running<F, E> {
        Running {
            body,
            end: Some(end),
            call: Call::Unpolled,
        }
    }

    /// The same, with a closure that gets the value.
    #[inline]
    pub fn run_to<F: Future, C: FnOnce(&F::Output, End)>(
        &self,
        body: F,
        end: C,
    ) -> Running<F, Looking<C>> {
        self.run(body, Looking(end))
    }

    /// The same, where nothing waits for the value.
    #[inline]
    pub fn run_scoped<F: Future>(&self, body: F) -> Running<F, Unwatched> {
        self.run(body, Unwatched)
    }
}

impl Tracked {
    /// Enters the scope, and hands over to the [`Running`] that polls this.
    pub fn begin(mut self) {
        let scoped = self.frame.is_some();
        if !scoped && matches!(self.what, What::Nothing) {
            return;
        }
        if scoped {
            scope::swap(&mut self.frame);
        }
        let begun = Begun {
            tracked: self,
            scoped,
        };
        // A thread that ends tracks nothing any more.
        let _ = BEGUN.try_with(|place| place.set(Some(begun)));
    }
}

impl<F: Future, E: Ends<F::Output>> Future for Running<F, E> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = {
            let mut polling = Polling::enter(this.call);
            let polled = this.body.poll(context);
            polling.panics = false;
            polled
        };
        if let Poll::Ready(out) = &polled
            && let Some(end) = this.call.end()
            && let Some(how) = this.end.take()
        {
            how.end(out, end);
        }
        polled
    }
}

impl Call {
    /// What there is to end.
    #[inline]
    fn end(&mut self) -> Option<End> {
        match self {
            Self::Unpolled => None,
            Self::Polled(tracked) => std::mem::replace(&mut tracked.what, What::Nothing).ready(),
        }
    }
}

/// A poll of the body. Its end, also by a panic, leaves the scope.
struct Polling<'a> {
    call: &'a mut Call,
    was: Was,
    panics: bool,
}

enum Was {
    /// The first poll, perhaps within the first poll of another, which began something.
    First(Option<Begun>),
    Scoped,
    Unscoped,
}

impl<'a> Polling<'a> {
    fn enter(call: &'a mut Call) -> Self {
        let was = match call {
            Call::Unpolled => Was::First(BEGUN.try_with(Cell::take).ok().flatten()),
            Call::Polled(tracked) if tracked.frame.is_some() => {
                scope::swap(&mut tracked.frame);
                Was::Scoped
            }
            Call::Polled(_) => Was::Unscoped,
        };
        Self {
            call,
            was,
            panics: true,
        }
    }
}

impl Drop for Polling<'_> {
    fn drop(&mut self) {
        match &mut self.was {
            Was::First(outer) => {
                let outer = outer.take();
                let begun = BEGUN.try_with(|place| place.replace(outer)).ok().flatten();
                *self.call = Call::Polled(begun.map_or_else(Tracked::nothing, Begun::left));
            }
            Was::Scoped => {
                if let Call::Polled(tracked) = self.call {
                    scope::swap(&mut tracked.frame);
                }
            }
            Was::Unscoped => {}
        }
        if self.panics {
            // Now, while that can be seen: the future may be dropped when the panic has been
            // caught.
            *self.call = Call::Polled(Tracked::nothing());
        }
    }
}

impl Begun {
    /// What was begun, out of its scope.
    fn left(mut self) -> Tracked {
        if self.scoped {
            scope::swap(&mut self.tracked.frame);
        }
        self.tracked
    }
}

impl<F, E> fmt::Debug for Running<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}
