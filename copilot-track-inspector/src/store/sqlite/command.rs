//! What the writer is asked for.

use tokio::sync::oneshot;

use crate::{
    event::model::Event,
    store::{error::StoreError, status::Status},
};

/// What the writer is asked for.
pub(super) enum Ask {
    Append(Vec<Event>, oneshot::Sender<Result<Status, StoreError>>),
    Reset(oneshot::Sender<Result<(u64, Status), StoreError>>),
    /// How many pages the file may have, to see what comes of too few.
    #[cfg(test)]
    Pages(i64),
}
