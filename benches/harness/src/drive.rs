//! Polls futures and streams on the caller's thread.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_util::Stream;

/// Polls a future that must be ready at the first poll.
#[inline]
pub fn poll_once<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the instrumented function was not ready at the first poll"),
    }
}

/// Polls a future that is nearly always ready at once. If it is not, `block_on` polls it to
/// completion. This avoids the cost of entering an executor for every call.
#[inline]
pub fn poll_or_block<F: Future>(
    future: F,
    block_on: impl FnOnce(Pin<&mut F>) -> F::Output,
) -> F::Output {
    let mut future = pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(output) => output,
        Poll::Pending => block_on(future),
    }
}

/// Polls a stream to its end. Returns the number of items.
pub fn drain_stream<S: Stream>(stream: S) -> u64 {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    let mut items = 0;
    while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(&mut context) {
        std::hint::black_box(&item);
        items += 1;
    }
    items
}

/// Polls a future `polls` times. The future must never be ready.
pub fn poll_pending<F: Future>(future: F, polls: u64) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        let _ = std::hint::black_box(future.as_mut().poll(&mut context).is_pending());
    }
}
