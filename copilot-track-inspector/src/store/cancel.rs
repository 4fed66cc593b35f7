//! Stops a search when its client has disconnected.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

/// The reading side of a cancellation.
#[derive(Clone, Debug, Default)]
pub(crate) struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Returns the number of owners of this flag, such as the search that checks it.
    #[cfg(test)]
    pub(crate) fn owners(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

/// Sets a [`CancelFlag`] when it is dropped. A future that owns it cancels its work if the future
/// is dropped, for example because the client has disconnected.
#[derive(Debug, Default)]
pub(crate) struct CancelOnDrop(CancelFlag);

impl CancelOnDrop {
    pub(crate) fn flag(&self) -> CancelFlag {
        self.0.clone()
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Relaxed);
    }
}
