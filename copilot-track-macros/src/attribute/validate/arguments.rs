//! The arguments: what is missing, and what does not fit together.

use proc_macro2::Span;
use syn::Expr;

use crate::{
    attribute::{
        kind::AttributeKind,
        parse::{args::Args, properties::Property},
    },
    error::Errors,
    reserved::reserved_property_reason,
    suggest::closest_match,
};

pub(crate) fn check(kind: AttributeKind, args: &Args, errors: &mut Errors) {
    require(kind, args, errors);
    callable_body(kind, args, errors);
    property_names(kind, &args.properties, errors);
    if let Some(media) = &args.media {
        property_names(AttributeKind::Media, &media.properties, errors);
    }
}

fn require(kind: AttributeKind, args: &Args, errors: &mut Errors) {
    let seen = &args.keys;
    for (key, example) in kind.required_keys() {
        if !args.syntax_ok || seen.iter().any(|name| name == key) {
            continue;
        }
        // A key that was mistyped is told already.
        let keys = kind.accepted_keys();
        let meant = |name: &String| closest_match(name, &keys) == Some(key);
        if !seen.iter().any(meant) {
            errors.error_at(
                Span::call_site(),
                format!("`{key}` is missing: write `{example}`, with a literal or any expression"),
            );
        }
    }
    if let (Some(_), Some(span)) = (args.stream, args.future) {
        errors.error_at(
            span,
            "a function returns a stream or a future: write one of `stream` and `future`",
        );
    }
}

/// A reply's `body` is applied to the reply; a message's is the text.
fn callable_body(kind: AttributeKind, args: &Args, errors: &mut Errors) {
    let Some(body) = &args.body else {
        return;
    };
    match (kind, body) {
        (AttributeKind::Reply, Expr::Lit(_)) => errors.error_spanned_by(
            body,
            "the `body` of a reply says where its text is: write `body = |reply| …`, or the name of a function",
        ),
        (AttributeKind::Reply, Expr::Closure(closure)) if closure.inputs.len() != 1 => errors.error_spanned_by(
            body,
            "the closure of `body` gets one thing, the reply: write `body = |reply| …`",
        ),
        (AttributeKind::Message, Expr::Closure(_)) => errors.error_spanned_by(
            body,
            "the `body` of a message is the text itself: write `body = text`",
        ),
        _ => {}
    }
}

/// A property may not be one that the event has anyway.
fn property_names(kind: AttributeKind, properties: &[Property], errors: &mut Errors) {
    for Property { name, span, .. } in properties {
        if let Some(why) = reserved_property_reason(name) {
            errors.error_at(*span, format!("`{name}` is already there: {why}"));
        } else if kind.spec_properties().contains(&name.as_str()) {
            let own = if name == "message_body" { "body" } else { name };
            errors.error_at(
                *span,
                format!("the event has `{name}` of its own: say it with `{own} = …`"),
            );
        }
    }
}
