//! Reports wrong or missing punctuation between arguments, and between a key and its value.

use proc_macro2::TokenTree;
use syn::{Ident, Lit, Token, ext::IdentExt, parse::ParseStream, token};

use super::source::{group_text, value_text};
use crate::error::Errors;

/// Reports the next argument, which no comma separates from the one before it.
pub(crate) fn report_missing_comma(input: ParseStream<'_>, errors: &mut Errors) {
    let message = match input.fork().parse::<TokenTree>() {
        Ok(TokenTree::Ident(name)) => {
            format!("expected `,` before `{name}`; arguments are separated by commas")
        }
        _ => "expected `,`; arguments are separated by commas".to_owned(),
    };
    errors.error_at(input.span(), message);
}

/// Reports a literal directly after a key.
pub(crate) fn report_missing_equals(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> bool {
    if !input.peek(Lit) {
        return false;
    }
    let message = format!(
        "expected `=` after `{key}`; write `{key} = {}`",
        value_text(input)
    );
    errors.error_at(input.span(), message);
    true
}

/// Returns whether a name and `=` follow, as in `action = "look up"`.
pub(crate) fn is_name_and_equals(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==])
}

/// Reports anything other than `=` or `(` between a key and its value.
pub(crate) fn report_separator(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> bool {
    let found = if input.peek(Token![==]) {
        "=="
    } else if input.peek(Token![=>]) {
        "=>"
    } else if input.peek(Token![:]) && !input.peek(Token![::]) {
        ":"
    } else if input.peek(token::Brace) || input.peek(token::Bracket) {
        let text = group_text(input);
        let message = if takes_list(key) {
            format!("expected parentheses after `{key}`; write `{key}({text})`")
        } else {
            format!("expected `=` after `{key}`; write `{key} = {text}`")
        };
        errors.error_at(input.span(), message);
        return true;
    } else {
        return false;
    };
    errors.error_at(
        input.span(),
        format!(
            "expected `=` after `{key}`, found `{found}`; write `{key} = {}`",
            value_text(input)
        ),
    );
    true
}

/// Reports braces or brackets after `=`, where an argument takes a list in parentheses.
pub(crate) fn report_list(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> bool {
    if !takes_list(key) || !(input.peek(token::Brace) || input.peek(token::Bracket)) {
        return false;
    }
    errors.error_at(
        input.span(),
        format!(
            "`{key}` takes a list in parentheses; write `{key}({})`",
            group_text(input)
        ),
    );
    true
}

/// Returns whether the argument `key` has a list in parentheses.
fn takes_list(key: &Ident) -> bool {
    ["properties", "texts", "record", "media", "result"]
        .iter()
        .any(|name| key == name)
}
