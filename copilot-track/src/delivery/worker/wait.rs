//! Waits for the next wakeup.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep_until;

use crate::delivery::queue::queue::Queue;
use crate::delivery::worker::barrier_request::BarrierRequest;
use crate::delivery::worker::thread::Worker;
use crate::delivery::worker::wakeup::Wakeup;

impl Worker {
    /// Waits until there is something for the worker to do. `requests` is `None` if the channel is
    /// closed.
    pub(super) async fn wait(
        &mut self,
        queue: &Queue,
        mut requests: Option<&mut UnboundedReceiver<BarrierRequest>>,
    ) -> Wakeup {
        let mut wake_worker = pin!(queue.wake_worker.notified());
        let mut poll_timer = pin!(sleep_until(self.next_poll()));
        poll_fn(|context| {
            if let Some(requests) = &mut requests
                && let Poll::Ready(request) = requests.poll_recv(context)
            {
                return Poll::Ready(Wakeup::Request(request));
            }
            // The poll is ready with `None` if no batch is being sent.
            let tasks = self.tasks.poll_join_next_with_id(context);
            if let Poll::Ready(Some(ended)) = tasks {
                return Poll::Ready(Wakeup::BatchEnded(ended));
            }
            if wake_worker.as_mut().poll(context).is_ready() {
                return Poll::Ready(Wakeup::QueueHalfFull);
            }
            poll_timer.as_mut().poll(context).map(|()| Wakeup::Poll)
        })
        .await
    }
}
