//! Parses arguments, for both the attribute macros and the derive macro.

mod argument_end;
pub(crate) mod crate_path;
pub(crate) mod foreign;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod literal;
pub(crate) mod suggestions;
pub(crate) mod value;
