//! What is put around a body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::attribute::expand::span::local;

/// What an expansion puts around the body.
pub(crate) struct Around {
    /// Statements at the beginning of the call.
    pub(crate) before: TokenStream,
    /// What the call begins, if it has an end.
    pub(crate) call: Option<Begin>,
    pub(crate) then: Then,
}

/// What a call begins.
pub(crate) struct Begin {
    /// The local that holds it.
    pub(crate) name: Ident,
    /// The expression that begins it.
    pub(crate) value: TokenStream,
    /// Whether the body runs in a scope of the call's.
    pub(crate) scoped: bool,
}

impl Around {
    /// The statements at the beginning of the call.
    pub(crate) fn start(&self) -> TokenStream {
        let before = &self.before;
        let begin = self
            .call
            .as_ref()
            .map(|Begin { name, value, .. }| quote!(let #name = #value;));
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
        let guard = self.call.as_ref().map(|Begin { name, value, .. }| {
            let name = Ident::new(&format!("_{name}"), name.span());
            quote!(let #name = #value #how;)
        });
        quote!(#before #guard)
    }
}

/// What happens when the body has given its value.
pub(crate) enum Then {
    /// Nothing: the body only runs in a scope.
    Nothing,
    /// The call ends, with or without an error.
    Ended,
    /// The value is the text of a reply; if it is none, this is where to say so.
    Said(Span),
    /// The call ends as this expression says, which sees the value as a reference [`out`], and
    /// [`end`].
    Look(TokenStream),
    /// This is the value instead of [`out`].
    Value(TokenStream),
}

/// The local that holds what the body gave.
pub(crate) fn out() -> Ident {
    local("out")
}

/// How the call ends, in [`Then::Look`].
pub(crate) fn end() -> Ident {
    local("end")
}
