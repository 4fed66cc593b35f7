//! General helpers, unrelated to tracking.

pub(crate) mod cache_padded;
pub(crate) mod caught_drop;
pub(crate) mod caught_future;
pub(crate) mod json;
pub(crate) mod panics;
pub(crate) mod private_files;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod redact;
pub(crate) mod reentrancy;
pub(crate) mod sync;
pub(crate) mod timestamps;
pub(crate) mod truncation;
