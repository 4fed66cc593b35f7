//! The state that all routes share.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use serde::Serialize;
use tokio::sync::Semaphore;

#[cfg(feature = "forward")]
use crate::forward::{Forwarder, status::ForwardStatus};
use crate::{
    base_url::BaseUrl,
    chaos::switch::{ChaosStatus, ChaosSwitch},
    store::{
        event_store::EventStore,
        plan_checks::{PlanChecks, PlanForNewEvents},
        status::{Capacity, StoreStatus},
        write_errors::WriteError,
    },
};

/// The maximum number of live streams that may be open at once.
const MAX_WATCHERS: usize = 64;
/// The maximum number of requests that the `hang` and `drip` faults may hold open at once.
const MAX_HANGING_REQUESTS: usize = 256;

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: EventStore,
    pub(crate) chaos: ChaosSwitch,
    pub(crate) watchers: Arc<Semaphore>,
    pub(crate) hanging: Arc<Semaphore>,
    pub(crate) base_url: Option<BaseUrl>,
    pub(crate) plan: Option<PlanChecks>,
    #[cfg(feature = "forward")]
    pub(crate) forwarder: Option<Forwarder>,
    requests: AtomicU64,
}

/// The response to `GET /api/state`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StateResponse {
    #[serde(flatten)]
    pub(crate) status: StoreStatus,
    requests: u64,
    capacity: Capacity,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// The current write error. It is set only while events cannot be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_written: Option<WriteError>,
    /// The progress of the search index. It is set only while the index is being built.
    #[cfg(feature = "sqlite")]
    #[serde(skip_serializing_if = "Option::is_none")]
    search_index: Option<crate::store::status::IndexProgress>,
    chaos: ChaosStatus,
    /// How forwarding is going, if events are forwarded.
    #[cfg(feature = "forward")]
    #[serde(skip_serializing_if = "Option::is_none")]
    forward: Option<ForwardStatus>,
    version: &'static str,
    instance: String,
}

impl App {
    pub(crate) fn new(store: EventStore, chaos: ChaosSwitch, base_url: Option<BaseUrl>) -> Self {
        Self {
            store,
            chaos,
            watchers: Arc::new(Semaphore::new(MAX_WATCHERS)),
            hanging: Arc::new(Semaphore::new(MAX_HANGING_REQUESTS)),
            base_url,
            plan: None,
            #[cfg(feature = "forward")]
            forwarder: None,
            requests: AtomicU64::new(0),
        }
    }

    /// Counts a request and returns its number.
    pub(crate) fn next_request_number(&self) -> u64 {
        self.requests.fetch_add(1, Relaxed) + 1
    }

    /// Returns the tracking plan for new events, if there is one.
    pub(crate) async fn plan_for_new_events(&self) -> Option<PlanForNewEvents<'_>> {
        match &self.plan {
            Some(plan) => Some(plan.for_new_events().await),
            None => None,
        }
    }

    /// Checks the stored events again if the tracking plan has changed. If the verdicts cannot be
    /// written, the next call tries again.
    pub(crate) async fn recheck(&self) {
        if let Some(plan) = &self.plan {
            let _ = plan.recheck(&self.store).await;
        }
    }

    /// Returns the number of open live streams.
    pub(crate) fn watcher_count(&self) -> usize {
        MAX_WATCHERS - self.watchers.available_permits()
    }

    pub(crate) fn state(&self) -> StateResponse {
        StateResponse {
            status: self.store.status(),
            requests: self.requests.load(Relaxed),
            capacity: self.store.capacity(),
            database: self.store.database_path().map(str::to_owned),
            not_written: self.store.write_error(),
            #[cfg(feature = "sqlite")]
            search_index: self.store.index_progress(),
            chaos: self.chaos.status(),
            #[cfg(feature = "forward")]
            forward: self.forwarder.as_ref().map(Forwarder::status),
            version: env!("CARGO_PKG_VERSION"),
            instance: self.store.instance().to_owned(),
        }
    }
}
