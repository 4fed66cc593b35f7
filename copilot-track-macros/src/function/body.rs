//! The function body as a token group.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// Returns the braced group, which may be inside the invisible group of a `macro_rules!` fragment.
pub(super) fn body_group(token: TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else {
        return None;
    };
    match group.delimiter() {
        Delimiter::Brace => Some(group),
        Delimiter::None => group.stream().into_iter().next().and_then(body_group),
        _ => None,
    }
}

/// Splits off the inner attributes (`#![…]`), which must stay first in the new body.
pub(super) fn split_inner_attrs(body: Group) -> (TokenStream, Group) {
    let mut tokens = body.stream().into_iter().peekable();
    let mut attrs = TokenStream::new();
    while let Some(TokenTree::Punct(hash)) = tokens.peek()
        && hash.as_char() == '#'
    {
        let start: Vec<TokenTree> = tokens.by_ref().take(2).collect();
        if !matches!(start.as_slice(), [_, TokenTree::Punct(bang)] if bang.as_char() == '!') {
            // This is an outer attribute, which belongs to the first statement.
            return (
                attrs,
                braced(start.into_iter().chain(tokens).collect(), body.span()),
            );
        }
        attrs.extend(start.into_iter().chain(tokens.next()));
    }
    if attrs.is_empty() {
        return (attrs, body);
    }
    (attrs, braced(tokens.collect(), body.span()))
}

/// Wraps `tokens` in braces that have the span `braces`.
pub(super) fn braced(tokens: TokenStream, braces: Span) -> Group {
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(braces);
    group
}

/// Returns whether a body has tokens but no semicolon, and does not end in an operator. After an
/// operator, the body is incomplete, and the compiler reports an error at its closing brace. Each
/// token is `Some` if it is an operator.
pub(super) fn may_be_one_expression(tokens: impl IntoIterator<Item = Option<char>>) -> bool {
    let mut last_is_operator = true;
    for token in tokens {
        last_is_operator = match token {
            Some(';') => return false,
            Some(operator) => operator != '?',
            None => false,
        };
    }
    !last_is_operator
}

/// Returns whether clippy expects a certain body from a method with this name: `*self` from `clone`
/// if the type is `Copy`, and `Some(self.cmp(other))` from `partial_cmp` if the type is `Ord`.
pub(crate) fn has_canonical_form(name: &str) -> bool {
    matches!(name, "clone" | "partial_cmp")
}
