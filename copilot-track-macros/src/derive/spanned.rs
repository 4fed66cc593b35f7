//! Values of attributes, with the places where they were written.

use proc_macro2::Span;
use syn::ExprPath;

/// A value and the span of its literal or key.
pub(crate) struct WithSpan<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// The value of `name`.
pub(crate) enum NameValue {
    Literal(WithSpan<String>),
    /// The path of a constant.
    Constant(ExprPath),
}
