//! Finds the end of an argument that is not followed by a comma.
//!
//! ```text
//! type = "Lookup" action = "look up"
//!                 ^ the next argument
//! ```

use proc_macro2::{TokenStream, TokenTree};
use syn::{Ident, LitStr, Token, ext::IdentExt, parse::ParseStream, token};

/// Keywords after which an expression continues.
const PREFIXES: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "dyn", "else", "for", "if", "impl", "in",
    "let", "loop", "match", "move", "mut", "ref", "return", "static", "unsafe", "while", "yield",
];

/// Returns whether the next argument starts here, although no comma separates it from the token
/// `previous`: a name follows the end of an expression, and a value follows the name.
pub(super) fn is_next_argument(previous: Option<&TokenTree>, input: ParseStream<'_>) -> bool {
    let ends_expression = match previous {
        Some(TokenTree::Ident(ident)) => !PREFIXES.iter().any(|keyword| ident == keyword),
        Some(TokenTree::Group(_) | TokenTree::Literal(_)) => true,
        Some(TokenTree::Punct(_)) | None => false,
    };
    let is_equals = input.peek2(Token![=]) && !input.peek2(Token![==]);
    let is_colon = input.peek2(Token![:]) && !input.peek2(Token![::]);
    let is_list = input.peek2(token::Paren);
    let is_name = input.peek(Ident::peek_any) && (is_equals || is_colon || is_list);
    let is_quoted_name = input.peek(LitStr) && (is_equals || is_colon);
    ends_expression && (is_name || is_quoted_name)
}

/// Takes the tokens of the argument: up to the next comma, to the next argument, or to the end.
pub(super) fn take_argument(input: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    let mut previous = None;
    while !input.is_empty() && !input.peek(Token![,]) && !is_next_argument(previous.as_ref(), input)
    {
        let Ok(token) = input.parse::<TokenTree>() else {
            break;
        };
        tokens.extend([token.clone()]);
        previous = Some(token);
    }
    tokens
}
