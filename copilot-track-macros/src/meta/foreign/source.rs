//! Tokens as the user wrote them, for error messages.

use proc_macro2::{Delimiter, TokenTree};
use syn::{Token, Type, parse::ParseStream};

use crate::meta::argument_end::take_argument;

/// Returns the source of the tokens up to the end of the argument.
pub(crate) fn argument_text(input: ParseStream<'_>) -> String {
    source_text(&take_argument(&input.fork()).to_string())
}

/// Returns the tokens up to the end of the argument, without `=`, `:`, and `>` at the start.
pub(crate) fn value_text(input: ParseStream<'_>) -> String {
    let fork = input.fork();
    while fork.peek(Token![=]) || fork.peek(Token![:]) || fork.peek(Token![>]) {
        let _: Result<TokenTree, _> = fork.parse();
    }
    let value = argument_text(&fork);
    if value.is_empty() {
        return "…".to_owned();
    }
    match value.split_once(" = ") {
        // A type before the value, as in `kind: &str = "Lookup"`.
        Some((ty, value)) if syn::parse_str::<Type>(ty).is_ok() => value.to_owned(),
        _ => value,
    }
}

/// Returns the source inside the group at the start of the input.
pub(crate) fn group_text(input: ParseStream<'_>) -> String {
    match input.fork().parse::<TokenTree>() {
        Ok(TokenTree::Group(group)) if group.delimiter() != Delimiter::None => {
            let text = source_text(&group.stream().to_string());
            // Other libraries write properties as `"key": value`.
            if text.contains(':') || text.is_empty() {
                "…".to_owned()
            } else {
                text
            }
        }
        _ => "…".to_owned(),
    }
}

/// Returns tokens as they are usually written. The compiler puts spaces between all of them.
pub(crate) fn source_text(tokens: &str) -> String {
    // `&&` is an operator, and not two references. `!=` is not a macro.
    let mut text = tokens.replace(" && ", "\u{1}").replace(" != ", "\u{2}");
    for (from, to) in [
        (" . ", "."),
        (" ()", "()"),
        (" (", "("),
        ("& ", "&"),
        (" :: ", "::"),
        (":: ", "::"),
        (" !", "!"),
        (" ?", "?"),
        ("\u{1}", " && "),
        ("\u{2}", " != "),
    ] {
        text = text.replace(from, to);
    }
    // The parameter of a closure.
    if let Some((parameter, body)) = text
        .strip_prefix("| ")
        .and_then(|text| text.split_once(" |"))
    {
        return format!("|{parameter}|{body}");
    }
    text
}
