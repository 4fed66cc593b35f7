//! The member of a call that contains its properties.

/// Returns `traits` for Identify and Group calls, and `properties` for all others.
pub(crate) fn payload_key(kind: &str) -> &'static str {
    match kind {
        "identify" | "group" => "traits",
        _ => "properties",
    }
}
