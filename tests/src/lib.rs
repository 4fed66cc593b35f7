//! Code that the integration tests and the programs in `src/bin` share: a server that misbehaves on
//! demand and records its requests, processes that are killed, and helpers for trackers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test panics if it cannot continue"
)]

mod block_on;
mod crash;
mod fault_server;
mod full_disk;
mod gate;
mod log_capture;
#[cfg(doctest)]
mod macro_docs;
pub mod masking;
pub mod planned;
pub mod sdk_harness;
mod timeout;
mod tracked_functions;
mod trackers;

pub use block_on::block_on;
/// The library, for [`tracked_functions!`].
pub use copilot_track as tracking;
pub use crash::{CrashChild, KillReport, Storage, kill_repeatedly, read_dead_letters, replay};
pub use fault_server::{
    Behavior, FaultPlan, FaultServer, RecordedRequest, RequestLog, ReservedPort, Response,
    TlsFault, TlsServer,
};
pub use full_disk::{FullDisk, limit_file_sizes};
pub use gate::{Blocker, Gate};
pub use log_capture::{capture_logs, captured_logs};
pub use timeout::TEST_TIMEOUT;
pub use trackers::{
    UNRESOLVABLE_URL, assert_ledger_matches, build_when_free, fast_tracker_builder,
    flush_until_complete, numbered_event, test_user, tracker_builder,
};

/// Runs the examples in the repository's README as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
