//! `#[track(…)]` on the struct and on its fields, and doc comments.
//!
//! | on | argument | is |
//! | --- | --- | --- |
//! | struct | `name = "…"` | the event's name; default: the struct's name in words |
//! | struct | `rename_all = "…"` | case of the property names; default `"camelCase"` |
//! | struct | `empty` | this event has no properties of its own, on purpose |
//! | struct | `crate = ::path` | where `copilot-track` is found |
//! | field | `rename = "…"` | the property's name |
//! | field | `skip` | not sent |
//! | field | `flatten` | the field's own fields become properties |
//! | field | `content` | text of the conversation: the tracker's content policy masks or hides it |

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Attribute, Expr, Meta, Path, spanned::Spanned};

use crate::{
    case::Case,
    error::Errors,
    meta::{
        crate_path,
        keys::{duplicate, unknown},
        list::{self, Arg, Value},
        value::{flag, literal},
    },
    suggest::listed,
};

const CONTAINER_KEYS: &[&str] = &["name", "rename_all", "empty", "crate"];
const FIELD_KEYS: &[&str] = &["rename", "skip", "flatten", "content"];

/// A value and where it was written.
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// What is said about the event.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) name: Option<Located<String>>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) empty: Option<Span>,
    pub(crate) krate: Option<Path>,
    pub(crate) doc: String,
}

/// What is said about one property.
#[derive(Default)]
pub(crate) struct Field {
    pub(crate) rename: Option<Located<String>>,
    pub(crate) skip: Option<Span>,
    pub(crate) flatten: Option<Span>,
    pub(crate) content: Option<Span>,
    pub(crate) doc: String,
}

impl Container {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut container = Self {
            doc: doc(attrs),
            ..Self::default()
        };
        let mut seen = Vec::new();
        for arg in track_args(attrs, errors) {
            let name = arg.name();
            if !CONTAINER_KEYS.contains(&name.as_str()) {
                errors.at(arg.span(), container_hint(&name));
                continue;
            }
            if duplicate(&arg, &mut seen, errors) {
                continue;
            }
            match name.as_str() {
                "name" => container.name = text(&arg, errors),
                "rename_all" => container.rename_all = case(&arg, errors),
                "empty" => container.empty = flag(&arg, errors),
                _ => container.krate = krate(&arg, errors),
            }
        }
        container
    }
}

impl Field {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut field = Self {
            doc: doc(attrs),
            ..Self::default()
        };
        let mut seen = Vec::new();
        for arg in track_args(attrs, errors) {
            let name = arg.name();
            if !FIELD_KEYS.contains(&name.as_str()) {
                errors.at(arg.span(), field_hint(&name));
                continue;
            }
            if duplicate(&arg, &mut seen, errors) {
                continue;
            }
            match name.as_str() {
                "rename" => field.rename = text(&arg, errors),
                "skip" => field.skip = flag(&arg, errors),
                "flatten" => field.flatten = flag(&arg, errors),
                _ => field.content = flag(&arg, errors),
            }
        }
        field
    }
}

fn container_hint(key: &str) -> String {
    match key {
        "rename" => "`rename` belongs on a field; the event's name is `name = \"…\"`".to_owned(),
        "skip" | "flatten" | "content" => format!("`{key}` belongs on a field"),
        _ => unknown(key, CONTAINER_KEYS, "the event"),
    }
}

fn field_hint(key: &str) -> String {
    match key {
        "name" => "`name` belongs on the struct; a property's name is `rename = \"…\"`".to_owned(),
        "rename_all" | "empty" | "crate" => format!("`{key}` belongs on the struct"),
        _ => unknown(key, FIELD_KEYS, "a field"),
    }
}

fn track_args(attrs: &[Attribute], errors: &mut Errors) -> Vec<Arg> {
    let mut args = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("track")) {
        match &attr.meta {
            Meta::List(meta) => args.extend(list::parse(meta.tokens.clone(), "rename", errors)),
            meta => errors.on(
                meta,
                "write the arguments in parentheses, as in `#[track(rename = \"…\")]`",
            ),
        }
    }
    args
}

fn text(arg: &Arg, errors: &mut Errors) -> Option<Located<String>> {
    let key = arg.name();
    match &arg.value {
        Value::Broken => None,
        Value::Expr(expr) => match literal(expr) {
            Some(text) if text.trim().is_empty() => {
                errors.on(expr, format!("`{key}` must not be empty"));
                None
            }
            Some(text) => Some(Located {
                value: text,
                span: expr.span(),
            }),
            None => {
                errors.on(
                    expr,
                    format!("expected text in quotes, as in `{key} = \"…\"`"),
                );
                None
            }
        },
        Value::Flag | Value::List(_) => {
            errors.at(arg.span(), format!("write `{key} = \"…\"`"));
            None
        }
    }
}

fn case(arg: &Arg, errors: &mut Errors) -> Option<Case> {
    let text = text(arg, errors)?;
    let case = Case::parse(&text.value);
    if case.is_none() {
        let names: Vec<_> = Case::ALL.iter().map(|(name, _)| *name).collect();
        errors.at(
            text.span,
            format!("unknown case: `rename_all` takes {}", listed(&names)),
        );
    }
    case
}

fn krate(arg: &Arg, errors: &mut Errors) -> Option<Path> {
    match &arg.value {
        Value::Broken => None,
        Value::Expr(expr) => crate_path::absolute(expr, errors),
        Value::Flag | Value::List(_) => {
            errors.at(arg.span(), crate_path::HELP);
            None
        }
    }
}

/// Doc comments as one text, each line without its leading space.
fn doc(attrs: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("doc")) {
        if let Meta::NameValue(meta) = &attr.meta
            && let Some(text) = syn::parse2::<Expr>(meta.value.to_token_stream())
                .ok()
                .as_ref()
                .and_then(literal)
        {
            for line in text.split('\n') {
                lines.push(line.strip_prefix(' ').unwrap_or(line).to_owned());
            }
        }
    }
    lines.join("\n").trim().to_owned()
}
