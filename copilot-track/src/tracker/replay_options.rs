//! What a tracker needs to replay dead letters.

use std::sync::Arc;

use crate::delivery::dead_letters::writer::DeadLetterWriter;

/// What a tracker needs to know to replay.
#[derive(Debug)]
pub(crate) struct ReplayOptions {
    pub(crate) letters: Arc<DeadLetterWriter>,
    /// Whether the spool has them when they are on disk.
    pub(crate) spooled: bool,
    /// How many events the queue takes, and how many bytes.
    pub(crate) room: (usize, usize),
}
