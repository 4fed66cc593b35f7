//! Where errors are shown.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

/// Errors point at the user's tokens, names resolve as ours.
pub(super) fn at(tokens: &impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

/// Shows errors about our tokens at `place`. Each token goes on resolving as it did.
pub(super) fn located(tokens: TokenStream, place: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| {
            let mut token = match token {
                TokenTree::Group(group) => {
                    let inner = located(group.stream(), place);
                    TokenTree::Group(Group::new(group.delimiter(), inner))
                }
                token => token,
            };
            token.set_span(token.span().located_at(place));
            token
        })
        .collect()
}
