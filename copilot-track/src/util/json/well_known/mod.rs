//! Dates, durations, and decimals of well-known libraries.
//!
//! The `Serialize` implementations of these types are made for storage: a `std::time::Duration` is
//! an object, a `time::OffsetDateTime` is an array, and a `rust_decimal::Decimal` is a string. A
//! warehouse needs a number or a date instead. The serializer finds the type of each value by
//! [`std::any::type_name`], which sees through aliases and re-exports, and converts what the
//! implementation has written. A value that has another form than expected stays as it is.

mod date;
mod duration;
mod kind;
mod serializer;
#[cfg(test)]
mod tests;

pub(crate) use self::kind::{SentForm, sent_form};
pub(super) use self::serializer::Converted;
