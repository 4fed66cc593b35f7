//! Reads the `#[serde(…)]` attributes that determine what is sent.
//!
//! A field that serde does not serialize is not sent, because people read `#[serde(skip)]` as "not
//! sent". Names and conversions apply in the same way. `#[track(…)]` takes precedence. Other
//! arguments have no effect, and serde itself reports invalid ones.

use proc_macro2::Span;
use syn::{Attribute, Expr, ExprPath, Meta, parse_quote_spanned, spanned::Spanned};

use super::spanned::WithSpan;
use crate::{
    error::Errors,
    meta::{
        list::{self, Arg, ArgValue},
        literal::string_literal,
    },
};

/// The attributes of the struct.
#[derive(Default)]
pub(crate) struct SerdeContainer {
    pub(crate) rename_all: Option<SerdeRule>,
    pub(crate) transparent: Option<Span>,
    pub(crate) into: Option<Span>,
}

/// The attributes of a field.
#[derive(Default)]
pub(crate) struct SerdeField {
    pub(crate) rename: Option<WithSpan<String>>,
    pub(crate) skip: Option<WithSpan<String>>,
    pub(crate) skip_if: Option<ExprPath>,
    pub(crate) flatten: Option<Span>,
    /// The function that serializes the field.
    pub(crate) serialize_with: Option<ExprPath>,
}

impl SerdeContainer {
    pub(crate) fn parse(attrs: &[Attribute]) -> Self {
        let mut container = Self::default();
        for arg in serde_args(attrs) {
            match arg.name().as_str() {
                "rename_all" => {
                    container.rename_all =
                        serialized_text(&arg).and_then(|text| SerdeRule::parse(&text.value));
                }
                "transparent" => container.transparent = Some(arg.span()),
                "into" => container.into = Some(arg.span()),
                _ => {}
            }
        }
        container
    }
}

impl SerdeField {
    pub(crate) fn parse(attrs: &[Attribute]) -> Self {
        let mut field = Self::default();
        for arg in serde_args(attrs) {
            match arg.name().as_str() {
                "rename" => field.rename = serialized_text(&arg),
                "skip" | "skip_serializing" => {
                    field.skip = Some(WithSpan {
                        value: arg.name(),
                        span: arg.span(),
                    });
                }
                "skip_serializing_if" => field.skip_if = path(&arg),
                "flatten" => field.flatten = Some(arg.span()),
                "with" => field.serialize_with = path(&arg).map(serialize_fn),
                "serialize_with" => field.serialize_with = path(&arg),
                _ => {}
            }
        }
        field
    }
}

/// Returns the path of the function `serialize` in the module or type at `path`.
pub(crate) fn serialize_fn(mut path: ExprPath) -> ExprPath {
    let span = path
        .path
        .segments
        .last()
        .map_or_else(|| path.span(), Spanned::span);
    path.path
        .segments
        .push(parse_quote_spanned!(span=> serialize));
    path
}

/// Returns the arguments of all `#[serde(…)]` attributes.
fn serde_args(attrs: &[Attribute]) -> Vec<Arg> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("serde"))
        .filter_map(|attr| match &attr.meta {
            Meta::List(meta) => Some(list::parse(
                meta.tokens.clone(),
                &[],
                &mut Errors::default(),
            )),
            _ => None,
        })
        .flatten()
        .collect()
}

/// Returns the string of `key = "…"` or `key(serialize = "…")`.
fn serialized_text(arg: &Arg) -> Option<WithSpan<String>> {
    match &arg.value {
        ArgValue::Expr(expr) => Some(WithSpan {
            value: string_literal(expr)?,
            span: expr.span(),
        }),
        ArgValue::List(tokens) => list::parse(tokens.clone(), &[], &mut Errors::default())
            .iter()
            .find(|arg| arg.name() == "serialize")
            .and_then(serialized_text),
        ArgValue::Flag | ArgValue::Invalid => None,
    }
}

fn path(arg: &Arg) -> Option<ExprPath> {
    match &arg.value {
        ArgValue::Expr(expr) => path_of(expr),
        _ => None,
    }
}

/// Returns the path in a string literal.
pub(crate) fn path_of(expr: &Expr) -> Option<ExprPath> {
    match expr {
        Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => text.parse().ok(),
        Expr::Group(group) => path_of(&group.expr),
        _ => None,
    }
}

/// The case to which serde's `rename_all` converts field names.
#[derive(Clone, Copy)]
pub(crate) enum SerdeRule {
    Unchanged,
    Upper,
    Pascal,
    Camel,
    Kebab,
    UpperKebab,
}

impl SerdeRule {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "lowercase" | "snake_case" => Self::Unchanged,
            "UPPERCASE" | "SCREAMING_SNAKE_CASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::UpperKebab,
            _ => return None,
        })
    }

    /// Converts a field name as serde does, without looking for words in it.
    pub(crate) fn apply(self, field: &str) -> String {
        match self {
            Self::Unchanged => field.to_owned(),
            Self::Upper => field.to_ascii_uppercase(),
            Self::Pascal => field.split('_').map(capitalized).collect(),
            Self::Camel => {
                let pascal = Self::Pascal.apply(field);
                let mut chars = pascal.chars();
                let first = chars.next().map(|first| first.to_ascii_lowercase());
                first.into_iter().chain(chars).collect()
            }
            Self::Kebab => field.replace('_', "-"),
            Self::UpperKebab => Self::Upper.apply(field).replace('_', "-"),
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_converted_as_serde_does() {
        for (rule, name) in [
            ("lowercase", "item_id_2"),
            ("UPPERCASE", "ITEM_ID_2"),
            ("PascalCase", "ItemId2"),
            ("camelCase", "itemId2"),
            ("snake_case", "item_id_2"),
            ("SCREAMING_SNAKE_CASE", "ITEM_ID_2"),
            ("kebab-case", "item-id-2"),
            ("SCREAMING-KEBAB-CASE", "ITEM-ID-2"),
        ] {
            let rule = SerdeRule::parse(rule).unwrap();
            assert_eq!(rule.apply("item_id_2"), name);
        }
    }
}
