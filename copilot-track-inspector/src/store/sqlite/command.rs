//! What the writer is asked for.

use tokio::sync::oneshot;

use crate::{
    event::model::Event,
    store::{error::StoreError, status::StoreStatus},
};

/// What the writer is asked for.
pub(super) enum Command {
    Append(Vec<Event>, oneshot::Sender<Result<StoreStatus, StoreError>>),
    Reset(oneshot::Sender<Result<(u64, StoreStatus), StoreError>>),
    /// How many pages the file may have, to see what comes of too few.
    #[cfg(test)]
    Pages(i64),
}
