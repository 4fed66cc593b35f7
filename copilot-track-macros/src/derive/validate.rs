//! Validates a struct and its attributes as an event.

use proc_macro2::Span;
use syn::{Data, DeriveInput, Fields, Index, Member, spanned::Spanned};

use super::{
    event::{Event, Property, PropertyKind},
    parse::{self, ContainerAttrs},
};
use crate::{
    case::{RenameRule, event_name},
    error::Errors,
    reserved::{reserved_property_reason, spec_event_replacement},
};

impl<'a> Event<'a> {
    pub(crate) fn validate(
        input: &'a DeriveInput,
        container: &'a ContainerAttrs,
        errors: &mut Errors,
    ) -> Option<Self> {
        let fields = fields(input, errors)?;
        let properties = validate_fields(fields, container.rename_all.unwrap_or_default(), errors);
        // The library derives `TrackEvent` for its own events. Only these events may use the spec's
        // names.
        let is_internal = container
            .crate_path
            .as_ref()
            .is_some_and(|path| path.is_ident("crate"));
        if !is_internal {
            check_name(input, container, errors);
            check_empty(input, container, &properties, errors);
        }
        Some(Self {
            ident: &input.ident,
            generics: &input.generics,
            crate_path: container.crate_path.as_ref(),
            name: match &container.name {
                Some(name) => name.value.clone(),
                None => event_name(&input.ident),
            },
            doc: &container.doc,
            properties,
        })
    }
}

fn fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<&'a Fields> {
    match &input.data {
        Data::Struct(data) => Some(&data.fields),
        Data::Enum(data) => {
            errors.error_at(
                data.enum_token.span,
                "`TrackEvent` cannot be derived for an enum; write a struct for each variant and derive `TrackEvent` on each",
            );
            None
        }
        Data::Union(data) => {
            errors.error_at(
                data.union_token.span,
                "`TrackEvent` cannot be derived for a union; write a struct with a field for each property",
            );
            None
        }
    }
}

fn validate_fields<'a>(
    fields: &'a Fields,
    rule: RenameRule,
    errors: &mut Errors,
) -> Vec<Property<'a>> {
    let mut properties: Vec<Property<'_>> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let attrs = parse::FieldAttrs::parse(&field.attrs, errors);
        check_conflicts(&attrs, errors);
        if attrs.skip.is_some() {
            continue;
        }
        let member = member(index, field);
        if attrs.flatten.is_some() {
            properties.push(Property {
                member,
                ty: &field.ty,
                kind: PropertyKind::Flatten,
                doc: attrs.doc,
            });
            continue;
        }
        let Some((name, span)) = property_name(&attrs, field, rule) else {
            errors.error_spanned_by(
                field,
                "this field has no name; name it, or add `#[track(rename = \"…\")]`, `#[track(flatten)]`, or \
                 `#[track(skip)]`",
            );
            continue;
        };
        if let Some(reason) = reserved_property_reason(&name) {
            errors.error_at(span, format!("the property `{name}` is reserved; {reason}"));
        }
        if properties.iter().any(|other| other.name() == Some(&name)) {
            errors.error_at(
                span,
                format!("duplicate property `{name}`; rename or skip one of the fields"),
            );
        }
        properties.push(Property {
            member,
            ty: &field.ty,
            kind: if attrs.content.is_some() {
                PropertyKind::Content(name)
            } else {
                PropertyKind::Plain(name)
            },
            doc: attrs.doc,
        });
    }
    properties
}

fn member(index: usize, field: &syn::Field) -> Member {
    match &field.ident {
        Some(ident) => Member::Named(ident.clone()),
        None => Member::Unnamed(Index {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            span: field.ty.span(),
        }),
    }
}

fn property_name(
    attrs: &parse::FieldAttrs,
    field: &syn::Field,
    rule: RenameRule,
) -> Option<(String, Span)> {
    match (&attrs.rename, &field.ident) {
        (Some(rename), _) => Some((rename.value.clone(), rename.span)),
        (None, Some(ident)) => Some((rule.apply(ident), ident.span())),
        (None, None) => None,
    }
}

fn check_conflicts(attrs: &parse::FieldAttrs, errors: &mut Errors) {
    if attrs.skip.is_some() {
        let others = [
            ("rename", attrs.rename.as_ref().map(|rename| rename.span)),
            ("flatten", attrs.flatten),
            ("content", attrs.content),
        ];
        for (key, span) in others {
            if let Some(span) = span {
                errors.error_at(
                    span,
                    format!("`{key}` has no effect on a skipped field; remove `{key}` or `skip`"),
                );
            }
        }
    } else if attrs.flatten.is_some() {
        if let Some(rename) = &attrs.rename {
            errors.error_at(
                rename.span,
                "`rename` has no effect on a flattened field; remove `rename` or `flatten`",
            );
        }
        if let Some(span) = attrs.content {
            errors.error_at(
                span,
                "`content` cannot be used on a flattened field; put it on the field that contains the text",
            );
        }
    }
}

fn check_name(input: &DeriveInput, container: &ContainerAttrs, errors: &mut Errors) {
    let (name, span) = match &container.name {
        Some(name) => (name.value.clone(), name.span),
        None => (event_name(&input.ident), input.ident.span()),
    };
    if let Some(replacement) = spec_event_replacement(&name) {
        errors.error_at(
            span,
            format!(
                "the event name `{name}` is reserved by the spec; use `copilot_track::{replacement}`, or choose \
                 another name with `#[track(name = \"…\")]`"
            ),
        );
    }
}

fn check_empty(
    input: &DeriveInput,
    container: &ContainerAttrs,
    properties: &[Property<'_>],
    errors: &mut Errors,
) {
    match (container.empty, properties) {
        (None, []) if errors.is_empty() => errors.error_at(
            input.ident.span(),
            "this event has no properties; add a field, or add `#[track(empty)]` if that is intended",
        ),
        (Some(span), [_, ..]) => errors.error_at(span, "`empty` can only be used on an event without properties; remove it"),
        _ => {}
    }
}
