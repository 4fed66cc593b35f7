//! The attributes `#[tracked_tool]` and the like.

use serde_json::json;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Expr, Meta, Signature};

use super::aliases::Aliases;
use super::args::{self, Arg, ArgValue};
use super::found::{FoundUse, Shape};
use super::shown::{Params, Shown, of_expr};
use crate::case::to_words;
use crate::model::Location;
use crate::sources::UseKind;

/// The attributes, and the events that they send.
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("tracked_tool", &["Action Invoked"]),
    ("tracked_reply", &["Message Received"]),
    ("tracked_turn", &["Message Received"]),
    ("tracked_media", &["Media Generated"]),
    ("tracked_component", &["Component Loaded"]),
    ("tracked_message", &["Message Sent"]),
    ("tracked_feedback", &["Feedback Submitted"]),
    ("tracked_conversation", &[]),
];

/// The facts of `record(…)`, and their properties.
const FACTS: &[(&str, &str)] = &[
    ("duration", "duration_ms"),
    ("outcome", "outcome"),
    ("error_type", "error_type"),
    ("first_chunk", "first_chunk_ms"),
];

/// Returns the event that an attribute, or the method with its name, sends.
pub(super) fn event_of(name: &str) -> Option<&'static str> {
    let (_, events) = ATTRIBUTES.iter().find(|(other, _)| *other == name)?;
    events.first().copied()
}

/// Returns the events that the attributes of a function send.
pub(super) fn found(
    metas: &[Meta],
    signature: &Signature,
    file: &str,
    aliases: &Aliases,
) -> Vec<FoundUse> {
    let mut all = Vec::new();
    for meta in metas {
        let Some(event) = meta
            .path()
            .segments
            .last()
            .and_then(|last| event_of(&aliases.resolve(&last.ident)))
        else {
            continue;
        };
        let line = meta.path().span().start().line;
        let location = Location::new(file, line);
        let args = match meta {
            Meta::List(list) => args::parse(list.tokens.clone()),
            _ => Vec::new(),
        };
        let params = Params::of(signature);
        let function = signature.ident.unraw().to_string();
        let mut used = FoundUse::new(UseKind::Attribute, &function, location.clone());
        used.event = Some(event.to_owned());
        if event == "Action Invoked" && !args.iter().any(|arg| arg.name == "action") {
            used.add("action", example(&to_words(&function)), location.clone());
        }
        for arg in &args {
            add_arg(&mut used, arg, &params, file);
            if arg.name == "media" {
                let mut media = FoundUse::new(UseKind::Attribute, &function, location.clone());
                media.event = Some("Media Generated".to_owned());
                for arg in &arg.list() {
                    add_arg(&mut media, arg, &params, file);
                }
                all.push(media);
            }
        }
        all.push(used);
    }
    all
}

/// Adds the properties of one argument.
fn add_arg(used: &mut FoundUse, arg: &Arg, params: &Params, file: &str) {
    let at = |arg: &Arg| Location::new(file, arg.span.start().line);
    match arg.name.as_str() {
        "type" | "action" | "sub_type" => {
            let shape = match arg.text() {
                Some(text) => example(&text),
                None => Shape::Shown(Shown::Schema(json!({ "type": "string" }))),
            };
            used.add(&arg.name, shape, at(arg));
        }
        "properties" | "result" => {
            for inner in arg.list() {
                let shown = match &inner.value {
                    ArgValue::Flag => params.shown(&inner.name),
                    ArgValue::Expr(expr) => of_expr(expr, params),
                    ArgValue::List(_) => Shown::Unknown,
                };
                used.add(&inner.name, Shape::Shown(shown), at(&inner));
            }
        }
        "texts" => {
            for inner in arg.list() {
                let shown = Shown::Schema(json!({ "type": "string" }));
                used.add(&inner.name, Shape::Shown(shown), at(&inner));
            }
        }
        "record" => {
            for inner in arg.list() {
                let fact = FACTS.iter().find(|(name, _)| *name == inner.name);
                if let Some((_, property)) = fact {
                    used.add(property, Shape::OptIn, at(&inner));
                }
            }
        }
        _ => {}
    }
}

/// Returns the shape of a text with a known value.
pub(super) fn example(text: &str) -> Shape {
    let schema = json!({ "type": "string", "examples": [text] });
    Shape::Shown(Shown::Schema(schema))
}

/// Returns the shape of a text argument.
pub(super) fn text_shape(expr: &Expr) -> Shape {
    match args::string_literal(expr) {
        Some(text) => example(&text),
        None => Shape::Shown(Shown::Schema(json!({ "type": "string" }))),
    }
}

/// Returns whether an attribute of the library is among the attributes.
pub(super) fn is_tracked(metas: &[Meta], aliases: &Aliases) -> bool {
    metas.iter().any(|meta| {
        let last = meta.path().segments.last();
        let name = last.map(|last| aliases.resolve(&last.ident));
        ATTRIBUTES
            .iter()
            .any(|(other, _)| name.as_deref() == Some(*other))
    })
}
