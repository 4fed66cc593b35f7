//! Reports expressions that have no key but start with a name, such as `order.sku`.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{Ident, LitStr, Token, parse::ParseStream, token};

use super::{
    name::{identifier, last_name},
    source::{argument_text, source_text},
};
use crate::{
    error::Errors,
    meta::{argument_end::is_next_argument, suggestions::Suggestions},
};

/// Reports an expression that starts with an identifier and has no key, such as `order.sku`. `name`
/// is the key that the error suggests.
pub(crate) fn report_expression(
    key: &Ident,
    name: Option<&str>,
    suggestions: Suggestions<'_>,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> bool {
    let is_path = input.peek(Token![::]) || input.peek(Token![!]) && !input.peek(Token![!=]);
    let is_condition = is_comparison(input);
    if !input.peek(Token![.]) && !is_path && !is_condition {
        return false;
    }
    let space = if is_condition { " " } else { "" };
    let expr = source_text(&format!("{key}{space}{}", argument_text(input)));
    let found = format!("expected an argument name, found `{expr}`");
    let message = match (expr.split_once(" = "), name) {
        (Some((name, value)), _) => {
            let name = name.replace(['.', ' '], "_").replace("::", "_");
            let argument = format!("{name} = {value}");
            if suggestions.properties {
                format!(
                    "`{name}` is not an argument; to send a value with the event, write `properties({argument})`"
                )
            } else {
                format!("argument names are single words; write `{argument}`")
            }
        }
        (None, _) if is_condition && suggestions.when => {
            format!("{found}; to send the event under a condition, write `when = {expr}`")
        }
        (None, Some(name)) => format!("{found}; write `{name} = {expr}`"),
        (None, None) if suggestions.properties => format!(
            "{found}; to send a value with the event, write `properties({} = {expr})`",
            last_name(&expr)
        ),
        (None, None) => format!(
            "expected a name for this expression; write `{} = {expr}`",
            last_name(&expr)
        ),
    };
    errors.error_at(key.span(), message);
    true
}

fn is_comparison(input: ParseStream<'_>) -> bool {
    input.peek(Token![>])
        || input.peek(Token![<])
        || input.peek(Token![>=])
        || input.peek(Token![<=])
        || input.peek(Token![!=])
        || input.peek(Token![&&])
        || input.peek(Token![||])
}

/// Reports `when condition` and `if condition`, without `=`.
pub(crate) fn report_condition(
    key: &Ident,
    suggestions: Suggestions<'_>,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> bool {
    let has_value = !input.is_empty()
        && !input.peek(Token![,])
        && !input.peek(Token![=])
        && !input.peek(Token![:])
        && !input.peek(token::Paren)
        && !is_next_argument(Some(&TokenTree::Ident(key.clone())), input);
    if !suggestions.when || !has_value || !(key == "when" || key == "if") {
        return false;
    }
    let condition = argument_text(input);
    let message = if key == "when" {
        format!("expected `=` after `when`; write `when = {condition}`")
    } else {
        format!(
            "`if` is not an argument; to send the event under a condition, write `when = {condition}`"
        )
    };
    errors.error_at(key.span(), message);
    true
}

/// Reports `value as name`, with which other languages name a value. A cast is an expression
/// without a key.
pub(crate) fn report_as(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> bool {
    if !input.peek(Token![as]) {
        return false;
    }
    let fork = input.fork();
    let _: Result<Token![as], _> = fork.parse();
    let name = match fork.parse::<TokenTree>() {
        Ok(TokenTree::Ident(name)) => Some(name.to_string()),
        Ok(TokenTree::Literal(text)) => syn::parse2::<LitStr>(text.into_token_stream())
            .ok()
            .and_then(|text| identifier(&text.value())),
        _ => None,
    };
    let is_number = |name: &String| {
        let is_size = |size: &str| size == "size" || size.parse::<u8>().is_ok();
        name.strip_prefix(['f', 'i', 'u']).is_some_and(is_size)
    };
    let message = match name {
        Some(name) if !is_number(&name) => {
            format!("the name of a value is written before it; write `{name} = {key}`")
        }
        _ => format!(
            "expected a name for this expression; write `{key} = {key} {}`",
            argument_text(input)
        ),
    };
    errors.error_at(key.span(), message);
    true
}
