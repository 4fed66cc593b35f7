//! Validates the parsed arguments and the item.

pub(crate) mod arguments;
pub(crate) mod item;
