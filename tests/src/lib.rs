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

mod behaviour;
mod executor;
mod http;
mod log;
mod logs;
mod recorded;
mod script;
mod server;
mod setup;

pub use behaviour::{Answer, Behaviour};
pub use executor::block_on;
pub use log::Log;
pub use logs::{capture_logs, captured_logs};
pub use recorded::Recorded;
pub use script::Script;
pub use server::{FaultServer, Reserved};
pub use setup::{PATIENCE, assert_agreement, hurry, note, quick, tracker, user};
