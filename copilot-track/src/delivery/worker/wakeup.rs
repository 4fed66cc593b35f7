//! Reasons for the worker to wake up.

use tokio::task::{Id, JoinError};

use crate::delivery::sender::DeliveryEnd;
use crate::delivery::worker::barrier_request::BarrierRequest;

/// The reason the worker woke up.
pub(super) enum Wakeup {
    /// A barrier request arrived. `None` if the channel is closed.
    Request(Option<BarrierRequest>),
    /// The task that sent a batch has ended.
    BatchEnded(Result<(Id, DeliveryEnd), JoinError>),
    /// The queue is half full.
    QueueHalfFull,
    /// It is time to poll the queue.
    Poll,
}
