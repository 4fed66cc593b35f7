//! Compares two plans.

mod change;
mod columns;
mod compare;
mod fields;
mod renames;

#[cfg(test)]
mod tests;

pub use change::{Change, ChangeKind, Effect};
pub use compare::diff;
