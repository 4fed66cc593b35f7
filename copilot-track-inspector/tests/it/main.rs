//! A real server on a free port, and clients of every kind.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod chaos;
mod crash;
mod full;
mod guard;
mod hostile;
mod ingest;
mod kit;
mod live;
mod program;
#[cfg(unix)]
mod room;
mod stores;
mod terminal;
