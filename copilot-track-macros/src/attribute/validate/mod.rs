//! Validates the parsed arguments and the item.

pub(crate) mod arguments;
mod early_exits;
pub(crate) mod item;
mod parameters;
mod property_names;
