//! Handles the parts of JSON that most parsers drop or reject: the text of each value, duplicate
//! keys, and lone surrogates.

pub(crate) mod duplicate_keys;
pub(crate) mod object;
pub(crate) mod surrogates;
