//! Reads JSON without losing what most parsers drop: the text of each value, lone surrogates, and
//! duplicate keys.

pub(crate) mod duplicate_keys;
pub(crate) mod object;
pub(crate) mod surrogates;
