//! Writes values as JSON.

use serde::Serialize;

use crate::util::json::check::check;
use crate::util::json::depth;
use crate::util::json::error::JsonError;
use crate::util::json::str_serializer::StrSerializer;

/// Appends a value, which is inside `level` containers, as JSON. If an error is returned, the bytes
/// that were added to `out` are unspecified.
///
/// A value other than a string is serialized twice: the first attempt fails without writing
/// anything.
pub(crate) fn value<T: Serialize + ?Sized>(
    value: &T,
    level: usize,
    out: &mut Vec<u8>,
) -> Result<(), JsonError> {
    let start = out.len();
    if value.serialize(StrSerializer(out)).is_ok() {
        return Ok(());
    }
    out.truncate(start);
    depth::write(value, level, out)?;
    match out.get(start) {
        // The implementation of `Serialize` is not ours: it can write a key twice, ignore an error,
        // or contain JSON that was written elsewhere.
        Some(b'{' | b'[' | b'"') => check(written(out, start), level),
        _ => Ok(()),
    }
}

/// Returns the JSON that was appended to `out`. All JSON in this crate is UTF-8.
fn written(out: &[u8], start: usize) -> &str {
    let written = out.get(start..).unwrap_or_default();
    str::from_utf8(written).unwrap_or_default()
}

/// Converts a value, which is inside `level` containers, to JSON.
pub(crate) fn to_string<T: Serialize + ?Sized>(
    value_: &T,
    level: usize,
) -> Result<String, JsonError> {
    let mut out = Vec::with_capacity(128);
    value(value_, level, &mut out)?;
    String::from_utf8(out).map_err(|_| JsonError::Serde(serde::ser::Error::custom("not UTF-8")))
}
