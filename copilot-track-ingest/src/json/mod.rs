//! Handles the parts of JSON that most parsers drop or reject: the text of each value, duplicate
//! keys, very large numbers, and lone surrogates. Parses calls without copying their strings.

pub(crate) mod duplicate_keys;
pub(crate) mod numbers;
pub(crate) mod object;
pub(crate) mod surrogates;
pub(crate) mod value;
