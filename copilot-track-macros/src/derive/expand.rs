//! From the checked struct to its impl.
//!
//! Input:
//!
//! ```text
//! #[derive(TrackEvent)]
//! struct ItemPurchased<T> { item_id: String, #[track(content)] note: String, #[track(flatten)] rest: T }
//! ```
//!
//! Output, without its `allow`s:
//!
//! ```text
//! impl<T> ::copilot_track::TrackEvent for ItemPurchased<T> where T: ::copilot_track::PropertyValue {
//!     fn name(&self) -> Cow<'static, str> { Cow::Borrowed("Item Purchased") }
//!     fn write_properties(&self, properties: &mut ::copilot_track::Properties<'_>) {
//!         properties.property("itemId", &self.item_id);
//!         properties.content("note", &self.note);
//!         properties.flatten(&self.rest);
//!     }
//!     fn size_hint(&self) -> usize { size_of_val(self) + /* the length of each text */ }
//! }
//! ```

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    GenericParam, Generics, Ident, Type, WhereClause, ext::IdentExt, parse_quote, spanned::Spanned,
};

use super::event::{Event, Kind, Property};
use crate::meta::crate_path;

/// The impl of a correct event.
pub(crate) fn event(event: &Event<'_>) -> TokenStream {
    let krate = crate_path::or_default(event.krate);
    let Event {
        ident,
        generics,
        name,
        ..
    } = event;
    let where_clause = where_clause(event, &krate);
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let writes = event.properties.iter().map(write);
    let argument = if event.properties.is_empty() {
        quote!(_)
    } else {
        quote!(properties)
    };
    let size_hint = size_hint(event, &krate);
    let described = described(event, &krate, where_clause.as_ref());
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_qualifications, clippy::all, clippy::pedantic)]
        impl #impl_generics #krate::TrackEvent for #ident #ty_generics #where_clause {
            fn name(&self) -> ::std::borrow::Cow<'static, ::core::primitive::str> {
                ::std::borrow::Cow::Borrowed(#name)
            }
            fn write_properties(&self, #argument: &mut #krate::Properties<'_>) {
                #(#writes)*
            }
            #size_hint
        }
        #described
    }
}

fn write(property: &Property<'_>) -> TokenStream {
    let span = at(property.ty);
    let member = &property.member;
    match &property.kind {
        Kind::Plain(name) => quote_spanned!(span=> properties.property(#name, &self.#member);),
        Kind::Content(name) => quote_spanned!(span=> properties.content(#name, &self.#member);),
        Kind::Flatten => quote_spanned!(span=> properties.flatten(&self.#member);),
    }
}

/// Bytes that the event keeps in memory: the struct itself and the text that hangs on it, as far as
/// that is cheap to know. Method resolution picks the text's length where the field is text, and
/// zero where it is not.
fn size_hint(event: &Event<'_>, krate: &TokenStream) -> TokenStream {
    let texts = event.properties.iter().map(|property| {
        let member = &property.member;
        quote!(+ (&&#krate::__private::Probe(&self.#member)).text_len())
    });
    let import = (!event.properties.is_empty()).then(|| {
        quote! {
            #[allow(unused_imports)]
            use #krate::__private::{NotText as _, Text as _};
        }
    });
    quote! {
        fn size_hint(&self) -> ::core::primitive::usize {
            #import
            ::core::mem::size_of_val(self) #(#texts)*
        }
    }
}

/// Names and doc comments, for a tracking plan.
fn described(
    event: &Event<'_>,
    krate: &TokenStream,
    where_clause: Option<&WhereClause>,
) -> TokenStream {
    let Event {
        ident,
        generics,
        name,
        doc,
        ..
    } = event;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let properties = event.properties.iter().filter_map(|property| {
        let name = property.name()?;
        let doc = &property.doc;
        Some(quote!((#name, #doc)))
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::__private::Described for #ident #ty_generics #where_clause {
            const NAME: &'static ::core::primitive::str = #name;
            const DOC: &'static ::core::primitive::str = #doc;
            const PROPERTIES: &'static [(
                &'static ::core::primitive::str,
                &'static ::core::primitive::str,
            )] = &[#(#properties),*];
        }
    }
}

/// The struct's own bounds, and one for each field whose type depends on a type parameter.
fn where_clause(event: &Event<'_>, krate: &TokenStream) -> Option<WhereClause> {
    let mut clause = event.generics.where_clause.clone();
    let params: Vec<&Ident> = type_params(event.generics).collect();
    let mut seen: Vec<String> = Vec::new();
    for property in &event.properties {
        let ty = property.ty;
        let text = ty.to_token_stream().to_string();
        if !seen.contains(&text) && mentions(&params, ty.to_token_stream()) {
            clause
                .get_or_insert_with(|| parse_quote!(where))
                .predicates
                .push(parse_quote!(#ty: #krate::PropertyValue));
            seen.push(text);
        }
    }
    clause
}

fn type_params(generics: &Generics) -> impl Iterator<Item = &Ident> {
    generics.params.iter().filter_map(|param| match param {
        GenericParam::Type(param) => Some(&param.ident),
        _ => None,
    })
}

fn mentions(params: &[&Ident], tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => params.iter().any(|param| param.unraw() == ident.unraw()),
        TokenTree::Group(group) => mentions(params, group.stream()),
        _ => false,
    })
}

/// Where to show an error about a field's type, with names that resolve as ours.
fn at(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}
