//! support-copilot
mod answers;
mod assistant;
mod chart;
mod collector;
mod events;
mod input;
mod options;
mod report;
mod screen;
mod shop;
mod tools;
fn main() {}
