//! What the tests share: a server that misbehaves on demand and remembers what it was sent, and
//! small tools around it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test that cannot go on panics"
)]

mod block_on;
mod crash;
mod fault_server;
mod log_capture;
pub mod sdk_harness;
mod timeout;
mod trackers;

pub use block_on::block_on;
pub use crash::{Keeping, Kills, Victim, dead_letters, kill_often};
pub use fault_server::{
    Answer, Behaviour, FaultServer, Log, Recorded, Reserved, Script, Tls, TlsServer,
};
pub use log_capture::{capture_logs, captured_logs};
pub use timeout::PATIENCE;
pub use trackers::{UNRESOLVABLE, assert_agreement, hurry, note, quick, tracker, user};
