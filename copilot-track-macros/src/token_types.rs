//! The token types of the compiler, for expansions that must be fast.
//!
//! The wrappers in `proc_macro2` take more time than the compiler's types, because cargo does not
//! optimize procedural macros by default. Tests use the wrappers, because only they work outside a
//! macro.

#[cfg(not(test))]
pub(crate) use proc_macro::{
    Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree,
};
#[cfg(test)]
pub(crate) use proc_macro2::{
    Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree,
};

/// Returns whether an identifier is `name`. The compiler's type cannot be compared with a string.
#[allow(
    clippy::cmp_owned,
    reason = "only the type of `proc_macro2` can be compared with a string"
)]
pub(crate) fn is_named(ident: &Ident, name: &str) -> bool {
    ident.to_string() == name
}
