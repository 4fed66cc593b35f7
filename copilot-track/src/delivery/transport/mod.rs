//! The transports that send batches.

pub(crate) mod attempt_outcome;
pub(crate) mod dispatch;
pub(crate) mod gzip;
pub(crate) mod http;
mod http_as_segment_client;
pub(crate) mod json_lines;
pub(crate) mod memory;
mod request_error;
pub(crate) mod response_body;
pub(crate) mod retry_after;
pub(crate) mod segment_client;
mod tls;
