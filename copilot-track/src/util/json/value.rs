//! Writes values as JSON.

use serde::Serialize;

use crate::util::json::str_serializer::StrSerializer;

/// Appends a value as JSON. A value other than a string is serialized twice, because the first
/// attempt fails and writes nothing.
pub(crate) fn value<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    let start = out.len();
    if value.serialize(StrSerializer(out)).is_ok() {
        return Ok(());
    }
    out.truncate(start);
    serde_json::to_writer(out, value)
}
