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
mod kills;
mod log;
mod logs;
mod recorded;
mod script;
mod server;
mod setup;
mod tls;
mod victim;

pub use behaviour::{Answer, Behaviour};
pub use executor::block_on;
pub use kills::{Kills, dead_letters, kill_often};
pub use log::Log;
pub use logs::{capture_logs, captured_logs};
pub use recorded::Recorded;
pub use script::Script;
pub use server::{FaultServer, Reserved};
pub use setup::{PATIENCE, UNRESOLVABLE, assert_agreement, hurry, note, quick, tracker, user};
pub use tls::{Tls, TlsServer};
pub use victim::{Keeping, Victim};
