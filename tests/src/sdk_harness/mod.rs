//! Shared by `copilot-track-adapter` and `copilot-track-e2e`, which let SDK test suites drive a
//! tracker: calls of the tracking API as JSON, configuration, and descriptions of losses.

mod call;
mod config;
mod losses;
pub mod stderr_log;

pub use call::Call;
pub use config::{endpoint, set};
pub use losses::losses;
