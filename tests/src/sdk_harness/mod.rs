//! Code that `copilot-track-adapter` and `copilot-track-e2e` share: tracking API calls as JSON,
//! configuration, and descriptions of losses. SDK test suites drive a tracker with these programs.

mod call;
mod config;
mod losses;
pub mod stderr_log;

pub use call::Call;
pub use config::{endpoint, set};
pub use losses::losses;
