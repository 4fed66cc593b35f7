//! Describes the code that an attribute adds around the body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::attribute::expand::span::local;

/// The code that an attribute adds around the body.
pub(crate) struct Wrapper {
    /// The statements that run before the call starts.
    pub(crate) before: TokenStream,
    /// The tracked call, if the attribute acts when the body completes.
    pub(crate) call: Option<TrackedCall>,
    /// What to do when the body completes.
    pub(crate) completion: Completion,
}

/// A call that is tracked from its start to its end.
pub(crate) struct TrackedCall {
    /// The local variable that holds the call.
    pub(crate) name: Ident,
    /// The expression that starts the call.
    pub(crate) value: TokenStream,
    pub(crate) body: CallBody,
}

/// How the body runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallBody {
    /// The body runs in the scope of the call.
    InScope,
    /// The body runs outside the scope of the call, but the call observes whether the future of the
    /// body is dropped or panics.
    Observed,
    /// The body runs outside the scope of the call. If the body does not return, the call does not
    /// observe how the body ends.
    Unobserved,
}

impl Wrapper {
    /// Returns the statements that run before the body.
    pub(crate) fn start(&self) -> TokenStream {
        let before = &self.before;
        let begin = self
            .call
            .as_ref()
            .map(|TrackedCall { name, value, .. }| quote!(let #name = #value;));
        quote!(#before #begin)
    }

    /// Returns the variable of the call, if the body runs in its scope.
    pub(crate) fn scope(&self) -> Option<&Ident> {
        self.call_with(CallBody::InScope)
    }

    /// Returns the variable of the call, if the call observes the body.
    pub(crate) fn observer(&self) -> Option<&Ident> {
        self.call_with(CallBody::Observed)
    }

    fn call_with(&self, body: CallBody) -> Option<&Ident> {
        let call = self.call.as_ref().filter(|call| call.body == body)?;
        Some(&call.name)
    }

    /// Returns the statements that hold the call in a guard while the body runs. `method` converts
    /// the call to a guard.
    pub(crate) fn guard(&self, method: Option<&TokenStream>) -> TokenStream {
        let before = &self.before;
        let guard = self.call.as_ref().map(|TrackedCall { name, value, .. }| {
            let name = Ident::new(&format!("_{name}"), name.span());
            quote!(let #name = #value #method;)
        });
        quote!(#before #guard)
    }
}

/// What to do when the body completes.
pub(crate) enum Completion {
    /// Nothing happens when the body completes. The body may still run in a scope.
    None,
    /// The call ends with the error in the output, if there is one.
    Outcome,
    /// The output is the text of a reply. If the output's type has no text, the compiler reports
    /// the error at this span.
    ReplyText(Span),
    /// This expression ends the call. It can use [`output_ident`] (a reference to the output) and
    /// [`completion_ident`].
    Inspect(TokenStream),
    /// This expression replaces the output. It can use [`output_ident`].
    Replace(TokenStream),
}

/// Returns the local variable that holds the output of the body.
pub(crate) fn output_ident() -> Ident {
    local("output")
}

/// Returns the local variable with which [`Completion::Inspect`] ends the call.
pub(crate) fn completion_ident() -> Ident {
    local("completion")
}
