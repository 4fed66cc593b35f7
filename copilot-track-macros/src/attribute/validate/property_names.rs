//! Validates the names of additional properties.

use proc_macro2::Span;

use crate::{
    attribute::{
        kind::AttributeKind,
        parse::{args::Args, properties::Property, record::Record},
    },
    error::Errors,
    reserved::reserved_property_reason,
};

/// Reports properties that are reserved, or that the event already has.
pub(super) fn check(kind: AttributeKind, args: &Args, errors: &mut Errors) {
    let recorded = args.record.as_ref().map_or_else(Vec::new, recorded);
    for Property { name, span, .. } in &args.properties {
        check_name(kind, name, *span, &recorded, errors);
    }
    check_texts(kind, &args.texts, &args.properties, &recorded, errors);
    let others: [(&str, &[Property]); 2] =
        [("properties", &args.properties), ("texts", &args.texts)];
    for property in &args.result {
        let (name, span) = (&property.name, property.span);
        if !is_duplicate(name, span, &others, errors) {
            check_name(kind, name, span, &recorded, errors);
        }
    }
    if let Some(media) = &args.media {
        for Property { name, span, .. } in &media.properties {
            check_name(AttributeKind::Media, name, *span, &[], errors);
        }
        check_texts(
            AttributeKind::Media,
            &media.texts,
            &media.properties,
            &[],
            errors,
        );
    }
}

/// Checks the names in `texts(…)`.
fn check_texts(
    kind: AttributeKind,
    texts: &[Property],
    properties: &[Property],
    recorded: &[(&str, &str)],
    errors: &mut Errors,
) {
    for Property { name, span, .. } in texts {
        if !is_duplicate(name, *span, &[("properties", properties)], errors) {
            check_name(kind, name, *span, recorded, errors);
        }
    }
}

/// Reports a property that is also in one of the `others`. Each of them is an argument and its
/// properties.
fn is_duplicate(
    name: &str,
    span: Span,
    others: &[(&str, &[Property])],
    errors: &mut Errors,
) -> bool {
    let found = others
        .iter()
        .find(|(_, properties)| properties.iter().any(|other| other.name == name));
    if let Some((argument, _)) = found {
        let message = format!("duplicate property `{name}`; it is also in `{argument}(…)`");
        errors.error_at(span, message);
    }
    found.is_some()
}

fn check_name(
    kind: AttributeKind,
    name: &str,
    span: Span,
    recorded: &[(&str, &str)],
    errors: &mut Errors,
) {
    if let Some(reason) = reserved_property_reason(name) {
        let hint = if name == "messageId" {
            " or by `message_id = …`"
        } else {
            ""
        };
        errors.error_at(
            span,
            format!("the property `{name}` is reserved; {reason}{hint}"),
        );
    } else if kind.spec_properties().contains(&name) {
        let argument = if name == "message_body" { "body" } else { name };
        errors.error_at(
            span,
            format!("the event already has the property `{name}`; set it with `{argument} = …`"),
        );
    } else if let Some((_, fact)) = recorded.iter().find(|(property, _)| *property == name) {
        errors.error_at(
            span,
            format!("`record({fact})` already sends the property `{name}`; choose another name"),
        );
    }
}

/// Returns the properties that `record(…)` sends, and the arguments that select them.
fn recorded(record: &Record) -> Vec<(&'static str, &'static str)> {
    [
        (record.duration, "duration_ms", "duration"),
        (record.outcome, "outcome", "outcome"),
        (record.error_type, "error_type", "error_type"),
        (record.first_chunk, "first_chunk_ms", "first_chunk"),
    ]
    .into_iter()
    .filter_map(|(is_recorded, property, fact)| is_recorded.then_some((property, fact)))
    .collect()
}
