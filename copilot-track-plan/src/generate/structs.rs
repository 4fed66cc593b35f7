//! Structs and enums.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::docs::doc;
use super::idents;
use super::output::{GenerateOptions, GeneratedRust, Note};
use super::rename::{DEFAULT, applies, best_rule};
use crate::case::event_name;
use crate::model::{Rule, Schema, member_path};
use crate::vocabulary::{CONVERSATION_ID, MESSAGE_ID};

/// The largest number of generated types. Further objects become maps.
const MAX_TYPES: usize = 50_000;

const HEADER: &str = "\
//! The events of a tracking plan. `copilot-track-plan rust` generated this file.

#![allow(dead_code, missing_docs, unreachable_pub)]

";

/// Generates the items of a file.
pub(super) struct Generator {
    options: GenerateOptions,
    items: TokenStream,
    type_names: HashSet<String>,
    /// The names of nested types, by the reference that led to them. They belong to one rule.
    by_reference: HashMap<String, Ident>,
    notes: Vec<Note>,
}

/// The place of a value in a rule.
#[derive(Clone)]
pub(super) struct Place<'a> {
    rule: &'a str,
    path: String,
    /// The name on which the name of a nested type is based.
    type_name: String,
    pub(super) depth: usize,
}

impl<'a> Place<'a> {
    pub(super) fn member(&self, name: &str) -> Self {
        Self {
            rule: self.rule,
            path: member_path(&self.path, name),
            type_name: format!("{} {name}", self.type_name),
            depth: self.depth + 1,
        }
    }

    pub(super) fn item(&self) -> Place<'a> {
        Self {
            path: format!("{}[]", self.path),
            depth: self.depth + 1,
            ..self.clone()
        }
    }
}

/// A field of a generated struct.
struct GeneratedField<'a> {
    ident: String,
    name: &'a str,
    ty: TokenStream,
    is_required: bool,
    doc: TokenStream,
}

impl Generator {
    pub(super) fn new(options: GenerateOptions) -> Self {
        Self {
            options,
            items: TokenStream::new(),
            type_names: HashSet::new(),
            by_reference: HashMap::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, rule: &str, path: &str, message: impl Into<String>) {
        self.notes.push(Note {
            rule: rule.to_owned(),
            path: path.to_owned(),
            message: message.into(),
        });
    }

    pub(super) fn note_at(&mut self, place: &Place<'_>, message: &str) {
        self.note(place.rule, &place.path, message);
    }

    /// Returns the text of the file.
    pub(super) fn finish(self) -> GeneratedRust {
        // The tokens are valid Rust. If they were not, the unformatted code would show why.
        let code = match syn::parse2::<syn::File>(self.items.clone()) {
            Ok(mut file) => {
                let items = std::mem::take(&mut file.items).into_iter();
                let items = items.map(|item| {
                    file.items = vec![item];
                    prettyplease::unparse(&file)
                });
                // An empty line follows each item.
                items.collect::<Vec<_>>().join("\n")
            }
            Err(_) => self.items.to_string(),
        };
        GeneratedRust {
            code: format!("{HEADER}{code}"),
            notes: self.notes,
        }
    }

    /// Generates the struct of an event.
    pub(super) fn event(&mut self, rule: &Rule) {
        self.by_reference.clear();
        let name = rule.key();
        let (type_name, is_renamed) = idents::type_name(name, &mut self.type_names);
        if is_renamed {
            self.note(
                name,
                "",
                format!("the struct is called `{type_name}`, because another name becomes the same identifier"),
            );
        }
        if name.trim() != name {
            self.note(name, "", "whitespace around the name is not sent");
        }
        if rule.version() != 1 {
            let message = format!("the version {} is not sent", rule.version());
            self.note(name, "", message);
        }
        let place = Place {
            rule: name,
            path: String::new(),
            type_name: type_name.clone(),
            depth: 0,
        };
        let fields_schema = rule.fields_schema();
        let fields = match fields_schema {
            Some(schema) => self.fields(schema, &place, is_sent_by_library),
            None => Vec::new(),
        };
        let rename_all = best_rule(&names(&fields));
        let mut arguments = Vec::new();
        if event_name(&type_name) != name {
            arguments.push(quote!(name = #name));
        }
        if rename_all != DEFAULT {
            arguments.push(quote!(rename_all = #rename_all));
        }
        if fields.is_empty() {
            arguments.push(quote!(empty));
        }
        let attribute = (!arguments.is_empty()).then(|| quote!(#[track(#(#arguments),*)]));
        let members = fields.iter().map(|field| {
            let (ident, doc, ty) = (idents::ident(&field.ident), &field.doc, field.ty());
            let name = field.name;
            let rename = (!applies(rename_all, &field.ident, name))
                .then(|| quote!(#[track(rename = #name)]));
            quote!(#doc #rename pub #ident: #ty,)
        });
        let (ident, doc) = (idents::ident(&type_name), doc(rule.description()));
        self.items.extend(quote! {
            #doc
            #[derive(Debug, Clone, copilot_track::TrackEvent)]
            #attribute
            pub struct #ident { #(#members)* }
        });
    }

    /// Returns the fields of an object, except those that `is_left_out` accepts.
    fn fields<'a>(
        &mut self,
        schema: Schema<'a>,
        place: &Place<'_>,
        is_left_out: impl Fn(&str) -> bool,
    ) -> Vec<GeneratedField<'a>> {
        let mut used = HashSet::new();
        let mut fields = Vec::new();
        for (name, schema, is_required) in schema.properties() {
            if is_left_out(name) {
                continue;
            }
            let place = place.member(name);
            if name.is_empty() || name.trim() != name || name.contains(char::is_control) {
                self.note_at(
                    &place,
                    "no field is generated, because the name is empty, starts or ends with whitespace, or has control characters",
                );
                continue;
            }
            let (ident, _) = idents::field_name(name, &mut used);
            let ty = self.value_type(schema, &place);
            fields.push(GeneratedField {
                ident,
                name,
                ty,
                is_required,
                doc: doc(schema.description()),
            });
        }
        let undeclared = schema
            .keyword("required")
            .and_then(|names| names.as_array());
        for name in undeclared
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
        {
            let is_declared = schema.properties().any(|(other, ..)| other == name);
            if !is_declared && !is_left_out(name) {
                self.note_at(
                    &place.member(name),
                    "no field is generated, because the property is required but has no schema",
                );
            }
        }
        fields
    }

    /// Generates a struct for an object inside an event. Returns its name.
    pub(super) fn nested_struct(&mut self, schema: Schema<'_>, place: &Place<'_>) -> TokenStream {
        if let Some(name) = schema
            .reference()
            .and_then(|key| self.by_reference.get(key))
        {
            return quote!(#name);
        }
        if self.type_names.len() >= MAX_TYPES {
            self.note_at(place, "there are too many types; the object is any JSON");
            return quote!(serde_json::Value);
        }
        let (name, _) = idents::type_name(&place.type_name, &mut self.type_names);
        let ident = idents::ident(&name);
        if let Some(key) = schema.reference() {
            self.by_reference.insert(key.to_owned(), ident.clone());
        }
        let fields = self.fields(schema, place, |_| false);
        let members = fields.iter().map(|field| {
            let (ident, doc, ty) = (idents::ident(&field.ident), &field.doc, field.ty());
            let name = field.name;
            let rename = (field.ident != name).then(|| quote!(rename = #name));
            let skip =
                (!field.is_required).then(|| quote!(skip_serializing_if = "Option::is_none"));
            let arguments: Vec<_> = rename.into_iter().chain(skip).collect();
            let attribute = (!arguments.is_empty()).then(|| quote!(#[serde(#(#arguments),*)]));
            quote!(#doc #attribute pub #ident: #ty,)
        });
        let (doc, derives) = (doc(schema.description()), self.derives());
        let item = quote! {
            #doc
            #[derive(#derives)]
            pub struct #ident { #(#members)* }
        };
        self.items.extend(item);
        quote!(#ident)
    }

    /// Generates an enum for a string with a list of values. Returns its name.
    pub(super) fn nested_enum(
        &mut self,
        values: &[&str],
        schema: Schema<'_>,
        place: &Place<'_>,
    ) -> TokenStream {
        if let Some(name) = schema
            .reference()
            .and_then(|key| self.by_reference.get(key))
        {
            return quote!(#name);
        }
        let (name, _) = idents::type_name(&place.type_name, &mut self.type_names);
        let ident = idents::ident(&name);
        if let Some(key) = schema.reference() {
            self.by_reference.insert(key.to_owned(), ident.clone());
        }
        let mut used = HashSet::new();
        let mut seen = HashSet::new();
        let variants = values
            .iter()
            .filter(|value| seen.insert(**value))
            .map(|value| {
                let (variant, _) = idents::variant_name(value, &mut used);
                let ident = idents::ident(&variant);
                let rename = (variant != **value).then(|| quote!(#[serde(rename = #value)]));
                quote!(#rename #ident,)
            });
        let variants: TokenStream = variants.collect();
        let derives = self.derives();
        self.items.extend(quote! {
            #[derive(#derives)]
            pub enum #ident { #variants }
        });
        quote!(#ident)
    }

    fn derives(&self) -> TokenStream {
        if self.options.schemars {
            quote!(Debug, Clone, serde::Serialize, schemars::JsonSchema)
        } else {
            // `copilot_track::plan!` learns the fields and variants from `Deserialize`.
            quote!(Debug, Clone, serde::Serialize, serde::Deserialize)
        }
    }
}

impl GeneratedField<'_> {
    fn ty(&self) -> TokenStream {
        let ty = &self.ty;
        if self.is_required {
            quote!(#ty)
        } else {
            quote!(Option<#ty>)
        }
    }
}

fn names(fields: &[GeneratedField<'_>]) -> Vec<(String, String)> {
    let fields = fields.iter();
    fields
        .map(|field| (field.ident.clone(), field.name.to_owned()))
        .collect()
}

/// Returns whether the library sends the property itself.
fn is_sent_by_library(name: &str) -> bool {
    [CONVERSATION_ID.name, MESSAGE_ID.name].contains(&name)
}
