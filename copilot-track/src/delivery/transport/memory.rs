//! The transport of the test kit.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::delivery::batch::Batch;

/// A transport that keeps events in memory in the order in which they arrive.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryTransport(Arc<Mutex<Vec<Bytes>>>);

impl MemoryTransport {
    pub(super) fn extend(&self, batch: &Batch) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.extend(batch.events().map(|event| batch.body().slice_ref(event)));
    }

    /// Returns the JSON of all events so far.
    pub(crate) fn events(&self) -> Vec<Bytes> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
