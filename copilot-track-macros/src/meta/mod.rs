//! What attributes and the derive read alike.

pub(crate) mod crate_path;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod value;
