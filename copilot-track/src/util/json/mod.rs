//! Writes JSON text.

mod str_serializer;
mod string;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use self::string::string;
pub(crate) use self::value::value;
