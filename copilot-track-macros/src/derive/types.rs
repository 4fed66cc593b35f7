//! Type parameters and the types of fields.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{GenericParam, Generics, Ident, Type, ext::IdentExt, spanned::Spanned};

/// Returns the names of the type parameters.
pub(super) fn type_params(generics: &Generics) -> impl Iterator<Item = &Ident> {
    generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(&param.ident),
        _ => None,
    })
}

/// Returns whether one of the type parameters occurs in `tokens`.
pub(super) fn mentions_param(params: &[&Ident], tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => params.iter().any(|param| param.unraw() == ident.unraw()),
        TokenTree::Group(group) => mentions_param(params, group.stream()),
        _ => false,
    })
}

/// Returns a span for generated tokens. Errors at this span point at the field's type. Names
/// resolve at the call site.
pub(super) fn type_span(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}
