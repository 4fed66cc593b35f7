//! The events that wake the worker.

use tokio::task::{Id, JoinError};

use crate::delivery::worker::barrier::BarrierRequest;

/// What the worker waits for.
pub(super) enum Wakeup {
    /// Someone wants something, or nobody is left who could.
    Request(Option<BarrierRequest>),
    /// A request to the endpoint has ended.
    BatchEnded(Result<(Id, Option<Vec<u8>>), JoinError>),
    /// The queue fills.
    QueueFilling,
    /// It is time to look.
    Poll,
}
