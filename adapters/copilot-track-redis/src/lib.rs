//! Conversations of [`copilot_track`] that several processes share, on Redis or Valkey.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use copilot_track::{Conversations, Tracker};
//! use copilot_track_redis::RedisStore;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tracker = Tracker::from_env()?;
//! let conversations = Conversations::builder(&tracker)
//!     .store(RedisStore::connect("redis://127.0.0.1:6379").await?)
//!     .end_after_idle(Duration::from_secs(30 * 60))
//!     .build();
//! # drop(conversations);
//! # Ok(())
//! # }
//! ```
//!
//! [`Conversations`](copilot_track::Conversations#several-processes) describes how replicas work
//! together. The repository's `docs/scale.md` describes how to run the server.

mod connection;
mod error;
mod failed_updates;
mod idle;
mod keys;
mod late_times;
mod millis;
mod options;
mod redis_store;
mod scripts;
mod server_check;
mod stored_fields;
mod target;

pub use crate::error::ConnectError;
pub use crate::options::RedisStoreOptions;
pub use crate::redis_store::RedisStore;
