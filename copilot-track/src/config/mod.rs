//! Configuration of a tracker, validated once, in `build`.

pub(crate) mod build;
pub(crate) mod builder;
