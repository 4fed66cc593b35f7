//! Expands a `#[tracked_tool]` whose arguments are string literals, without parsing the signature.
//!
//! ```text
//! input    #[tracked_tool(type = "Lookup")]
//!          async fn look_up(sku: &str) -> T { body }
//! output   async fn look_up(sku: &str) -> T {
//!              ::copilot_track::__private::send_action("look_upLookuplook up", 7, 13);
//!              { body }
//!          }
//! ```
//!
//! This is the most common form of the most common attribute, so it is the one that expands fast.
//! The result is the same as that of `expand/tool.rs`.

use super::{
    action_texts::ActionTexts,
    expanded::{PRIVATE, SEND_ACTION},
};
use crate::{
    case::name_to_words,
    function::{
        body::has_canonical_form, inner_fn::inherits_track_caller, unparsed_fn::UnparsedFn,
    },
    token_types::{
        Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree, is_named,
    },
};

/// Returns the new function, or `None` if the arguments or the function may have another form.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Option<TokenStream> {
    let arguments: Vec<TokenTree> = arguments.into_iter().collect();
    let (r#type, action) = literals(&arguments)?;
    let function = UnparsedFn::find(item)?;
    let name = function.name.to_string();
    if has_canonical_form(&name) || inherits_track_caller(&name) {
        return None;
    }
    let action = action.unwrap_or_else(|| name_to_words(&name));
    let call = send_action(&ActionTexts::new(&name, &r#type, &action));
    Some(function.with_statement(call))
}

/// Returns the values of `type = "…", action = "…"`. The action is optional.
fn literals(arguments: &[TokenTree]) -> Option<(String, Option<String>)> {
    let (r#type, rest) = literal_argument("type", arguments)?;
    let (action, rest) = match rest {
        [comma, rest @ ..] if !rest.is_empty() && is_punct(comma, ',') => {
            let (action, rest) = literal_argument("action", rest)?;
            (Some(action), rest)
        }
        rest => (None, rest),
    };
    match rest {
        [] => Some((r#type, action)),
        [comma] if is_punct(comma, ',') => Some((r#type, action)),
        _ => None,
    }
}

/// Returns the value of the argument `key`, and the tokens after it.
fn literal_argument<'a>(key: &str, tokens: &'a [TokenTree]) -> Option<(String, &'a [TokenTree])> {
    match tokens {
        [
            TokenTree::Ident(name),
            equals,
            TokenTree::Literal(value),
            rest @ ..,
        ] if is_punct(equals, '=') && is_named(name, key) => Some((plain_text(value)?, rest)),
        _ => None,
    }
}

/// Returns the value of a literal if it is a string that needs no further checks. An escape
/// sequence may be any character, and a name in braces may be the name of a parameter.
fn plain_text(literal: &Literal) -> Option<String> {
    let literal = literal.to_string();
    let text = literal.strip_prefix('"')?.strip_suffix('"')?;
    // Searches for one character are fast in an unoptimized build.
    let is_plain = !text.trim_start().is_empty() && !text.contains('\\') && !text.contains('{');
    is_plain.then(|| text.to_owned())
}

fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}

/// Returns the statement that sends the event.
fn send_action(texts: &ActionTexts) -> [TokenTree; 11] {
    let span = Span::call_site();
    let ident = |name| TokenTree::Ident(Ident::new(name, span));
    let punct = |char, spacing| TokenTree::Punct(Punct::new(char, spacing));
    let colon = || punct(':', Spacing::Joint);
    let end_of_colons = || punct(':', Spacing::Alone);
    let comma = || punct(',', Spacing::Alone);
    let arguments = [
        TokenTree::Literal(Literal::string(&texts.texts)),
        comma(),
        TokenTree::Literal(Literal::usize_unsuffixed(texts.name_end)),
        comma(),
        TokenTree::Literal(Literal::usize_unsuffixed(texts.type_end)),
    ];
    let arguments = Group::new(Delimiter::Parenthesis, arguments.into_iter().collect());
    [
        colon(),
        end_of_colons(),
        ident("copilot_track"),
        colon(),
        end_of_colons(),
        ident(PRIVATE),
        colon(),
        end_of_colons(),
        ident(SEND_ACTION),
        TokenTree::Group(arguments),
        punct(';', Spacing::Alone),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn is_expanded(arguments: TokenStream) -> bool {
        let item = quote!(
            async fn look_up(sku: &str) {}
        );
        expand(arguments, item).is_some()
    }

    #[test]
    fn string_literals_are_expanded() {
        for arguments in [
            quote!(type = "Lookup"),
            quote!(type = "Lookup",),
            quote!(type = "Lookup", action = "look up"),
            quote!(type = "Größe }", action = "'",),
        ] {
            assert!(is_expanded(arguments.clone()), "{arguments}");
        }
    }

    #[test]
    fn other_arguments_are_parsed() {
        for arguments in [
            quote!(),
            quote!("Lookup"),
            quote!(action = "look up"),
            quote!(action = "look up", type = "Lookup"),
            quote!(type = "Lookup" action = "look up"),
            quote!(type = "Lookup",,),
            quote!(type = "Lookup", action),
            quote!(type = "Lookup", action = "look up" media),
            quote!(type = "Lookup", action = "look up", media(type = "image")),
            quote!(type = "Lookup", type = "Lookup"),
            quote!(type = "Lookup", crate = ::other),
            quote!(r#type = "Lookup"),
            quote!(type: "Lookup"),
            quote!(type = kind),
            quote!(type = "Lookup".len()),
            quote!(type = " "),
            quote!(type = "look up {sku}"),
            quote!(type = "Look\u{20}up"),
            quote!(type = r"Lookup"),
            quote!(type = b"Lookup"),
            quote!(type = 'L'),
            quote!(type = "Lookup"suffix),
        ] {
            assert!(!is_expanded(arguments.clone()), "{arguments}");
        }
    }
}
