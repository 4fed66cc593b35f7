//! A call to a model.

/// A call to a model whose cost can be estimated.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(feature = "prices"),
    expect(dead_code, reason = "only the table of prices reads the fields")
)]
pub(crate) struct ModelCall<'a> {
    pub(crate) provider: Option<&'a str>,
    pub(crate) model: &'a str,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cached_input_tokens: Option<u64>,
    pub(crate) reasoning_tokens: Option<u64>,
}
