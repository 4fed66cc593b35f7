//! What the errors about a list of arguments suggest.

/// What the errors about a list of arguments suggest.
#[derive(Clone, Copy, Default)]
pub(crate) struct Suggestions<'a> {
    /// The keys of values without a key, in the order of the values.
    pub(crate) keys: &'a [&'a str],
    /// Whether the list accepts `when = …`.
    pub(crate) when: bool,
    /// Whether the list accepts `properties(…)`.
    pub(crate) properties: bool,
}
