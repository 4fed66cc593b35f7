//! Reports the sigils of tracing, which select how a value is formatted.

use proc_macro2::TokenTree;
use syn::{Ident, Token, parse::ParseStream};

use super::{name::last_name, source::argument_text};
use crate::error::Errors;

/// Reports `?value` and `%value`, with which tracing records a value with `Debug` or `Display`.
/// `key` is the key of the argument, if it has one.
pub(crate) fn report_sigil(
    key: Option<&Ident>,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> bool {
    let (sigil, placeholder, format) = if input.peek(Token![?]) {
        ("?", "{:?}", "`Debug`")
    } else if input.peek(Token![%]) {
        ("%", "{}", "`Display`")
    } else {
        return false;
    };
    let fork = input.fork();
    let _: Result<TokenTree, _> = fork.parse();
    let value = argument_text(&fork);
    let name = key.map_or_else(|| last_name(&value), ToString::to_string);
    errors.error_at(
        input.span(),
        format!(
            "`{sigil}` is not part of an argument; to send a value in its {format} form, write \
             `{name} = format!(\"{placeholder}\", {value})`"
        ),
    );
    true
}
