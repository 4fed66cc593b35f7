//! The updates of a write that failed.

use copilot_track::store::StoreError;
use redis::{RedisError, RedisResult, Value};

use crate::connection::is_refused;

/// The updates of a write that failed. The position of an update identifies it.
#[derive(Debug, Default)]
pub(crate) struct FailedUpdates {
    delayed: Vec<usize>,
    refused: Vec<usize>,
    /// The first error. A write has up to 1,000 updates, and they usually fail for the same reason.
    error: Option<RedisError>,
}

impl FailedUpdates {
    /// Adds the update at a position, if a command for it failed. `can_refuse` is whether the
    /// command concerns this update only.
    pub(crate) fn add(&mut self, position: usize, result: &RedisResult<Value>, can_refuse: bool) {
        let Err(error) = result else {
            return;
        };
        if can_refuse && is_refused(error) {
            self.refused.push(position);
        } else {
            self.delayed.push(position);
        }
        self.error.get_or_insert_with(|| error.clone());
    }

    /// Returns an error if one of `updates` updates failed.
    pub(crate) fn into_result(self, updates: usize) -> Result<(), StoreError> {
        match self.error {
            None => Ok(()),
            // The server is not available, or accepts no writes.
            Some(error) if self.delayed.len() >= updates => Err(StoreError::new(error)),
            Some(error) => Err(StoreError::of_updates(error, self.delayed, self.refused)),
        }
    }
}
