//! Checks calls against a tracking plan, which is read from a file.

mod accepted;
pub(crate) mod loaded;
pub(crate) mod plan_file;
