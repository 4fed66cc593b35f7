//! JSON as it was sent: the text of each member, lone surrogates, and duplicate keys.

pub(crate) mod duplicate_keys;
pub(crate) mod object;
pub(crate) mod surrogates;
