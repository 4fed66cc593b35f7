//! What expanded code calls. Nothing else may: this module changes without notice.

mod described;
mod size;

pub use described::Described;
pub use size::{NotText, Probe, Text, TextLen};
