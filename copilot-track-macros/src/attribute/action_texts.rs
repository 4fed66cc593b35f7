//! The texts of a call to the runtime function that sends Action Invoked without a static.

/// A function's name, the type, and the action in one string. The compiler takes less time for one
/// string and two numbers than for three strings.
pub(crate) struct ActionTexts {
    pub(crate) texts: String,
    /// The position at which the name ends, in bytes.
    pub(crate) name_end: usize,
    /// The position at which the type ends, in bytes.
    pub(crate) type_end: usize,
}

impl ActionTexts {
    pub(crate) fn new(name: &str, r#type: &str, action: &str) -> Self {
        Self {
            texts: [name, r#type, action].concat(),
            name_end: name.len(),
            type_end: name.len() + r#type.len(),
        }
    }
}
