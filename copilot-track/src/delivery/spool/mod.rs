//! The spool, which stores events on disk until they are delivered. Requires the `spool` feature.

#[cfg(feature = "spool")]
pub(crate) mod config;
#[cfg(feature = "spool")]
pub(crate) mod content_policy;
#[cfg(feature = "spool")]
pub(crate) mod deleted;
#[cfg(not(feature = "spool"))]
pub(crate) mod disabled;
#[cfg(feature = "spool")]
pub(crate) mod disk_queue;
#[cfg(feature = "spool")]
pub(crate) mod lock;
#[cfg(feature = "spool")]
pub(crate) mod open;
#[cfg(feature = "spool")]
pub(crate) mod quarantine;
#[cfg(feature = "spool")]
pub(crate) mod record;
#[cfg(feature = "spool")]
pub(crate) mod retry_table;
#[cfg(feature = "spool")]
pub(crate) mod staged;
#[cfg(feature = "spool")]
pub(crate) mod store;
#[cfg(feature = "spool")]
pub(crate) mod take;
#[cfg(all(test, feature = "spool"))]
mod tests;

#[cfg(not(feature = "spool"))]
pub(crate) use self::disabled::{DiskQueue, SpoolRecord, UnsentRecord};
#[cfg(feature = "spool")]
pub(crate) use self::disk_queue::{DiskQueue, UnsentRecord};
#[cfg(feature = "spool")]
pub(crate) use self::record::SpoolRecord;
