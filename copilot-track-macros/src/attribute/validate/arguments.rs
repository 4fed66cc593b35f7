//! Validates required arguments, conflicts, and closures.

use proc_macro2::Span;
use syn::Expr;

use super::{early_exits, property_names};
use crate::{
    attribute::{
        kind::AttributeKind,
        parse::{args::Args, foreign_keys},
    },
    error::Errors,
    meta::literal::mime_type,
    suggest::closest_match,
};

/// Reports errors in the arguments of an attribute.
pub(crate) fn check(kind: AttributeKind, args: &Args, errors: &mut Errors) {
    check_required(kind, args, errors);
    check_body(kind, args, errors);
    for property in &args.result {
        let (form, example) = ("value", format!("{} = |value| …", property.name));
        check_closure(&property.value, form, &example, errors);
    }
    early_exits::check(args, errors);
    property_names::check(kind, args, errors);
}

/// Reports missing arguments and conflicting flags.
fn check_required(kind: AttributeKind, args: &Args, errors: &mut Errors) {
    let seen = &args.keys;
    for (key, example) in kind.required_keys() {
        if !args.syntax_ok || seen.iter().any(|name| name == key) {
            continue;
        }
        // A whole MIME type in `sub_type` has been reported already.
        if *key == "type"
            && args
                .sub_type
                .as_ref()
                .is_some_and(|ty| mime_type(ty).is_some())
        {
            continue;
        }
        // A misspelled key has been reported already.
        let keys = kind.accepted_keys();
        let is_misspelling = |name: &String| {
            closest_match(name, &keys) == Some(key)
                || foreign_keys::replacement(name, &keys) == Some(key)
        };
        if seen.iter().any(is_misspelling) {
            continue;
        }
        match args.ty.as_ref().and_then(mime_type) {
            Some(mime_type) if *key == "sub_type" => errors.error_spanned_by(
                &args.ty,
                format!("the two parts of a MIME type are separate arguments; write {mime_type}"),
            ),
            _ => errors.error_at(Span::call_site(), missing_argument(key, example)),
        }
    }
    if let (Some(_), Some(span)) = (args.stream, args.future) {
        errors.error_at(
            span,
            "`future` cannot be combined with `stream`; keep the one that describes the return type",
        );
    }
}

fn missing_argument(key: &str, example: &str) -> String {
    let place = if key == "conversation" {
        ", where the value is a `Conversation` or a `Turn`, such as a parameter of the function"
    } else {
        ""
    };
    format!("missing argument `{key}`; for example, write `{example}`{place}")
}

/// Checks the form of `body`. For a reply, it must be a closure or function that returns the text.
/// For a message, it must be the text itself.
fn check_body(kind: AttributeKind, args: &Args, errors: &mut Errors) {
    let outcome = args
        .record
        .as_ref()
        .and_then(|record| record.outcome_of.as_ref());
    if let Some(outcome) = outcome {
        check_closure(outcome, "outcome", "outcome = |value| …", errors);
    }
    if let Some(message @ Expr::Closure(_)) = &args.message {
        errors.error_spanned_by(
            message,
            "expected the text of the message, found a closure; write `message = text`",
        );
    }
    if let Some(when @ Expr::Closure(_)) = &args.when {
        errors.error_spanned_by(
            when,
            "expected a condition, found a closure; write `when = …` with an expression of type `bool`, which can use the \
             parameters of the function",
        );
    }
    match (kind, &args.body) {
        (AttributeKind::Message, Some(body @ Expr::Closure(_))) => errors.error_spanned_by(
            body,
            "expected the text of the message, found a closure; write `body = text`",
        ),
        (kind, Some(body)) if kind.is_reply() => {
            check_closure(body, "text", "body = |reply| …", errors);
        }
        _ => {}
    }
}

/// Checks the form of a closure or function that derives `derived` from the returned value.
fn check_closure(expr: &Expr, derived: &str, example: &str, errors: &mut Errors) {
    match expr {
        Expr::Lit(_) => errors.error_spanned_by(
            expr,
            format!("expected a closure or the path of a function, found a literal; write `{example}`"),
        ),
        Expr::Closure(closure) if closure.inputs.len() != 1 => errors.error_spanned_by(
            expr,
            format!("expected a closure with one parameter; write `{example}`"),
        ),
        Expr::Closure(closure) if closure.asyncness.is_some() => errors.error_spanned_by(
            expr,
            format!(
                "expected a closure that is not `async`, because the {derived} is needed at once; write `{example}`"
            ),
        ),
        _ => {}
    }
}
