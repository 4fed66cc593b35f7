//! Commands to the writer thread.

use tokio::sync::oneshot;

use crate::{
    event::model::Event,
    store::{error::StoreError, status::StoreStatus},
};

/// A command to the writer thread.
pub(super) enum Command {
    Append(Vec<Event>, oneshot::Sender<Result<StoreStatus, StoreError>>),
    Reset(oneshot::Sender<Result<(u64, StoreStatus), StoreError>>),
    /// Limits the file to this number of pages, to simulate a full disk.
    #[cfg(test)]
    LimitPages(i64),
}
