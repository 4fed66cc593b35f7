//! The arguments that have arguments: `properties(…)`, `record(…)` and `media(…)`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Expr;

use super::{
    grammar::{MEDIA_KEYS, Macro, RECORD_KEYS},
    list::{self, Arg, Value},
    text, unknown,
};
use crate::{errors::Errors, names};

/// One extra property: `sku`, or `qty = order.qty`.
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) value: TokenStream,
}

/// What is to be measured.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // each is one word of the attribute
pub(crate) struct Record {
    pub(crate) duration: bool,
    pub(crate) outcome: bool,
    /// How to read the outcome from the value, for tools that report failure inside `Ok`.
    pub(crate) outcome_of: Option<Expr>,
    pub(crate) error_type: bool,
    pub(crate) first_chunk: bool,
}

/// Media that a tool or a reply makes besides.
pub(crate) struct MediaArgs {
    pub(crate) ty: Option<Expr>,
    pub(crate) sub_type: Option<Expr>,
    pub(crate) role: Option<Expr>,
    pub(crate) message_id: Option<Expr>,
    pub(crate) properties: Vec<Property>,
}

fn inner(arg: &Arg, name: &str, example: &str, errors: &mut Errors) -> Option<Vec<Arg>> {
    match &arg.value {
        Value::List(tokens) => {
            let args = list::parse(tokens.clone(), name, errors);
            if args.is_empty() && tokens.is_empty() {
                errors.at(
                    arg.span(),
                    format!("`{}` names nothing: write `{example}`", arg.name()),
                );
            }
            Some(args)
        }
        Value::Broken => None,
        Value::Flag | Value::Expr(_) => {
            errors.at(
                arg.span(),
                format!("`{}` takes a list: write `{example}`", arg.name()),
            );
            None
        }
    }
}

pub(super) fn properties(arg: &Arg, which: Macro, errors: &mut Errors) -> Vec<Property> {
    let mut properties: Vec<Property> = Vec::new();
    let args = inner(
        arg,
        "name",
        "properties(sku, quantity = order.quantity)",
        errors,
    );
    for arg in args.into_iter().flatten() {
        let name = arg.name();
        if let Some(why) = names::reserved_property(&name) {
            errors.at(arg.span(), format!("`{name}` is already there: {why}"));
            continue;
        }
        if which.own_properties().contains(&name.as_str()) {
            let own = if name == "message_body" {
                "body"
            } else {
                &name
            };
            errors.at(
                arg.span(),
                format!("the event has `{name}` of its own: say it with `{own} = …`"),
            );
            continue;
        }
        if properties.iter().any(|other| other.name == name) {
            errors.at(arg.span(), format!("property `{name}` is given twice"));
            continue;
        }
        let value = match &arg.value {
            Value::Flag => arg.key.to_token_stream(),
            Value::Expr(expr) => expr.to_token_stream(),
            Value::Broken => continue,
            Value::List(_) => {
                errors.at(arg.span(), "name the property: write `name = expression`");
                continue;
            }
        };
        properties.push(Property { name, value });
    }
    properties
}

pub(super) fn record(arg: &Arg, which: Macro, errors: &mut Errors) -> Option<Record> {
    let mut record = Record::default();
    let mut seen: Vec<String> = Vec::new();
    for arg in inner(arg, "outcome", "record(duration, outcome)", errors)? {
        let name = arg.name();
        if seen.contains(&name) {
            errors.at(arg.span(), format!("`{name}` is given twice"));
            continue;
        }
        match (name.as_str(), &arg.value) {
            (_, Value::Broken) => {}
            ("outcome" | "error_type", _) if which == Macro::Reply => errors.at(
                arg.span(),
                "a reply is sent only when it succeeded, so it has no outcome: record that on `#[tracked_tool]`",
            ),
            ("first_chunk", _) if which == Macro::Tool => errors.at(
                arg.span(),
                "`first_chunk` is about a streamed reply: it belongs on `#[tracked_reply]`",
            ),
            ("outcome", Value::Expr(expr)) => {
                record.outcome = true;
                record.outcome_of = Some((**expr).clone());
            }
            ("duration", Value::Flag) => record.duration = true,
            ("outcome", Value::Flag) => record.outcome = true,
            ("error_type", Value::Flag) => record.error_type = true,
            ("first_chunk", Value::Flag) => record.first_chunk = true,
            ("duration" | "outcome" | "error_type" | "first_chunk", _) => {
                errors.at(arg.span(), format!("`{name}` takes no value"));
            }
            _ => errors.at(arg.span(), unknown(&name, RECORD_KEYS, "record(…)")),
        }
        seen.push(name);
    }
    Some(record)
}

pub(super) fn media(arg: &Arg, errors: &mut Errors) -> Option<MediaArgs> {
    let mut media = MediaArgs {
        ty: None,
        sub_type: None,
        role: None,
        message_id: None,
        properties: Vec::new(),
    };
    let mut seen: Vec<String> = Vec::new();
    for arg in inner(
        arg,
        "type",
        "media(type = \"image\", sub_type = \"png\")",
        errors,
    )? {
        let name = arg.name();
        if seen.contains(&name) {
            errors.at(arg.span(), format!("`{name}` is given twice"));
            continue;
        }
        match name.as_str() {
            "type" => media.ty = text(&arg, errors),
            "sub_type" => media.sub_type = text(&arg, errors),
            "role" => media.role = text(&arg, errors),
            "message_id" => media.message_id = text(&arg, errors),
            "properties" => media.properties = properties(&arg, Macro::Media, errors),
            "conversation" => {
                errors.at(arg.span(), "media belong to the conversation of their function: say `conversation = …` outside `media(…)`");
            }
            _ => errors.at(arg.span(), unknown(&name, MEDIA_KEYS, "media(…)")),
        }
        seen.push(name);
    }
    for (key, example) in [("type", "image"), ("sub_type", "png")] {
        if !seen.iter().any(|name| name == key) {
            let message =
                format!("`{key}` is missing in `media(…)`: write `{key} = \"{example}\"`");
            errors.at(arg.span(), message);
        }
    }
    Some(media)
}
