//! Finds closures and async blocks in unparsed tokens. They contain their own control flow.

use proc_macro2::TokenTree;

/// Returns whether `|` starts a closure after `previous`. Otherwise, it is an operator or separates
/// patterns.
pub(crate) fn starts_closure(previous: Option<&TokenTree>) -> bool {
    match previous {
        None => true,
        Some(TokenTree::Punct(punct)) => !matches!(punct.as_char(), '?' | '|'),
        Some(TokenTree::Ident(ident)) => ["move", "static", "return", "break", "else", "in"]
            .iter()
            .any(|name| ident == name),
        Some(TokenTree::Group(_) | TokenTree::Literal(_)) => false,
    }
}

/// Returns the index after the closure whose first `|` is at `start`. A closure extends as far as
/// possible: to the next comma or semicolon.
pub(crate) fn closure_end(tokens: &[TokenTree], start: usize) -> usize {
    let is_end = |token: &TokenTree| is_punct(Some(token), '|');
    let parameters = tokens.iter().skip(start + 1).position(is_end);
    let body = parameters.map_or(tokens.len(), |length| start + length + 2);
    let mut depth = 0_usize;
    for index in body..tokens.len() {
        let TokenTree::Punct(punct) = &tokens[index] else {
            continue;
        };
        match punct.as_char() {
            // Generic arguments in an expression follow `::`.
            '<' if depth > 0 || is_punct(tokens.get(index - 1), ':') => depth += 1,
            '>' if !is_punct(tokens.get(index - 1), '-') => depth = depth.saturating_sub(1),
            ',' if depth == 0 => return index,
            ';' => return index,
            _ => {}
        }
    }
    tokens.len()
}

/// Returns the index after the async block or async closure whose `async` is at `start`.
pub(crate) fn async_end(tokens: &[TokenTree], start: usize) -> usize {
    let is_move = matches!(tokens.get(start + 1), Some(TokenTree::Ident(ident)) if ident == "move");
    let next = start + 1 + usize::from(is_move);
    match tokens.get(next) {
        Some(TokenTree::Group(_)) => next + 1,
        token if is_punct(token, '|') => closure_end(tokens, next),
        _ => next,
    }
}

pub(crate) fn is_fn(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == "fn")
}

pub(crate) fn is_punct(token: Option<&TokenTree>, char: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}
