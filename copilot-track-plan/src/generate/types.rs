//! The Rust types of schemas.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::structs::{Generator, Place};
use super::unsupported;
use crate::model::{Schema, Types};

/// The deepest nesting of objects and lists for which types are generated.
const MAX_DEPTH: usize = 32;

impl Generator {
    /// Returns the Rust type of a value that is present.
    pub(super) fn value_type(&mut self, schema: Schema<'_>, place: &Place<'_>) -> TokenStream {
        let types = schema.types();
        let without_null = types.without(Types::NULL);
        if types != Types::ANY && types.contains(Types::NULL) && without_null != Types::NONE {
            self.note_at(
                place,
                "`null` is not sent; the property is left out instead",
            );
        }
        if schema.keyword("type").is_some() || schema.values().is_some() {
            for keyword in unsupported::keywords(schema) {
                self.note_at(place, &format!("the condition `{keyword}` is not checked"));
            }
        } else if let Some(keyword) = unsupported::keywords(schema).first() {
            self.note_at(
                place,
                &format!("`{keyword}` without a type is not expressed; the value is any JSON"),
            );
        }
        if place.depth == MAX_DEPTH {
            self.note_at(place, "the value is nested too deeply; it is any JSON");
            return any();
        }
        self.check_format(schema, place);
        if let Some(ty) = self.listed_values(schema, place) {
            return ty;
        }
        match without_null {
            Types::STRING if schema.format() == Some("date-time") => quote!(std::time::SystemTime),
            Types::STRING => quote!(String),
            Types::INTEGER => quote!(i64),
            Types::BOOLEAN => quote!(bool),
            Types::ARRAY => self.list(schema, place),
            Types::OBJECT => self.object(schema, place),
            types
                if types != Types::NONE && Types::NUMBER.union(Types::INTEGER).contains(types) =>
            {
                quote!(f64)
            }
            // A schema without a type that lists properties describes an object.
            other => {
                let is_any = other == Types::ANY.without(Types::NULL);
                if is_any && schema.properties().next().is_some() {
                    self.note_at(
                        place,
                        "a schema with properties and without a type becomes an object",
                    );
                    return self.object(schema, place);
                }
                if !is_any {
                    self.note_at(
                        place,
                        &format!("the type {other} is not expressed; the value is any JSON"),
                    );
                }
                any()
            }
        }
    }

    fn check_format(&mut self, schema: Schema<'_>, place: &Place<'_>) {
        if let Some(format) = schema.format()
            && (format != "date-time" || schema.types().without(Types::NULL) != Types::STRING)
        {
            self.note_at(place, &format!("the format `{format}` is not checked"));
        }
    }

    fn list(&mut self, schema: Schema<'_>, place: &Place<'_>) -> TokenStream {
        let items = if let Some(items) = schema.items() {
            self.value_type(items, &place.item())
        } else {
            if schema
                .keyword("items")
                .is_some_and(|items| !items.is_boolean())
            {
                self.note_at(
                    place,
                    "items with different schemas are not expressed; they are any JSON",
                );
            }
            any()
        };
        quote!(Vec<#items>)
    }

    fn object(&mut self, schema: Schema<'_>, place: &Place<'_>) -> TokenStream {
        if schema.properties().next().is_some() {
            if schema.additional().is_some() {
                self.note_at(place, "further properties are not expressed");
            }
            let name = self.nested_struct(schema, place);
            return quote!(#name);
        }
        for name in schema
            .keyword("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if let Some(name) = name.as_str() {
                self.note_at(
                    place,
                    &format!("the required property `{name}` has no schema and is not expressed"),
                );
            }
        }
        let values = match schema.additional() {
            Some(values) => self.value_type(values, &place.member("*")),
            None => any(),
        };
        quote!(std::collections::BTreeMap<String, #values>)
    }

    /// Returns the type of a value that is one of a list.
    fn listed_values(&mut self, schema: Schema<'_>, place: &Place<'_>) -> Option<TokenStream> {
        let values = schema.values()?;
        let values: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
        let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
        let allows_text = schema.types().contains(Types::STRING);
        if !texts.is_empty() && texts.len() == values.len() && allows_text {
            let name = self.nested_enum(&texts, schema, place);
            return Some(quote!(#name));
        }
        self.note_at(place, "the list of values is not expressed");
        // Without `type`, the type follows from the values, some of which may be strings.
        (!texts.is_empty()).then(any)
    }
}

fn any() -> TokenStream {
    quote!(serde_json::Value)
}
