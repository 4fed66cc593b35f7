//! Parses the arguments of `plan!`.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Ident, Token, Type, ext::IdentExt, parse::ParseStream, parse::Parser};

use crate::error::Errors;

const EXAMPLE: &str = "`plan![ItemPurchased, QuoteCreated]`";

/// Returns the types in the list. Adds an error for each argument that is not a type, or that is a
/// type that is listed already.
pub(super) fn types(tokens: TokenStream, errors: &mut Errors) -> Vec<Type> {
    let mut types: Vec<Type> = Vec::new();
    let mut names = Vec::new();
    for item in split(tokens, errors) {
        let parser = |input: ParseStream<'_>| parse(input, &item);
        match parser.parse2(item.clone()) {
            Ok(ty) => {
                let name = ty.to_token_stream().to_string();
                if names.contains(&name) {
                    let name = name.replace(' ', "");
                    errors.error_spanned_by(&ty, format!("`{name}` is listed twice; remove one"));
                } else {
                    names.push(name);
                    types.push(ty);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    types
}

/// Splits the arguments at the commas outside angle brackets.
fn split(tokens: TokenStream, errors: &mut Errors) -> Vec<TokenStream> {
    let mut items = Vec::new();
    let (mut item, mut depth, mut is_arrow) = (TokenStream::new(), 0_usize, false);
    for token in tokens {
        let punct = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        match punct {
            ',' if depth == 0 => {
                if item.is_empty() {
                    let message = format!("expected a type before this comma; write {EXAMPLE}");
                    errors.error_at(token.span(), message);
                } else {
                    items.push(std::mem::take(&mut item));
                }
                continue;
            }
            '<' => depth += 1,
            // The arrow of a function type is no bracket.
            '>' if !is_arrow => depth = depth.saturating_sub(1),
            _ => {}
        }
        is_arrow = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '-' && punct.spacing() == Spacing::Joint);
        item.extend([token]);
    }
    if !item.is_empty() {
        items.push(item);
    }
    items
}

/// Parses one argument.
fn parse(input: ParseStream<'_>, item: &TokenStream) -> syn::Result<Type> {
    let expected = |what: &str| {
        syn::Error::new_spanned(
            item,
            format!(
                "expected the path of a struct that derives `TrackEvent`, found {what}; write {EXAMPLE}"
            ),
        )
    };
    if input.peek(syn::LitStr) {
        let file = item.to_string();
        return Err(syn::Error::new_spanned(
            item,
            format!(
                "a plan lists types; the file is an argument of the comparison: `plan![…].assert_matches({file})`"
            ),
        ));
    }
    if input.peek(syn::Lit) {
        return Err(expected("a literal"));
    }
    if input.peek(Ident::peek_any)
        && (input.peek2(Token![=]) || input.peek2(Token![:]))
        && !input.peek2(Token![::])
        && !input.peek2(Token![=>])
    {
        let key: Ident = input.call(Ident::parse_any)?;
        return Err(syn::Error::new(
            key.span(),
            format!("`plan!` has no argument `{key}`; it lists types: {EXAMPLE}"),
        ));
    }
    if let Some(keyword) = item_keyword(input)? {
        return Err(syn::Error::new(
            keyword.span(),
            format!("remove `{keyword}`; a plan lists the paths of types: {EXAMPLE}"),
        ));
    }
    let ty: Type = input.parse().map_err(|error| {
        syn::Error::new(
            error.span(),
            format!("expected the path of a struct that derives `TrackEvent`; write {EXAMPLE}"),
        )
    })?;
    if !input.is_empty() {
        let next: TokenTree = input.parse()?;
        let found = next.to_string();
        let message = match &next {
            TokenTree::Ident(_) => format!("expected a comma before `{found}`"),
            TokenTree::Punct(punct) if punct.as_char() == ';' => {
                "expected a comma, found `;`".to_owned()
            }
            _ => format!("unexpected `{found}`; types are separated by commas: {EXAMPLE}"),
        };
        input.parse::<TokenStream>()?;
        return Err(syn::Error::new(next.span(), message));
    }
    match strip(&ty) {
        Type::Path(_) | Type::Macro(_) => Ok(ty),
        Type::Reference(_) => Err(expected("a reference")),
        Type::Tuple(_) => Err(expected("a tuple")),
        Type::Infer(_) => Err(expected("`_`")),
        _ => Err(expected("another type")),
    }
}

/// Returns the keyword of an item, such as `struct`, if the argument starts with one.
fn item_keyword(input: ParseStream<'_>) -> syn::Result<Option<Ident>> {
    const KEYWORDS: [&str; 11] = [
        "const", "enum", "fn", "impl", "let", "mod", "mut", "pub", "struct", "type", "use",
    ];
    if !input.peek(Ident::peek_any) {
        return Ok(None);
    }
    let keyword: Ident = input.fork().call(Ident::parse_any)?;
    let is_keyword = KEYWORDS.iter().any(|other| keyword == other);
    if is_keyword {
        input.parse::<TokenStream>()?;
    }
    Ok(is_keyword.then_some(keyword))
}

/// Returns the type in parentheses and groups.
fn strip(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => strip(&paren.elem),
        Type::Group(group) => strip(&group.elem),
        other => other,
    }
}
