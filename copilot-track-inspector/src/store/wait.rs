//! Waits for events.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::{error::StoreError, event_store::EventStore, query::EventFilter};

/// The minimum time between two counts.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Waits until at least `count` events match. Returns `false` on timeout.
pub(crate) async fn wait_for_events(
    store: &EventStore,
    filter: &EventFilter,
    count: usize,
    timeout: Duration,
) -> Result<bool, StoreError> {
    let end = Instant::now() + timeout;
    let mut changes = store.subscribe();
    loop {
        changes.mark_unchanged();
        let filter = filter.clone();
        if store.read(move |store| store.count(&filter, count)).await? >= count {
            return Ok(true);
        }
        match timeout_at(end, changes.changed()).await {
            Ok(Ok(())) => sleep(POLL_INTERVAL).await,
            Ok(Err(_)) | Err(_) => return Ok(false),
        }
    }
}
