//! Validates required arguments, conflicts, `body`, and property names.

use proc_macro2::Span;
use syn::{Expr, ExprClosure};

use super::early_exits;
use crate::{
    attribute::{
        kind::AttributeKind,
        parse::{args::Args, properties::Property},
    },
    error::Errors,
    reserved::reserved_property_reason,
    suggest::closest_match,
};

/// Reports errors in the arguments of an attribute.
pub(crate) fn check(kind: AttributeKind, args: &Args, errors: &mut Errors) {
    check_required(kind, args, errors);
    check_body(kind, args, errors);
    early_exits::check(args, errors);
    check_property_names(kind, &args.properties, errors);
    if let Some(media) = &args.media {
        check_property_names(AttributeKind::Media, &media.properties, errors);
    }
}

/// Reports missing arguments and conflicting flags.
fn check_required(kind: AttributeKind, args: &Args, errors: &mut Errors) {
    let seen = &args.keys;
    for (key, example) in kind.required_keys() {
        if !args.syntax_ok || seen.iter().any(|name| name == key) {
            continue;
        }
        // A misspelled key has been reported already.
        let keys = kind.accepted_keys();
        let is_misspelling = |name: &String| closest_match(name, &keys) == Some(key);
        if !seen.iter().any(is_misspelling) {
            errors.error_at(
                Span::call_site(),
                format!("missing argument `{key}`; for example, write `{example}`"),
            );
        }
    }
    if let (Some(_), Some(span)) = (args.stream, args.future) {
        errors.error_at(
            span,
            "`future` cannot be combined with `stream`; keep the one that describes the return type",
        );
    }
}

/// Checks the form of `body`. For a reply, it must be a closure or function that returns the text.
/// For a message, it must be the text itself.
fn check_body(kind: AttributeKind, args: &Args, errors: &mut Errors) {
    let outcome = args
        .record
        .as_ref()
        .and_then(|record| record.outcome_of.as_ref());
    if let Some(
        outcome @ Expr::Closure(ExprClosure {
            asyncness: Some(_), ..
        }),
    ) = outcome
    {
        errors.error_spanned_by(
            outcome,
            "expected a closure that is not `async`, because the outcome is needed at once; write `outcome = |value| …`",
        );
    }
    let Some(body) = &args.body else {
        return;
    };
    match (kind, body) {
        (AttributeKind::Reply, Expr::Lit(_)) => errors.error_spanned_by(
            body,
            "expected a closure or the path of a function, found a literal; write `body = |reply| …`",
        ),
        (AttributeKind::Reply, Expr::Closure(closure)) if closure.inputs.len() != 1 => errors.error_spanned_by(
            body,
            "expected a closure with one parameter; write `body = |reply| …`",
        ),
        (AttributeKind::Reply, Expr::Closure(closure)) if closure.asyncness.is_some() => errors.error_spanned_by(
            body,
            "expected a closure that is not `async`, because the text is needed at once; write `body = |reply| …`",
        ),
        (AttributeKind::Message, Expr::Closure(_)) => errors.error_spanned_by(
            body,
            "expected the text of the message, found a closure; write `body = text`",
        ),
        _ => {}
    }
}

/// Reports extra properties that are reserved or that the event already has.
fn check_property_names(kind: AttributeKind, properties: &[Property], errors: &mut Errors) {
    for Property { name, span, .. } in properties {
        if let Some(reason) = reserved_property_reason(name) {
            let hint = if name == "messageId" {
                " or by `message_id = …`"
            } else {
                ""
            };
            errors.error_at(
                *span,
                format!("the property `{name}` is reserved; {reason}{hint}"),
            );
        } else if kind.spec_properties().contains(&name.as_str()) {
            let argument = if name == "message_body" { "body" } else { name };
            errors.error_at(
                *span,
                format!(
                    "the event already has the property `{name}`; set it with `{argument} = …`"
                ),
            );
        }
    }
}
