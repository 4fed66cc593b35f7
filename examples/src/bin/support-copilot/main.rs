//! support-copilot
mod answers;
mod assistant;
mod chart;
mod events;
mod shop;
mod tools;
fn main() {}
