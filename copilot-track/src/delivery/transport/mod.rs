//! Where batches are sent.

pub(crate) mod gzip;
pub(crate) mod http;
pub(crate) mod json_lines;
pub(crate) mod kind;
pub(crate) mod response;
