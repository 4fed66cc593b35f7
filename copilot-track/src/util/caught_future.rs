//! A future whose panics are caught.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::util::caught_drop::CaughtDrop;
use crate::util::panics;

/// A future of the application. Its output is `None` if it panics. A panic in its
/// destructor is caught, too.
pub(crate) struct CaughtFuture<F>(CaughtDrop<F>);

impl<F: Future + Unpin> CaughtFuture<F> {
    pub(crate) fn new(future: F) -> Self {
        Self(CaughtDrop::new(future))
    }
}

impl<F: Future + Unpin> Future for CaughtFuture<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = self.0.get_mut() else {
            return Poll::Ready(None);
        };
        match panics::catch(|| Pin::new(future).poll(context)) {
            Some(poll) => poll.map(Some),
            None => Poll::Ready(None),
        }
    }
}
