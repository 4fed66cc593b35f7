//! support-copilot
mod chart;
mod shop;
fn main() {}
