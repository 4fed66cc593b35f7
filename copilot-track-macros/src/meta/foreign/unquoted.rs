//! Reports text without quotes.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{Expr, Ident, ext::IdentExt, parse::ParseStream};

use super::source::argument_text;
use crate::{error::Errors, meta::argument_end::is_next_argument};

/// Arguments without a value.
const FLAGS: &[&str] = &["future", "stream"];

/// Reports words without quotes, such as `type = Inventory Request`.
pub(crate) fn report_unquoted(
    key: &Ident,
    value: &Expr,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> bool {
    let word = match value {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    };
    let Some(word) = word.filter(|_| input.peek(Ident::peek_any)) else {
        return false;
    };
    let is_flag = is_flag(input);
    if is_flag || is_next_argument(Some(&TokenTree::Ident(word.clone())), input) {
        return false;
    }
    let words = format!("{} {}", value.to_token_stream(), argument_text(input));
    let span = value.to_token_stream();
    errors.error_spanned_by(
        span,
        format!("text is written in quotes; write `{key} = \"{words}\"`"),
    );
    true
}

/// Returns whether the next argument is one without a value.
fn is_flag(input: ParseStream<'_>) -> bool {
    let ident = input.fork().call(Ident::parse_any);
    ident.is_ok_and(|ident| FLAGS.iter().any(|flag| ident == flag))
}
