//! What a replica logs, so that the parent knows which messages a killed replica counted and when.
//!
//! Each line is one write to a file, so it survives the process. The clock is the same in all
//! processes.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use copilot_track::ConversationId;
use copilot_track::store::{
    ClaimedConversation, ConversationStore, ConversationUpdate, EndClaim, IdleRequest, StoreFuture,
    StoredConversation,
};
use copilot_track_redis::RedisStore;
use rustix::time::{ClockId, clock_gettime};

/// Returns the time since the start of the machine.
pub(crate) fn now() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap(),
        u32::try_from(now.tv_nsec).unwrap(),
    )
}

pub(crate) struct Log(File);

impl Log {
    pub(crate) fn create(path: OsString) -> Self {
        Self(
            File::options()
                .append(true)
                .create(true)
                .open(path)
                .unwrap(),
        )
    }

    fn line(&self, line: &str) {
        (&self.0).write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Logs a message that was counted just now.
    pub(crate) fn counted(&self, message: &str) {
        self.line(&format!("counted {} {message}", now().as_nanos()));
    }
}

/// Measures how late a sleeping thread wakes up, which is a property of the machine. Logs each
/// record.
pub(crate) fn measure_delays(log: &Arc<Log>, interval: Duration) {
    let log = Arc::clone(log);
    thread::spawn(move || {
        let mut longest = Duration::ZERO;
        loop {
            let start = Instant::now();
            thread::sleep(interval);
            let delay = start.elapsed().saturating_sub(interval);
            if delay > longest {
                longest = delay;
                log.line(&format!("delay {}", delay.as_nanos()));
            }
        }
    });
}

/// A store that logs the time of each write.
pub(crate) struct LoggedStore {
    inner: RedisStore,
    log: Arc<Log>,
}

impl LoggedStore {
    pub(crate) fn new(inner: RedisStore, log: Arc<Log>) -> Self {
        Self { inner, log }
    }
}

impl ConversationStore for LoggedStore {
    fn load<'a>(&'a self, id: &'a ConversationId) -> StoreFuture<'a, Option<StoredConversation>> {
        self.inner.load(id)
    }

    fn apply<'a>(&'a self, updates: &'a [ConversationUpdate]) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let start = now();
            self.log.line(&format!("started {}", start.as_nanos()));
            let result = self.inner.apply(updates).await;
            let name = if result.is_ok() { "written" } else { "failed" };
            let (start, end) = (start.as_nanos(), now().as_nanos());
            self.log.line(&format!("{name} {start} {end}"));
            result
        })
    }

    fn claim_end<'a>(
        &'a self,
        id: &'a ConversationId,
        token: &'a str,
        lease: Duration,
    ) -> StoreFuture<'a, Option<EndClaim>> {
        self.inner.claim_end(id, token, lease)
    }

    fn claim_idle<'a>(
        &'a self,
        request: &'a IdleRequest,
    ) -> StoreFuture<'a, Vec<ClaimedConversation>> {
        self.inner.claim_idle(request)
    }

    fn confirm_end<'a>(&'a self, id: &'a ConversationId, number: u64) -> StoreFuture<'a, ()> {
        self.inner.confirm_end(id, number)
    }
}
