//! Writes values as JSON.

use serde::Serialize;

use crate::util::json::check::check;
use crate::util::json::depth::DepthLimit;
use crate::util::json::error::JsonError;
use crate::util::json::value_serializer::ValueSerializer;
use crate::util::json::well_known::Converted;

/// Appends a value, which is inside `level` containers, as JSON. If an error is returned, the bytes
/// that were added to `out` are unspecified.
///
/// Dates, durations, and decimals are converted, see [`well_known`](crate::util::json::well_known).
/// Any other value is serialized once, because its `Serialize` implementation can have side
/// effects.
///
/// The serializer returns the error for a value that is nested too deeply before it enters the
/// container, so the depth of the recursion is limited, too. `serde_json` classifies the error as
/// an I/O error. No other I/O error can occur, because the JSON is written to memory.
pub(crate) fn value<T: Serialize + ?Sized>(
    value: &T,
    level: usize,
    out: &mut Vec<u8>,
) -> Result<(), JsonError> {
    let start = out.len();
    let mut needs_check = false;
    Converted(value).serialize(ValueSerializer {
        out: &mut *out,
        limit: DepthLimit::new(level, &mut needs_check),
        slot: &mut None,
    })?;
    if needs_check {
        // The implementation of `Serialize` is not ours: it can write the same key twice, ignore an
        // error, or contain JSON that was written elsewhere.
        let written = out.get(start..).unwrap_or_default();
        check(str::from_utf8(written).unwrap_or_default(), level)?;
    }
    Ok(())
}

/// Converts a value, which is inside `level` containers, to JSON in UTF-8.
pub(crate) fn to_vec<T: Serialize + ?Sized>(
    value_to_write: &T,
    level: usize,
) -> Result<Vec<u8>, JsonError> {
    let mut out = Vec::with_capacity(128);
    value(value_to_write, level, &mut out)?;
    Ok(out)
}
