//! A browser, a proxy, and events for the browser tests, the screenshots, and the measurements.

pub mod browser;
mod chromedriver;
pub mod events;
pub mod proxy;
pub mod site;

/// The result of a test. Any error fails the test.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
