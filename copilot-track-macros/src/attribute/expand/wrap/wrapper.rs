//! What is put around a body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::attribute::expand::span::local;

/// What an expansion puts around the body.
pub(crate) struct Wrapper {
    /// Statements at the beginning of the call.
    pub(crate) before: TokenStream,
    /// What the call begins, if it has an end.
    pub(crate) call: Option<TrackedCall>,
    pub(crate) completion: Completion,
}

/// What a call begins.
pub(crate) struct TrackedCall {
    /// The local that holds it.
    pub(crate) name: Ident,
    /// The expression that begins it.
    pub(crate) value: TokenStream,
    /// Whether the body runs in a scope of the call's.
    pub(crate) scoped: bool,
}

impl Wrapper {
    /// The statements at the beginning of the call.
    pub(crate) fn start(&self) -> TokenStream {
        let before = &self.before;
        let begin = self
            .call
            .as_ref()
            .map(|TrackedCall { name, value, .. }| quote!(let #name = #value;));
        quote!(#before #begin)
    }

    /// What has the scope that the body runs in.
    pub(crate) fn scope(&self) -> Option<&Ident> {
        let call = self.call.as_ref().filter(|call| call.scoped)?;
        Some(&call.name)
    }

    /// The call as a guard for a body that stays in its place.
    pub(crate) fn guard(&self, how: Option<&TokenStream>) -> TokenStream {
        let before = &self.before;
        let guard = self.call.as_ref().map(|TrackedCall { name, value, .. }| {
            let name = Ident::new(&format!("_{name}"), name.span());
            quote!(let #name = #value #how;)
        });
        quote!(#before #guard)
    }
}

/// What happens when the body has given its value.
pub(crate) enum Completion {
    /// Nothing: the body only runs in a scope.
    None,
    /// The call ends, with or without an error.
    Outcome,
    /// The value is the text of a reply; if it is none, this is where to say so.
    ReplyText(Span),
    /// The call ends as this expression says, which sees the value as a reference [`out`], and
    /// [`end`].
    Inspect(TokenStream),
    /// This is the value instead of [`out`].
    Replace(TokenStream),
}

/// The local that holds what the body gave.
pub(crate) fn output_ident() -> Ident {
    local("output")
}

/// How the call ends, in [`Then::Look`].
pub(crate) fn completion_ident() -> Ident {
    local("completion")
}
