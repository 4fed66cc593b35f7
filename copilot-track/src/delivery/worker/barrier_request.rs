//! Requests to wait until all events so far have reached a barrier.

use std::sync::mpsc::SyncSender;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::ledger::report::Report;
use crate::util::panics;

/// The state that all events so far must reach.
///
/// An event is *settled* when its outcome is known: it was delivered or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barrier {
    /// All events are settled.
    Settled,
    /// All events are on disk or settled.
    OnDisk,
    /// All events are on disk or settled, or the disk fails.
    OnDiskUnlessFailing,
    /// All events are settled. No further events are accepted, and the worker ends.
    Shutdown,
}

impl Barrier {
    /// Returns whether events should be written to disk soon.
    pub(super) fn is_disk(self) -> bool {
        matches!(self, Self::OnDisk | Self::OnDiskUnlessFailing)
    }
}

/// A request from a tracker to its worker.
pub(crate) struct BarrierRequest {
    pub(crate) barrier: Barrier,
    /// `None` means no deadline.
    pub(crate) deadline: Option<Instant>,
    /// The time from which a shutdown writes events to the spool, shortly before its deadline.
    pub(crate) persist_at: Option<Instant>,
    pub(crate) reply: Reply,
}

/// Where the report of a request is sent.
pub(crate) enum Reply {
    /// To a task, whose waker belongs to the application's executor.
    Task(oneshot::Sender<Report>),
    /// To a thread that blocks.
    Thread(SyncSender<Report>),
    /// Nowhere.
    Nobody,
}

impl Reply {
    /// Sends the report. A panic of the task's waker is caught.
    pub(super) fn send(self, report: Report) {
        panics::catch(move || match self {
            Self::Task(sender) => drop(sender.send(report)),
            Self::Thread(sender) => drop(sender.try_send(report)),
            Self::Nobody => {}
        });
    }
}

/// A request that waits for all events that were in the backlog when the request arrived.
pub(super) struct Waiter {
    /// The sequence number of the first event that the request does not wait for.
    pub(super) end: u64,
    /// The request waits until all events with lower sequence numbers have reached the barrier.
    /// With a spool, events get their sequence numbers when they are added to the spool. In this
    /// case, the target is `None` until all events of the request have been added.
    pub(super) target: Option<u64>,
    pub(super) request: BarrierRequest,
}

impl Waiter {
    /// Returns whether the future that waits was dropped. A shutdown continues without it.
    pub(super) fn is_abandoned(&self) -> bool {
        let BarrierRequest { barrier, reply, .. } = &self.request;
        let is_dropped = matches!(reply, Reply::Task(sender) if sender.is_closed());
        is_dropped && *barrier != Barrier::Shutdown
    }
}
