//! The bounds of the generated impls.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Ident, WhereClause, parse_quote};

use super::{
    event::Event,
    types::{mentions_param, type_params},
};

/// Returns the struct's where clause with a bound for each field type that uses a type parameter.
pub(super) fn where_clause(event: &Event<'_>, crate_path: &TokenStream) -> Option<WhereClause> {
    let mut clause = event.generics.where_clause.clone();
    let params: Vec<&Ident> = type_params(event.generics).collect();
    let mut seen: Vec<String> = Vec::new();
    for property in &event.properties {
        let ty = property.ty;
        let text = ty.to_token_stream().to_string();
        if property.serialize_with.is_none()
            && !seen.contains(&text)
            && mentions_param(&params, ty.to_token_stream())
        {
            clause
                .get_or_insert_with(|| parse_quote!(where))
                .predicates
                .push(parse_quote!(#ty: #crate_path::PropertyValue));
            seen.push(text);
        }
    }
    clause
}
