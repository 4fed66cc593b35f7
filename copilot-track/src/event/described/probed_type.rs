//! What a type tells about its values.

use serde_json::Value;

/// The result of a probe.
#[derive(Debug, Default)]
pub struct ProbedType {
    /// The schema, if there is one.
    pub(super) schema: Option<Value>,
    /// Whether some values are not sent.
    pub(super) is_optional: bool,
}
