//! Spans and hygiene of generated tokens.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

/// Returns a span for generated tokens. Errors at this span point at the user's `tokens`. Names
/// resolve at the call site.
pub(crate) fn span_of(tokens: &impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

/// Moves the location of `tokens` to `span`, so that errors point there. Names resolve as before.
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

/// Moves all `tokens` to one location and one hygiene, so that the compiler reports an error that
/// several of them cause only once. They may contain local variables of the expansion and absolute
/// paths, but nothing that the user wrote.
pub(crate) fn unify(tokens: TokenStream, span: Span) -> TokenStream {
    let span = Span::mixed_site().located_at(span);
    tokens
        .into_iter()
        .map(|token| {
            let mut token = match token {
                TokenTree::Group(group) => {
                    let inner = unify(group.stream(), span);
                    TokenTree::Group(Group::new(group.delimiter(), inner))
                }
                token => token,
            };
            token.set_span(match &token {
                // The hygiene of `$crate` selects the crate.
                TokenTree::Ident(ident) if ident == "$crate" => ident.span().located_at(span),
                _ => span,
            });
            token
        })
        .collect()
}

/// Returns the span of the first token that another attribute has not generated. Such a token is
/// located at the attribute, so the text at its location is not its own.
pub(crate) fn first_written(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => first_written(group.stream()),
        token => {
            let text = token.span().source_text();
            let is_written = text.is_none_or(|text| text == token.to_string());
            is_written.then(|| token.span())
        }
    })
}

/// Returns a local variable that user code can neither see nor shadow.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
