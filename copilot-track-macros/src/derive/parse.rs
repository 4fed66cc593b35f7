//! Parses `#[track(…)]` and doc comments on the struct and its fields. `docs/track_event.md` lists
//! the arguments.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Attribute, Expr, Meta, Path, spanned::Spanned};

use crate::{
    case::RenameRule,
    error::Errors,
    meta::{
        crate_path,
        keys::{is_duplicate, unknown_key},
        list::{self, Arg, ArgValue},
        value::{flag_value, string_literal},
    },
    suggest::quoted_list,
};

const CONTAINER_KEYS: &[&str] = &["name", "rename_all", "empty", "crate"];
const FIELD_KEYS: &[&str] = &["rename", "skip", "flatten", "content"];

/// A value and the span of its literal.
pub(crate) struct WithSpan<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// The attributes of the struct.
#[derive(Default)]
pub(crate) struct ContainerAttrs {
    pub(crate) name: Option<WithSpan<String>>,
    pub(crate) rename_all: Option<RenameRule>,
    pub(crate) empty: Option<Span>,
    pub(crate) crate_path: Option<Path>,
    pub(crate) doc: String,
}

/// The attributes of a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) rename: Option<WithSpan<String>>,
    pub(crate) skip: Option<Span>,
    pub(crate) flatten: Option<Span>,
    pub(crate) content: Option<Span>,
    pub(crate) doc: String,
}

impl ContainerAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut container = Self {
            doc: doc(attrs),
            ..Self::default()
        };
        let mut seen = Vec::new();
        for arg in track_args(attrs, &["name"], errors) {
            let name = arg.name();
            if !CONTAINER_KEYS.contains(&name.as_str()) {
                errors.error_at(arg.span(), unexpected_container_key(&name));
                continue;
            }
            if is_duplicate(&arg, &mut seen, errors) {
                continue;
            }
            match name.as_str() {
                "name" => container.name = text_value(&arg, errors),
                "rename_all" => container.rename_all = rename_rule(&arg, errors),
                "empty" => container.empty = flag_value(&arg, errors),
                _ => container.crate_path = crate_path(&arg, errors),
            }
        }
        container
    }
}

impl FieldAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut field = Self {
            doc: doc(attrs),
            ..Self::default()
        };
        let mut seen = Vec::new();
        for arg in track_args(attrs, &["rename"], errors) {
            let name = arg.name();
            if !FIELD_KEYS.contains(&name.as_str()) {
                errors.error_at(arg.span(), unexpected_field_key(&name));
                continue;
            }
            if is_duplicate(&arg, &mut seen, errors) {
                continue;
            }
            match name.as_str() {
                "rename" => field.rename = text_value(&arg, errors),
                "skip" => field.skip = flag_value(&arg, errors),
                "flatten" => field.flatten = flag_value(&arg, errors),
                _ => field.content = flag_value(&arg, errors),
            }
        }
        field
    }
}

/// Returns the error for a `key` that is not accepted on the struct.
fn unexpected_container_key(key: &str) -> String {
    match key {
        "rename" => "`rename` can only be used on a field; to name the event, write `name = \"…\"`"
            .to_owned(),
        "skip" | "flatten" | "content" => format!("`{key}` can only be used on a field"),
        _ => unknown_key(key, CONTAINER_KEYS, "on the struct"),
    }
}

/// Returns the error for a `key` that is not accepted on a field.
fn unexpected_field_key(key: &str) -> String {
    match key {
        "name" => {
            "`name` can only be used on the struct; to name the property, write `rename = \"…\"`"
                .to_owned()
        }
        "rename_all" | "empty" | "crate" => format!("`{key}` can only be used on the struct"),
        _ => unknown_key(key, FIELD_KEYS, "on a field"),
    }
}

/// Parses the arguments of all `#[track(…)]` attributes. For a value without a key, the error
/// suggests one of `names`.
fn track_args(attrs: &[Attribute], names: &[&str], errors: &mut Errors) -> Vec<Arg> {
    let mut args = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("track")) {
        match &attr.meta {
            Meta::List(meta) => args.extend(list::parse(meta.tokens.clone(), names, errors)),
            meta => errors.error_spanned_by(
                meta,
                "expected arguments in parentheses, such as `#[track(rename = \"…\")]`",
            ),
        }
    }
    args
}

fn text_value(arg: &Arg, errors: &mut Errors) -> Option<WithSpan<String>> {
    let key = arg.name();
    match &arg.value {
        ArgValue::Invalid => None,
        ArgValue::Expr(expr) => match string_literal(expr) {
            Some(text) if text.trim().is_empty() => {
                errors.error_spanned_by(expr, format!("`{key}` must not be empty"));
                None
            }
            Some(text) => Some(WithSpan {
                value: text,
                span: expr.span(),
            }),
            None => {
                errors.error_spanned_by(
                    expr,
                    format!("expected a string literal; write `{key} = \"…\"`"),
                );
                None
            }
        },
        ArgValue::Flag | ArgValue::List(_) => {
            errors.error_at(
                arg.span(),
                format!("expected a value for `{key}`; write `{key} = \"…\"`"),
            );
            None
        }
    }
}

fn rename_rule(arg: &Arg, errors: &mut Errors) -> Option<RenameRule> {
    let text = text_value(arg, errors)?;
    let case = RenameRule::parse(&text.value);
    if case.is_none() {
        let names: Vec<_> = RenameRule::ALL.iter().map(|(name, _)| *name).collect();
        errors.error_at(
            text.span,
            format!(
                "invalid value `{}` for `rename_all`; expected one of {}",
                text.value,
                quoted_list(&names, "or")
            ),
        );
    }
    case
}

fn crate_path(arg: &Arg, errors: &mut Errors) -> Option<Path> {
    match &arg.value {
        ArgValue::Invalid => None,
        ArgValue::Expr(expr) => crate_path::parse_absolute(expr, errors),
        ArgValue::Flag | ArgValue::List(_) => {
            errors.error_at(arg.span(), crate_path::EXPECTED);
            None
        }
    }
}

/// Returns the doc comment as one string, without the leading space of each line.
fn doc(attrs: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("doc")) {
        if let Meta::NameValue(meta) = &attr.meta
            && let Some(text) = syn::parse2::<Expr>(meta.value.to_token_stream())
                .ok()
                .as_ref()
                .and_then(string_literal)
        {
            for line in text.split('\n') {
                lines.push(line.strip_prefix(' ').unwrap_or(line).to_owned());
            }
        }
    }
    lines.join("\n").trim().to_owned()
}
