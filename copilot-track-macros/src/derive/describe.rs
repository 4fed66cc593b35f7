//! Generates the impl that describes an event for tracking plans.
//!
//! Most builds make no plan. Therefore, the derive macro only generates a call to `describe!` that
//! passes the struct and is removed outside tests:
//!
//! ```text
//! #[cfg(test)]
//! ::copilot_track::__private::describe! { struct ItemPurchased { item_id: String, currency: Currency } }
//! ```
//!
//! `describe!` generates the impl. With the `plan` feature, the derive macro generates the impl
//! itself, because the crate of the event may not be compiled as a test. Output without
//! attributes:
//!
//! ```text
//! impl ::copilot_track::args::PlannedEvent for ItemPurchased {
//!     fn describe(description: &mut ::copilot_track::__private::Description) {
//!         use ::copilot_track::__private::{OtherType as _, TracedType as _};
//!         description.event(
//!             "Item Purchased",
//!             "The customer bought an item.\u{1e}itemId\u{1f}\u{1f}\u{1f}\u{1e}currency\u{1f}\u{1f}\u{1f}",
//!             ::core::any::type_name::<fn(String, Currency)>(),
//!         );
//!         description.field(1, (&::copilot_track::__private::TypeProbe::<Currency>::NEW).probe());
//!     }
//! }
//! ```
//!
//! One string and one type name are checked faster than an expression for each property. Only the
//! types that the name does not describe are probed.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, ext::IdentExt};

use super::{
    bounds::where_clause,
    event::{Event, EventName, Property, PropertyKind},
    expand::constant_name,
    types::{mentions_param, type_params, type_span},
};
use crate::meta::crate_path;

/// The separators in the text of a description. They are replaced by spaces inside its parts.
const RECORD_SEPARATOR: char = '\u{1e}';
const UNIT_SEPARATOR: char = '\u{1f}';

/// Identifiers in the paths of std types whose values have the form that their names suggest. A
/// type that consists of them is not probed.
const STD_NAMES: &[&str] = &[
    "Arc",
    "BTreeMap",
    "BTreeSet",
    "Box",
    "Cow",
    "Duration",
    "HashMap",
    "HashSet",
    "Option",
    "Rc",
    "String",
    "SystemTime",
    "Vec",
    "VecDeque",
    "alloc",
    "bool",
    "borrow",
    "boxed",
    "char",
    "collections",
    "core",
    "f32",
    "f64",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "option",
    "rc",
    "static",
    "std",
    "str",
    "string",
    "sync",
    "time",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
    "vec",
];

/// Returns the call to `describe!` that only tests compile. `source` is the struct.
pub(super) fn in_tests(event: &Event<'_>, source: &TokenStream) -> TokenStream {
    let crate_path = crate_path::or_default(event.crate_path);
    quote! {
        #[cfg(test)]
        #crate_path::__private::describe! { #source }
    }
}

/// Returns the impl.
pub(super) fn planned_event(event: &Event<'_>) -> TokenStream {
    let crate_path = crate_path::or_default(event.crate_path);
    let where_clause = where_clause(event, &crate_path);
    let Event {
        ident, generics, ..
    } = event;
    let name = match &event.name {
        EventName::Literal(name) => quote!(#name),
        EventName::Constant(_) => constant_name(&quote!(Self), &crate_path),
    };
    let params: Vec<&Ident> = type_params(generics).collect();
    let text = text(event);
    let types = event.properties.iter().map(|property| property.ty);
    let probes: Vec<TokenStream> = event
        .properties
        .iter()
        .enumerate()
        .filter(|(_, property)| is_probed(property, &params))
        .map(|(index, Property { ty, .. })| {
            let span = type_span(ty);
            quote_spanned!(span=>
                description.field(#index, (&#crate_path::__private::TypeProbe::<#ty>::NEW).probe());
            )
        })
        .collect();
    let import = (!probes.is_empty()).then(|| {
        quote! {
            #[allow(unused_imports)]
            use #crate_path::__private::{OtherType as _, TracedType as _};
        }
    });
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_qualifications, clippy::all, clippy::pedantic)]
        impl #impl_generics #crate_path::args::PlannedEvent for #ident #ty_generics #where_clause {
            // An inline function that is not called has no code.
            #[inline]
            fn describe(description: &mut #crate_path::__private::Description) {
                #import
                description.event(#name, #text, ::core::any::type_name::<fn(#(#types),*)>());
                #(#probes)*
            }
        }
    }
}

/// Returns the names and the doc comments. `Description::event` describes the form.
fn text(event: &Event<'_>) -> String {
    let mut text = cleaned(event.doc);
    for property in &event.properties {
        let with = property.serialize_with.as_ref().map(|path| {
            let tokens = path.to_token_stream().to_string();
            tokens.replace(' ', "")
        });
        let mut flags = String::new();
        if matches!(property.kind, PropertyKind::Flatten) {
            flags.push('f');
        }
        if property.skip_if.is_some() {
            flags.push('o');
        }
        text.push(RECORD_SEPARATOR);
        let fields = [
            &cleaned(property.name().unwrap_or_default()),
            &flags,
            &with.unwrap_or_default(),
            &cleaned(&property.doc),
        ];
        for (index, field) in fields.into_iter().enumerate() {
            if index > 0 {
                text.push(UNIT_SEPARATOR);
            }
            text.push_str(field);
        }
    }
    text
}

fn cleaned(text: &str) -> String {
    text.replace([RECORD_SEPARATOR, UNIT_SEPARATOR], " ")
}

/// Returns whether the type of a property may tell more about its values than its name.
fn is_probed(property: &Property<'_>, params: &[&Ident]) -> bool {
    let tokens = property.ty.to_token_stream();
    property.serialize_with.is_none()
        && !mentions_param(params, tokens.clone())
        && has_other_name(tokens)
}

fn has_other_name(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => {
            let name = ident.unraw().to_string();
            STD_NAMES.binary_search(&name.as_str()).is_err()
        }
        TokenTree::Group(group) => has_other_name(group.stream()),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_std_names_are_sorted() {
        assert!(STD_NAMES.is_sorted());
    }

    #[test]
    fn types_of_std_are_not_probed() {
        for (ty, expected) in [
            (quote!(String), false),
            (
                quote!(Option<std::collections::HashMap<&'static str, [u8; 2]>>),
                false,
            ),
            (quote!(::std::borrow::Cow<'static, str>), false),
            (quote!(Option<Currency>), true),
            (quote!((u8, Currency)), true),
            (quote!(<Shop as Sells>::Item), true),
        ] {
            assert_eq!(has_other_name(ty.clone()), expected, "{ty}");
        }
    }
}
