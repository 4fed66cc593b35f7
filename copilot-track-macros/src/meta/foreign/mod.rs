//! Reports syntax of other libraries and languages. Each message shows what to write instead.

pub(crate) mod expression;
pub(crate) mod hyphen;
pub(crate) mod missing_key;
mod name;
pub(crate) mod separator;
pub(crate) mod sigil;
pub(crate) mod source;
pub(crate) mod unquoted;
