//! Validates a struct and its attributes as an event.

use proc_macro2::Span;
use syn::{Data, DeriveInput, Fields, Index, Member, ext::IdentExt, spanned::Spanned};

use super::{
    conflicts,
    event::{Event, EventName, Property, PropertyKind},
    parse::{self, ContainerAttrs},
    spanned::NameValue,
};
use crate::{
    case::event_name,
    error::Errors,
    meta::crate_path,
    reserved::{reserved_property_reason, spec_event_replacement},
};

impl<'a> Event<'a> {
    pub(crate) fn validate(
        input: &'a DeriveInput,
        container: &'a ContainerAttrs,
        errors: &mut Errors,
    ) -> Option<Self> {
        let fields = fields(input, errors)?;
        check_serde(fields, container, errors);
        let properties = validate_fields(fields, container, errors);
        // The library derives `TrackEvent` for its own events. Only these events may use the spec's
        // names.
        let is_internal = container
            .crate_path
            .as_ref()
            .is_some_and(crate_path::is_crate_root);
        if !is_internal {
            check_name(input, container, errors);
            check_empty(input, container, &properties, errors);
        }
        Some(Self {
            ident: &input.ident,
            generics: &input.generics,
            crate_path: container.crate_path.as_ref(),
            name: match &container.name {
                Some(NameValue::Literal(name)) => EventName::Literal(name.value.clone()),
                Some(NameValue::Constant(path)) => EventName::Constant(path),
                None => EventName::Literal(event_name(&input.ident)),
            },
            is_packed: is_packed(input),
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
    container: &ContainerAttrs,
    errors: &mut Errors,
) -> Vec<Property<'a>> {
    let mut properties: Vec<Property<'_>> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let attrs = parse::FieldAttrs::parse(&field.attrs, errors);
        conflicts::check(&attrs, errors);
        if attrs.is_skipped() {
            continue;
        }
        let kind = if attrs.is_flattened() {
            PropertyKind::Flatten
        } else {
            let Some((name, span)) = property_name(&attrs, field, container) else {
                errors.error_spanned_by(
                    &field.ty,
                    "this field has no name; name it, or add `#[track(rename = \"…\")]`, `#[track(flatten)]`, or \
                     `#[track(skip)]`",
                );
                continue;
            };
            if let Some(reason) = reserved_property_reason(&name) {
                errors.error_at(
                    span,
                    format!(
                        "the property `{name}` is reserved; {reason}; leave the field out with `#[track(skip)]`, or choose \
                         another name with `#[track(rename = \"…\")]`"
                    ),
                );
            }
            if properties.iter().any(|other| other.name() == Some(&name)) {
                errors.error_at(
                    span,
                    format!("duplicate property `{name}`; rename or skip one of the fields"),
                );
            }
            if attrs.content.is_some() {
                PropertyKind::Content(name)
            } else {
                PropertyKind::Plain(name)
            }
        };
        let sends_always = attrs.skip.is_some();
        properties.push(Property {
            member: member(index, field),
            ty: &field.ty,
            kind,
            serialize_with: attrs
                .with
                .map(|with| with.value)
                .or(attrs.serde.serialize_with),
            skip_if: attrs.serde.skip_if.filter(|_| !sends_always),
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
    container: &ContainerAttrs,
) -> Option<(String, Span)> {
    if let Some(rename) = attrs.rename.as_ref().or(attrs.serde.rename.as_ref()) {
        return Some((rename.value.clone(), rename.span));
    }
    let ident = field.ident.as_ref()?;
    let name = match (container.rename_all, container.serde.rename_all) {
        (None, Some(rule)) => rule.apply(&ident.unraw().to_string()),
        (rule, _) => rule.unwrap_or_default().apply(ident),
    };
    Some((name, ident.span()))
}

/// Reports serde attributes that change what serde serializes, but cannot be applied to an event.
fn check_serde(fields: &Fields, container: &ContainerAttrs, errors: &mut Errors) {
    let has_track =
        |field: &syn::Field| field.attrs.iter().any(|attr| attr.path().is_ident("track"));
    if let Some(span) = container.serde.transparent
        && !fields.iter().any(has_track)
    {
        errors.error_at(
            span,
            "`#[serde(transparent)]` cannot be applied to an event, because its properties need names; write \
             `#[track(flatten)]` or `#[track(rename = \"…\")]` on the field",
        );
    }
    if let Some(span) = container.serde.into {
        errors.error_at(
            span,
            "`#[serde(into = \"…\")]` cannot be applied to an event; derive `TrackEvent` for the type into which the \
             struct is converted, and track a value of that type",
        );
    }
}

/// Returns whether the struct has `#[repr(packed)]`.
fn is_packed(input: &DeriveInput) -> bool {
    input
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("repr"))
        .any(|attr| {
            let mut is_packed = false;
            let parsed = attr.parse_nested_meta(|meta| {
                is_packed |= meta.path.is_ident("packed");
                if meta.input.peek(syn::token::Paren) {
                    let content;
                    syn::parenthesized!(content in meta.input);
                    content.parse::<proc_macro2::TokenStream>()?;
                }
                Ok(())
            });
            parsed.is_ok() && is_packed
        })
}

fn check_name(input: &DeriveInput, container: &ContainerAttrs, errors: &mut Errors) {
    let (name, span) = match &container.name {
        Some(NameValue::Literal(name)) => (name.value.clone(), name.span),
        // The compiler checks the value of the constant.
        Some(NameValue::Constant(_)) => return,
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
