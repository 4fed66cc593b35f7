//! The memory of bodies that were sent, for those to come.

use std::sync::{Mutex, PoisonError};

use crate::delivery::batch::Batch;

/// The memory of bodies that were sent, for those to come.
#[derive(Debug, Default)]
pub(crate) struct BufferPool(Mutex<Vec<Vec<u8>>>);

impl BufferPool {
    /// About 2 MB.
    const MAX_BUFFERS: usize = 4;

    pub(crate) fn take(&self) -> Vec<u8> {
        self.lock().pop().unwrap_or_default()
    }

    pub(super) fn put(&self, batch: Batch) {
        if let Some(memory) = batch.into_memory() {
            let mut buffers = self.lock();
            if buffers.len() < Self::MAX_BUFFERS {
                buffers.push(memory);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
