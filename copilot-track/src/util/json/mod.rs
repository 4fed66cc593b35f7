//! Reads and writes JSON text, without recursion and without loss.

mod check;
mod depth;
mod error;
pub(crate) mod escapes;
pub(crate) mod members;
pub(crate) mod number;
mod string;
#[cfg(test)]
mod tests;
pub(crate) mod tokens;
pub(crate) mod tree;
mod value;
mod value_serializer;
mod well_known;

pub(crate) use self::check::{check, unescape};

pub(crate) use self::depth::{MAX_DEPTH, PlainSerializer, with_plain_serializer};
pub(crate) use self::error::JsonError;
pub(crate) use self::string::string;
pub(crate) use self::value::{to_vec, value};
pub(crate) use self::well_known::{SentForm, sent_form};
