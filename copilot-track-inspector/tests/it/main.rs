//! Tests that send requests to a running inspector or run the program.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod actions;
mod api;
mod chaos;
mod clients;
mod conversations;
mod crash;
mod forward;
#[cfg(unix)]
mod full_disk;
mod guard;
mod ingest;
mod live;
mod malformed_requests;
#[cfg(target_os = "linux")]
mod memory;
mod plan;
#[cfg(unix)]
mod private_files;
mod program;
mod spec;
mod stores;
mod support;
mod terminal;
mod unwritable_database;
