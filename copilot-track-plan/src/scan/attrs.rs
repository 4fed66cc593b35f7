//! Attributes of items, through `cfg_attr`.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Meta, Path, Token};

use super::aliases::Aliases;
use super::args::{Arg, is_last, parse, string_literal};

/// Returns the attributes, with those inside `cfg_attr(condition, …)`.
pub(super) fn all(attrs: &[Attribute]) -> Vec<Meta> {
    let mut metas = Vec::new();
    for attr in attrs {
        expand(attr.meta.clone(), &mut metas, 0);
    }
    metas
}

fn expand(meta: Meta, metas: &mut Vec<Meta>, depth: usize) {
    if depth < 8
        && meta.path().is_ident("cfg_attr")
        && let Meta::List(list) = &meta
    {
        let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
        if let Ok(inner) = parser.parse2(list.tokens.clone()) {
            for meta in inner.into_iter().skip(1) {
                expand(meta, metas, depth + 1);
            }
            return;
        }
        // Arguments such as `type = "…"` are no meta items. The condition is the first of them.
        if let Some(meta) = lenient(list.tokens.clone()) {
            metas.push(meta);
        }
        return;
    }
    metas.push(meta);
}

/// Parses `condition, path(tokens)`.
fn lenient(tokens: TokenStream) -> Option<Meta> {
    let parser = |input: syn::parse::ParseStream<'_>| {
        input.parse::<Meta>()?;
        input.parse::<Token![,]>()?;
        let path: Path = input.parse()?;
        let content;
        let paren_token = syn::parenthesized!(content in input);
        let tokens = content.parse()?;
        input.parse::<TokenStream>()?;
        Ok(Meta::List(syn::MetaList {
            path,
            delimiter: syn::MacroDelimiter::Paren(paren_token),
            tokens,
        }))
    };
    parser.parse2(tokens).ok()
}

/// Returns the arguments of all attributes named `name`.
pub(super) fn args(metas: &[Meta], name: &str) -> Vec<Arg> {
    let lists = metas.iter().filter(|meta| meta.path().is_ident(name));
    lists
        .filter_map(|meta| match meta {
            Meta::List(list) => Some(parse(list.tokens.clone())),
            _ => None,
        })
        .flatten()
        .collect()
}

/// Returns whether a trait named `name` is derived.
pub(super) fn derives(metas: &[Meta], name: &str, aliases: &Aliases) -> bool {
    metas
        .iter()
        .filter(|meta| meta.path().is_ident("derive"))
        .any(|meta| match meta {
            Meta::List(list) => {
                let parser = Punctuated::<Path, Token![,]>::parse_terminated;
                let paths = parser.parse2(list.tokens.clone()).unwrap_or_default();
                let mut names = paths.iter().filter_map(|path| path.segments.last());
                names.any(|last| aliases.resolve(&last.ident) == name)
            }
            _ => false,
        })
}

/// Returns whether an item is compiled only for tests.
pub(super) fn is_test(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let path = attr.path();
        if is_last(path, "test") {
            return true;
        }
        path.is_ident("cfg")
            && matches!(&attr.meta, Meta::List(list) if is_test_condition(&list.tokens))
    })
}

/// Returns whether a condition is `test` or `all(…, test, …)`.
fn is_test_condition(tokens: &TokenStream) -> bool {
    match syn::parse2::<Meta>(tokens.clone()) {
        Ok(Meta::Path(path)) => path.is_ident("test"),
        Ok(Meta::List(list)) if list.path.is_ident("all") => {
            let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
            let conditions = parser.parse2(list.tokens).unwrap_or_default();
            conditions
                .iter()
                .any(|condition| is_test_condition(&condition.to_token_stream()))
        }
        _ => false,
    }
}

/// Returns the doc comment as one string, without the leading space of each line.
pub(super) fn doc(metas: &[Meta]) -> Option<String> {
    let mut lines = Vec::new();
    for meta in metas.iter().filter(|meta| meta.path().is_ident("doc")) {
        if let Meta::NameValue(meta) = meta
            && let Some(text) = text_of(&meta.value)
        {
            for line in text.split('\n') {
                lines.push(line.strip_prefix(' ').unwrap_or(line).to_owned());
            }
        }
    }
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn text_of(expr: &Expr) -> Option<String> {
    string_literal(expr)
}
