//! Errors are collected, not returned one by one: a user who made three mistakes reads three
//! errors.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far in one use of a macro.
#[derive(Default)]
pub(crate) struct Errors {
    errors: Vec<syn::Error>,
}

impl Errors {
    /// A mistake at one place.
    pub(crate) fn error_at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.errors.push(syn::Error::new(span, message));
    }

    /// A mistake that several tokens make together; the error underlines all of them.
    pub(crate) fn error_spanned_by(
        &mut self,
        tokens: impl ToTokens,
        message: impl std::fmt::Display,
    ) {
        self.errors.push(syn::Error::new_spanned(tokens, message));
    }

    /// A mistake that `syn` has already put into words.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Every mistake as a `compile_error!`, in the order of finding.
    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        self.errors
            .iter()
            .map(syn::Error::to_compile_error)
            .collect()
    }
}
