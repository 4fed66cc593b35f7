//! Parsing of attribute arguments, shared by the attributes and the derive.

pub(crate) mod crate_path;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod value;
