//! The settings that the replay of dead letters needs.

use std::sync::Arc;

use crate::delivery::dead_letters::writer::DeadLetterWriter;

/// The settings that the replay of dead letters needs.
#[derive(Debug, Clone)]
pub(crate) struct ReplayOptions {
    /// The file for events that are rejected again.
    pub(crate) dead_letters: Arc<DeadLetterWriter>,
    /// Whether the tracker has a spool. If so, an event is safe once it is on disk.
    pub(crate) has_spool: bool,
    pub(crate) max_queue_events: usize,
    pub(crate) max_queue_bytes: usize,
}
