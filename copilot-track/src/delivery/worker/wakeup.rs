//! What the worker waits for.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{Id, JoinError};
use tokio::time::sleep_until;

use crate::delivery::queue::bounded::Queue;
use crate::delivery::worker::barrier::Request;
use crate::delivery::worker::thread::Worker;

/// What the worker waits for.
pub(super) enum Occasion {
    /// Someone wants something, or nobody is left who could.
    Request(Option<Request>),
    /// A request to the endpoint has ended.
    Ended(Result<(Id, ()), JoinError>),
    /// The queue fills.
    Filling,
    /// It is time to look.
    Look,
}

impl Worker {
    /// Waits for the next of all that there is to wait for.
    pub(super) async fn occasion(
        &mut self,
        queue: &Queue,
        mut requests: Option<&mut UnboundedReceiver<Request>>,
    ) -> Occasion {
        let mut filling = pin!(queue.filling.notified());
        let mut look = pin!(sleep_until(self.next_look()));
        poll_fn(|context| {
            if let Some(requests) = &mut requests
                && let Poll::Ready(request) = requests.poll_recv(context)
            {
                return Poll::Ready(Occasion::Request(request));
            }
            // Without a request under way it is ready at once, with none.
            let sending = self.sending.poll_join_next_with_id(context);
            if let Poll::Ready(Some(ended)) = sending {
                return Poll::Ready(Occasion::Ended(ended));
            }
            if filling.as_mut().poll(context).is_ready() {
                return Poll::Ready(Occasion::Filling);
            }
            look.as_mut().poll(context).map(|()| Occasion::Look)
        })
        .await
    }
}
