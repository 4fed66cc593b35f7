//! The tracking plan, against which events are checked when they arrive and again when the plan
//! changes.

use std::sync::Arc;

use tokio::sync::{Mutex, RwLock, RwLockReadGuard};

use super::{error::StoreError, event_store::EventStore};
use crate::{
    event::model::Event,
    ingest::recheck::rechecked,
    verdict::plan::{loaded::LoadedPlan, plan_file::PlanFile},
};

/// The maximum number of stored events that are checked again, the newest first.
const MAX_RECHECKED_EVENTS: u64 = 200_000;
/// The number of events that are checked at a time. New events wait in the meantime.
const RECHECK_BATCH_EVENTS: usize = 256;

/// The tracking plan, and the version of it against which the stored events were checked.
#[derive(Debug)]
pub(crate) struct PlanChecks {
    file: PlanFile,
    /// The version against which the stored events were checked.
    checked: Mutex<Option<Arc<LoadedPlan>>>,
    /// Locked for reading while new events are checked and stored.
    storing: RwLock<()>,
}

/// The plan for new events. It must be kept until the events are stored, so that none of them
/// escapes the check against the next version of the plan.
pub(crate) struct PlanForNewEvents<'a> {
    pub(crate) plan: Arc<LoadedPlan>,
    _storing: RwLockReadGuard<'a, ()>,
}

impl PlanChecks {
    pub(crate) fn new(file: PlanFile) -> Self {
        Self {
            file,
            checked: Mutex::default(),
            storing: RwLock::default(),
        }
    }

    /// Returns the current version of the plan.
    pub(crate) async fn for_new_events(&self) -> PlanForNewEvents<'_> {
        let storing = self.storing.read().await;
        PlanForNewEvents {
            plan: self.file.current(),
            _storing: storing,
        }
    }

    /// Checks the stored events again if the plan has changed since they were checked.
    pub(crate) async fn recheck(&self, store: &EventStore) -> Result<(), StoreError> {
        let mut checked = self.checked.lock().await;
        let plan = self.file.current();
        let is_checked = checked
            .as_ref()
            .is_some_and(|checked| Arc::ptr_eq(checked, &plan));
        // A file that cannot be read changes nothing about the stored events.
        if is_checked || !plan.is_current() {
            return Ok(());
        }
        let first = store.status().last_seq.saturating_sub(MAX_RECHECKED_EVENTS);
        let last = recheck_after(store, first, &plan).await?;
        // The events that were stored in the meantime may have been checked against the previous
        // version.
        let _storing = self.storing.write().await;
        recheck_after(store, last, &plan).await?;
        *checked = Some(plan);
        Ok(())
    }
}

/// Checks the events after `seq`. Returns the sequence number of the last one.
async fn recheck_after(
    store: &EventStore,
    mut seq: u64,
    plan: &Arc<LoadedPlan>,
) -> Result<u64, StoreError> {
    loop {
        let plan = Arc::clone(plan);
        let recheck = Box::new(move |event: &Event| rechecked(event, &plan));
        let last = store
            .replace_verdicts(seq, RECHECK_BATCH_EVENTS, recheck)
            .await?;
        let Some(last) = last else {
            return Ok(seq);
        };
        seq = last;
        tokio::task::yield_now().await;
    }
}
