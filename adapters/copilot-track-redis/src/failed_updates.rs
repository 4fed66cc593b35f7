//! The updates of a write that failed.

use std::collections::BTreeMap;

use copilot_track::store::{FailedUpdate, StoreError};
use redis::{RedisError, RedisResult, Value};

use crate::connection::is_refused;

/// The updates of a write that failed, by their positions.
#[derive(Debug, Default)]
pub(crate) struct FailedUpdates {
    /// Whether each update was refused. The others are delayed.
    is_refused: BTreeMap<usize, bool>,
    /// The first error. A write has up to 1,000 updates, and they usually fail for the same reason.
    error: Option<RedisError>,
}

impl FailedUpdates {
    /// Adds the update at a position, if a command for it failed. `can_refuse` is whether the
    /// command concerns this update only.
    pub(crate) fn add_result(
        &mut self,
        position: usize,
        result: &RedisResult<Value>,
        can_refuse: bool,
    ) {
        if let Err(error) = result {
            self.add(position, error.clone(), can_refuse);
        }
    }

    /// Adds the update at a position. `can_refuse` is whether the error concerns this update only.
    pub(crate) fn add(&mut self, position: usize, error: RedisError, can_refuse: bool) {
        let refused = can_refuse && is_refused(&error);
        *self.is_refused.entry(position).or_insert(refused) |= refused;
        self.error.get_or_insert(error);
    }

    /// Returns an error if one of `updates` updates failed.
    pub(crate) fn into_result(self, updates: usize) -> Result<(), StoreError> {
        let Some(error) = self.error else {
            return Ok(());
        };
        let delayed = self.is_refused.values().filter(|refused| !**refused);
        if delayed.count() >= updates {
            // The server is not available, or accepts no writes.
            return Err(StoreError::new(error));
        }
        let failed = self.is_refused.into_iter().map(|(position, refused)| {
            if refused {
                FailedUpdate::Refused(position)
            } else {
                FailedUpdate::Delayed(position)
            }
        });
        Err(StoreError::of_updates(error, failed))
    }
}
