//! What the derive knows once the struct has been checked.

use proc_macro2::Span;
use syn::{Data, DeriveInput, Fields, Index, Member, spanned::Spanned};

use super::{
    event::{Event, Kind, Property},
    parse::{self, Container},
};
use crate::{
    case::{Case, event_name},
    error::Errors,
    reserved::{reserved_property, spec_event},
};

impl<'a> Event<'a> {
    pub(crate) fn read(
        input: &'a DeriveInput,
        container: &'a Container,
        errors: &mut Errors,
    ) -> Option<Self> {
        let fields = fields(input, errors)?;
        let properties = read_fields(fields, container.rename_all.unwrap_or_default(), errors);
        // The library's own events are written with the derive too; only they may bear the spec's
        // names.
        let ours = container
            .krate
            .as_ref()
            .is_some_and(|path| path.is_ident("crate"));
        if !ours {
            check_name(input, container, errors);
            check_empty(input, container, &properties, errors);
        }
        Some(Self {
            ident: &input.ident,
            generics: &input.generics,
            krate: container.krate.as_ref(),
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
            errors.at(
                data.enum_token.span,
                "an event is a struct: write one struct for each variant and derive `TrackEvent` on each",
            );
            None
        }
        Data::Union(data) => {
            errors.at(
                data.union_token.span,
                "an event is a struct: write `struct` with one field for each property",
            );
            None
        }
    }
}

fn read_fields<'a>(fields: &'a Fields, case: Case, errors: &mut Errors) -> Vec<Property<'a>> {
    let mut properties: Vec<Property<'_>> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let said = parse::Field::read(&field.attrs, errors);
        check_conflicts(&said, errors);
        if said.skip.is_some() {
            continue;
        }
        let member = member(index, field);
        if said.flatten.is_some() {
            properties.push(Property {
                member,
                ty: &field.ty,
                kind: Kind::Flatten,
                doc: said.doc,
            });
            continue;
        }
        let Some((name, span)) = property_name(&said, field, case) else {
            errors.on(
                field,
                "a property needs a name: name the field, or write `#[track(rename = \"…\")]`, `#[track(flatten)]` \
                 or `#[track(skip)]` on it",
            );
            continue;
        };
        if let Some(why) = reserved_property(&name) {
            errors.at(span, format!("`{name}` is already there: {why}"));
        }
        if properties.iter().any(|other| other.name() == Some(&name)) {
            errors.at(
                span,
                format!("two fields are sent as `{name}`: rename or skip one"),
            );
        }
        properties.push(Property {
            member,
            ty: &field.ty,
            kind: if said.content.is_some() {
                Kind::Content(name)
            } else {
                Kind::Plain(name)
            },
            doc: said.doc,
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

fn property_name(said: &parse::Field, field: &syn::Field, case: Case) -> Option<(String, Span)> {
    match (&said.rename, &field.ident) {
        (Some(rename), _) => Some((rename.value.clone(), rename.span)),
        (None, Some(ident)) => Some((case.apply(ident), ident.span())),
        (None, None) => None,
    }
}

fn check_conflicts(said: &parse::Field, errors: &mut Errors) {
    if said.skip.is_some() {
        let others = [
            ("rename", said.rename.as_ref().map(|rename| rename.span)),
            ("flatten", said.flatten),
            ("content", said.content),
        ];
        for (key, span) in others {
            if let Some(span) = span {
                errors.at(
                    span,
                    format!("a field with `skip` is not sent, so `{key}` says nothing"),
                );
            }
        }
    } else if said.flatten.is_some() {
        if let Some(rename) = &said.rename {
            errors.at(
                rename.span,
                "a field with `flatten` has no name of its own, so `rename` says nothing",
            );
        }
        if let Some(span) = said.content {
            errors.at(
                span,
                "`content` marks one text: put it on the field that holds the text, not on a flattened one",
            );
        }
    }
}

fn check_name(input: &DeriveInput, container: &Container, errors: &mut Errors) {
    let (name, span) = match &container.name {
        Some(name) => (name.value.clone(), name.span),
        None => (event_name(&input.ident), input.ident.span()),
    };
    if let Some(instead) = spec_event(&name) {
        errors.at(
            span,
            format!(
                "`{name}` is an event of the spec: send it with `copilot_track::{instead}`, or give this event another \
                 name with `#[track(name = \"…\")]`"
            ),
        );
    }
}

fn check_empty(
    input: &DeriveInput,
    container: &Container,
    properties: &[Property<'_>],
    errors: &mut Errors,
) {
    match (container.empty, properties) {
        (None, []) if errors.is_empty() => errors.at(
            input.ident.span(),
            "this event says nothing but its name: add fields, or write `#[track(empty)]` if that is meant",
        ),
        (Some(span), [_, ..]) => errors.at(span, "`empty` is for an event without properties; this one has some"),
        _ => {}
    }
}
