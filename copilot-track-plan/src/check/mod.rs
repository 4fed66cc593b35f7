//! Checks events against a plan.

mod checker;
mod compile;
mod declared;
mod finding;
mod formats;
mod instance_path;
mod node;
mod validate;

#[cfg(test)]
mod tests;

pub use checker::Checker;
pub use finding::{Finding, FindingKind};
