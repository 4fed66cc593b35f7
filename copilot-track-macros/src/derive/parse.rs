//! Parses `#[track(…)]` and doc comments on the struct and its fields. `docs/track_event.md` lists
//! the arguments.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Attribute, Expr, ExprPath, Meta, Path};

use super::{
    serde::{SerdeContainer, SerdeField},
    spanned::{NameValue, WithSpan},
    values::{bool_value, crate_path, name_value, rename_rule, text_value, with_value},
};
use crate::{
    case::RenameRule,
    error::Errors,
    meta::{
        keys::{is_duplicate, unknown_key},
        list::{self, Arg},
        literal::string_literal,
        value::flag_value,
    },
};

const CONTAINER_KEYS: &[&str] = &["name", "rename_all", "empty", "crate"];
const FIELD_KEYS: &[&str] = &["rename", "with", "skip", "flatten", "content"];

/// The attributes of the struct.
#[derive(Default)]
pub(crate) struct ContainerAttrs {
    pub(crate) name: Option<NameValue>,
    pub(crate) rename_all: Option<RenameRule>,
    pub(crate) empty: Option<Span>,
    pub(crate) crate_path: Option<Path>,
    pub(crate) doc: String,
    pub(crate) serde: SerdeContainer,
}

/// The attributes of a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) rename: Option<WithSpan<String>>,
    /// The function that serializes the field, and the span of `with`.
    pub(crate) with: Option<WithSpan<ExprPath>>,
    pub(crate) skip: Option<WithSpan<bool>>,
    pub(crate) flatten: Option<WithSpan<bool>>,
    pub(crate) content: Option<Span>,
    pub(crate) serde: SerdeField,
    pub(crate) doc: String,
}

impl ContainerAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut container = Self {
            doc: doc(attrs),
            serde: SerdeContainer::parse(attrs),
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
                "name" => container.name = name_value(&arg, errors),
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
            serde: SerdeField::parse(attrs),
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
                "with" => field.with = with_value(&arg, errors),
                "skip" => field.skip = bool_value(&arg, errors),
                "flatten" => field.flatten = bool_value(&arg, errors),
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
        "event" | "event_name" | "title" | "type" => {
            format!("`{key}` is not an argument; to name the event, write `name = \"…\"`")
        }
        "case" | "rename_fields" | "style" => {
            format!(
                "`{key}` is not an argument; to rename the properties, write `rename_all = \"snake_case\"`"
            )
        }
        "description" | "doc" => {
            format!(
                "`{key}` is not an argument; the event's description is the doc comment of the struct"
            )
        }
        "with" | "skip" | "flatten" | "content" => format!("`{key}` can only be used on a field"),
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
        "key" | "property" => {
            format!("`{key}` is not an argument; to name the property, write `rename = \"…\"`")
        }
        "ignore" | "omit" | "exclude" | "hidden" | "skip_serializing" => {
            format!("`{key}` is not an argument; to leave the field out, write `skip`")
        }
        "default" | "optional" | "required" => format!(
            "`{key}` is not an argument; a field is optional if its type is an `Option`, because `None` is never sent"
        ),
        "skip_serializing_if" | "skip_if" => format!(
            "`{key}` is not an argument; `None` is never sent, and `#[serde(skip_serializing_if = \"…\")]` is applied"
        ),
        "serialize_with" => "`serialize_with` is not an argument; write `with = \"…\"` with the path of a module that has a \
                             function `serialize`"
            .to_owned(),
        "text" | "sensitive" | "redact" | "mask" | "pii" => {
            format!("`{key}` is not an argument; for text of the conversation, write `content`")
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
