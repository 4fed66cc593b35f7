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
    write(value, level, out)
}

/// Converts a value, which is inside `level` containers, to JSON in UTF-8.
pub(crate) fn to_vec<T: Serialize + ?Sized>(value: &T, level: usize) -> Result<Vec<u8>, JsonError> {
    let mut out = Vec::with_capacity(128);
    write(value, level, &mut out)?;
    Ok(out)
}

fn write<T: Serialize + ?Sized>(
    value: &T,
    level: usize,
    out: &mut Vec<u8>,
) -> Result<(), JsonError> {
    let start = out.len();
    if depth::write(value, level, out)? {
        // The implementation of `Serialize` is not ours: it can write the same key twice, ignore an
        // error, or contain JSON that was written elsewhere.
        let written = out.get(start..).unwrap_or_default();
        check(str::from_utf8(written).unwrap_or_default(), level)?;
    }
    Ok(())
}
