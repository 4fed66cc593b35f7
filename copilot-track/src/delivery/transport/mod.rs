//! The transports that send batches.

pub(crate) mod attempt_outcome;
pub(crate) mod dispatch;
pub(crate) mod gzip;
pub(crate) mod http;
pub(crate) mod json_lines;
pub(crate) mod memory;
pub(crate) mod retry_after;
pub(crate) mod segment_client;
