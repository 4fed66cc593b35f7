//! Commands to the writer thread.

use tokio::sync::oneshot;

use crate::{
    event::model::Event,
    store::{error::StoreError, query::NewVerdict, status::StoreStatus},
};

/// A command to the writer thread.
pub(super) enum Command {
    Append(Vec<Event>, oneshot::Sender<Result<StoreStatus, StoreError>>),
    DeleteConversation(
        String,
        oneshot::Sender<Result<(u64, StoreStatus), StoreError>>,
    ),
    Reset(oneshot::Sender<Result<(u64, StoreStatus), StoreError>>),
    /// Replaces the verdicts on some events. See
    /// [`EventStore::replace_verdicts`](crate::store::event_store::EventStore::replace_verdicts).
    ReplaceVerdicts {
        after: u64,
        max_events: usize,
        new_verdict: Box<NewVerdict>,
        reply: oneshot::Sender<Result<Option<u64>, StoreError>>,
    },
    /// Builds the search index again.
    RebuildIndex,
    /// Limits the file to this number of pages, to simulate a full disk.
    #[cfg(test)]
    LimitPages(i64),
}
