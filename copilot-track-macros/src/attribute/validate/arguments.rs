//! The arguments: what is missing, and what does not fit together.

use proc_macro2::Span;
use syn::Expr;

use crate::{
    attribute::{
        kind::Macro,
        parse::{args::Args, properties::Property},
    },
    error::Errors,
    reserved::reserved_property,
    suggest::nearest,
};

pub(crate) fn check(which: Macro, args: &Args, errors: &mut Errors) {
    require(which, args, errors);
    callable_body(which, args, errors);
    property_names(which, &args.properties, errors);
    if let Some(media) = &args.media {
        property_names(Macro::Media, &media.properties, errors);
    }
}

fn require(which: Macro, args: &Args, errors: &mut Errors) {
    let seen = &args.seen;
    for (key, example) in which.required() {
        if !args.readable || seen.iter().any(|name| name == key) {
            continue;
        }
        // A key that was mistyped is told already.
        let keys = which.keys();
        let meant = |name: &String| nearest(name, &keys) == Some(key);
        if !seen.iter().any(meant) {
            errors.at(
                Span::call_site(),
                format!("`{key}` is missing: write `{example}`, with a literal or any expression"),
            );
        }
    }
    if let (Some(_), Some(span)) = (args.stream, args.future) {
        errors.at(
            span,
            "a function returns a stream or a future: write one of `stream` and `future`",
        );
    }
}

/// A reply's `body` is applied to the reply; a message's is the text.
fn callable_body(which: Macro, args: &Args, errors: &mut Errors) {
    let Some(body) = &args.body else {
        return;
    };
    match (which, body) {
        (Macro::Reply, Expr::Lit(_)) => errors.on(
            body,
            "the `body` of a reply says where its text is: write `body = |reply| …`, or the name of a function",
        ),
        (Macro::Reply, Expr::Closure(closure)) if closure.inputs.len() != 1 => errors.on(
            body,
            "the closure of `body` gets one thing, the reply: write `body = |reply| …`",
        ),
        (Macro::Message, Expr::Closure(_)) => errors.on(
            body,
            "the `body` of a message is the text itself: write `body = text`",
        ),
        _ => {}
    }
}

/// A property may not be one that the event has anyway.
fn property_names(which: Macro, properties: &[Property], errors: &mut Errors) {
    for Property { name, span, .. } in properties {
        if let Some(why) = reserved_property(name) {
            errors.at(*span, format!("`{name}` is already there: {why}"));
        } else if which.own_properties().contains(&name.as_str()) {
            let own = if name == "message_body" { "body" } else { name };
            errors.at(
                *span,
                format!("the event has `{name}` of its own: say it with `{own} = …`"),
            );
        }
    }
}
