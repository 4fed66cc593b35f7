//! Where errors are shown.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

/// Errors point at the user's tokens, names resolve as ours.
pub(crate) fn span_of(tokens: &impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

/// Shows errors about our tokens at `place`. Each token goes on resolving as it did.
pub(crate) fn relocate(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| {
            let mut token = match token {
                TokenTree::Group(group) => {
                    let inner = relocate(group.stream(), span);
                    TokenTree::Group(Group::new(group.delimiter(), inner))
                }
                token => token,
            };
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}

/// A local of ours, which the user's code neither sees nor shadows.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
