//! Reports arguments that do not start with a key.

use proc_macro2::TokenTree;
use syn::{Lit, Token, parse::ParseStream, token};

use super::{
    name::{identifier, last_name},
    sigil::report_sigil,
    source::{argument_text, value_text},
};
use crate::{
    error::Errors,
    meta::{literal::mime_type, suggestions::Suggestions},
};

/// Reports an argument without a key. `name` is the key that the error suggests.
pub(crate) fn report_missing_key(
    input: ParseStream<'_>,
    name: Option<&str>,
    suggestions: Suggestions<'_>,
    errors: &mut Errors,
) {
    if !report_sigil(None, input, errors) {
        let message = missing_key_message(input, name, suggestions);
        errors.error_at(input.span(), message);
    }
}

fn missing_key_message(
    input: ParseStream<'_>,
    name: Option<&str>,
    suggestions: Suggestions<'_>,
) -> String {
    if input.peek(Token![#]) {
        return "attributes are not allowed on arguments; wrap the whole attribute in `#[cfg_attr(…)]`"
            .to_owned();
    }
    if input.peek(Token![=]) {
        return "expected an argument name before `=`".to_owned();
    }
    if input.peek(token::Brace) || input.peek(token::Bracket) {
        return "expected an argument name; arguments are written `name = value`, without braces or brackets"
            .to_owned();
    }
    if input.peek(Token![,]) {
        return "expected an argument before `,`".to_owned();
    }
    if input.peek(Token![..]) || input.peek(Token![*]) {
        let found = if input.peek(Token![*]) { "*" } else { ".." };
        return format!("`{found}` is not allowed; list each argument by name");
    }
    if input.peek(Token![|]) && name.is_none() {
        return "expected a name for this closure; write `name = |value| …`".to_owned();
    }
    let found = argument_text(input);
    if input.peek(token::Paren) && found.contains(" = ") {
        return "expected an argument name; arguments are written `name = value`, without parentheses".to_owned();
    }
    if name == Some("type")
        && suggestions.keys.contains(&"sub_type")
        && let Some(mime_type) = input.fork().parse().ok().as_ref().and_then(mime_type)
    {
        return format!("the two parts of a MIME type are separate arguments; write {mime_type}");
    }
    if let Ok(Lit::Str(text)) = input.fork().parse::<Lit>() {
        let text = text.value();
        let (after, value) = value_after(input);
        let key = identifier(&text);
        match (after, key) {
            (true, Some(key)) => {
                return format!(
                    "argument names are written without quotes; write `{key} = {value}`"
                );
            }
            (false, Some(key)) if name.is_none() => {
                return format!("names are written without quotes; write `{key}`");
            }
            _ => {}
        }
    }
    let expected = format!("expected an argument name, found `{found}`");
    // A name after a character of another language, such as `$name = value`.
    let symbols = |char: char| !char.is_alphanumeric() && char != '_';
    if let Some((typed, value)) = found.split_once(" = ")
        && let Some(key) = identifier(typed.trim_matches(symbols))
    {
        return format!("{expected}; write `{key} = {value}`");
    }
    match name {
        Some(name) => format!("{expected}; write `{name} = {found}`"),
        // A reference, such as `&order.sku`.
        None if input.peek(Token![&]) => {
            format!("{expected}; write `{} = {found}`", last_name(&found))
        }
        None => format!("{expected}; arguments are written `name = value`"),
    }
}

/// Returns whether `=` or `:` follows the first token, and the tokens after it.
fn value_after(input: ParseStream<'_>) -> (bool, String) {
    let fork = input.fork();
    let _: Result<TokenTree, _> = fork.parse();
    let follows = fork.peek(Token![=]) || fork.peek(Token![:]);
    (follows, value_text(&fork))
}
