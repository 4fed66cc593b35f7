//! The builder's settings for the queue, batches, retries, and the disk.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::builder::TrackerBuilder;
use crate::delivery::queue::overflow_policy::Overflow;
#[cfg(feature = "spool")]
use crate::delivery::spool::config::Spool;

impl TrackerBuilder {
    /// Turns gzip compression of all request bodies on (`true`) or off (`false`).
    ///
    /// Default: bodies of 1 KiB or more are compressed, unless the endpoint is on this machine.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = Some(gzip);
        self
    }

    /// Sets how long a batch waits for more events after its first event.
    ///
    /// Default: 1 s, so that a conversation appears live in Segment's debugger. Maximum: 60 s.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.flush_interval = interval;
        self
    }

    /// Sets the number of events at which a batch is sent without further waiting.
    ///
    /// Default: 2,500, the maximum that Segment accepts. Range: 1 to 2,500.
    pub fn flush_at(mut self, events: usize) -> Self {
        self.flush_at = events;
        self
    }

    /// Sets the maximum number of events that wait in memory. Further events are handled
    /// according to [`overflow`](Self::overflow).
    ///
    /// Default: 200,000. Minimum: 1. A number above 268,435,455 (2²⁸ − 1) has the same effect as
    /// this number.
    pub fn max_queue_events(mut self, events: usize) -> Self {
        self.max_queue_events = events;
        self
    }

    /// Sets the approximate maximum size of queued events in memory, in bytes. Their users and
    /// contexts count, too. Further events are handled according to [`overflow`](Self::overflow).
    ///
    /// Default: 64 MiB. Minimum: 1. A number above 34,359,738,367 (32 GiB − 1) has the same effect
    /// as this number.
    pub fn max_queue_bytes(mut self, bytes: usize) -> Self {
        self.max_queue_bytes = bytes;
        self
    }

    /// Sets what happens to an event that arrives when the queue is full.
    ///
    /// Default: [`Overflow::DropNewest`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets the maximum number of concurrent requests.
    ///
    /// Default: 8. Range: 1 to 256. With more than 1, a request can overtake an earlier request,
    /// but each event carries its own timestamp. With 1, the events of a conversation arrive in
    /// order, even if a request is retried. Events of a batch that fails repeatedly while others
    /// are delivered arrive later. Such batches are retried one at a time, in addition to the other
    /// requests.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = requests;
        self
    }

    /// Sets the timeout of one request.
    ///
    /// Default: 30 s. The timeout must not be zero.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets how long a batch is retried before its events are dropped.
    ///
    /// Default: 12 h. Time spent waiting because of a `Retry-After` header does not count toward
    /// this budget, but toward a separate one of the same length. With a spool, both budgets
    /// continue after a restart; time in which no process runs does not count.
    pub fn retry_budget(mut self, budget: Duration) -> Self {
        self.retry_budget = budget;
        self
    }

    /// Sets how many times a batch is retried before its events are dropped.
    ///
    /// Default: unlimited, within the [`retry_budget`](Self::retry_budget). Retries after a
    /// response with `Retry-After` do not count. With a spool, the number continues after a
    /// restart.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(retries);
        self
    }

    /// Sets how long dropping the last handle to the tracker may wait for delivery.
    ///
    /// Default: 5 s.
    pub fn drop_timeout(mut self, timeout: Duration) -> Self {
        self.drop_timeout = timeout;
        self
    }

    /// Sets the file to which dead letters are appended. A dead letter is an event that the
    /// endpoint rejected, or that could not be delivered within the retry budget.
    ///
    /// Default: `dead-letters.jsonl` in the spool's directory, or no file if there is no spool.
    /// Each line is a JSON object with the `reason`, the `status` if there is one, the time, the
    /// tracker's content policy, and the `event` as it was sent. At 64 MiB, the file is renamed to
    /// `FILE.old`, which replaces an older `FILE.old`. [`Tracker::replay_dead_letters`] sends the
    /// events again.
    ///
    /// Several processes can use the same file, and another program may rename or remove it at any
    /// time. If letters cannot be written, a warning is logged. With a spool, their events then
    /// stay in the spool until the letters can be written.
    ///
    /// [`Tracker::replay_dead_letters`]: crate::Tracker::replay_dead_letters
    pub fn dead_letters(mut self, file: impl Into<PathBuf>) -> Self {
        self.dead_letters = Some(file.into());
        self
    }

    /// Keeps events on disk until they are delivered, so that they survive a crash or a restart.
    /// This method requires the `spool` feature.
    ///
    /// Default: no spool. Events that an earlier process left in the directory are sent first, with
    /// their original ids and timestamps. Each event is written to disk within 100 ms (see
    /// [`Spool::commit_interval`]). With [`Overflow::SpillToDisk`], events are written to disk only
    /// if memory is full.
    #[cfg(feature = "spool")]
    pub fn spool(mut self, spool: impl Into<Spool>) -> Self {
        self.spool = Some(spool.into());
        self
    }
}
