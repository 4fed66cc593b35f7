//! Generates the impl for a valid event.
//!
//! Input:
//!
//! ```text
//! #[derive(TrackEvent)]
//! struct ItemPurchased<T> { item_id: String, #[track(content)] note: String, #[track(flatten)] rest: T }
//! ```
//!
//! Output, without attributes:
//!
//! ```text
//! impl<T> ::copilot_track::TrackEvent for ItemPurchased<T> where T: ::copilot_track::PropertyValue {
//!     fn name(&self) -> Cow<'static, str> { Cow::Borrowed("Item Purchased") }
//!     fn write_properties(&self, properties: &mut ::copilot_track::Properties<'_>) {
//!         properties.property("itemId", &self.item_id);
//!         properties.content("note", &self.note);
//!         properties.flatten(&self.rest);
//!     }
//!     fn size_hint(&self) -> usize { size_of_val(self) + /* length of each text */ }
//!     fn shorten(&mut self) { /* cuts each text that is too long for the queue */ }
//! }
//! ```

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, WhereClause, spanned::Spanned};

use super::{
    bounds::where_clause,
    event::{Event, EventName, Property, PropertyKind},
    types::type_span,
};
use crate::meta::crate_path;

/// Returns the impls for a valid event.
pub(crate) fn track_event(event: &Event<'_>) -> TokenStream {
    let crate_path = crate_path::or_default(event.crate_path);
    let Event {
        ident, generics, ..
    } = event;
    let name = match &event.name {
        EventName::Literal(name) => quote!(#name),
        EventName::Constant(_) => constant_name(&quote!(Self), &crate_path),
    };
    let where_clause = where_clause(event, &crate_path);
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let writes = event
        .properties
        .iter()
        .map(|property| write_call(event, property));
    let argument = if event.properties.is_empty() {
        quote!(_)
    } else {
        quote!(properties)
    };
    let size_hint = size_hint(event, &crate_path);
    let shorten = shorten(event, &crate_path);
    let named_impl = named_impl(event, &crate_path, where_clause.as_ref());
    let name_check = name_check(event, where_clause.as_ref());
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_qualifications, clippy::all, clippy::pedantic)]
        impl #impl_generics #crate_path::TrackEvent for #ident #ty_generics #where_clause {
            fn name(&self) -> ::std::borrow::Cow<'static, ::core::primitive::str> {
                ::std::borrow::Cow::Borrowed(#name)
            }
            fn write_properties(&self, #argument: &mut #crate_path::Properties<'_>) {
                #(#writes)*
            }
            #size_hint
            #shorten
        }
        #named_impl
        #name_check
    }
}

/// Returns the impl with the value of the constant that names the event. A path that starts with
/// `Self` can only be used inside an impl.
fn named_impl(
    event: &Event<'_>,
    crate_path: &TokenStream,
    where_clause: Option<&WhereClause>,
) -> Option<TokenStream> {
    let EventName::Constant(path) = &event.name else {
        return None;
    };
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    Some(quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_qualifications, clippy::all, clippy::pedantic)]
        impl #impl_generics #crate_path::__private::ConstantName for #ident #ty_generics #where_clause {
            const EVENT_NAME_OF_COPILOT_TRACK: &'static ::core::primitive::str =
                #crate_path::__private::event_name(#path);
        }
    })
}

/// Returns the value of the constant that names the event `ty`.
pub(super) fn constant_name(ty: &TokenStream, crate_path: &TokenStream) -> TokenStream {
    quote!(<#ty as #crate_path::__private::ConstantName>::EVENT_NAME_OF_COPILOT_TRACK)
}

/// Returns a constant whose evaluation fails if the constant that names the event is unusable.
fn name_check(event: &Event<'_>, where_clause: Option<&WhereClause>) -> Option<TokenStream> {
    let EventName::Constant(path) = &event.name else {
        return None;
    };
    let span = Span::call_site().located_at(path.span());
    let (crate_path, problem) = (crate_path_at(event, span), local("problem", span));
    let Event {
        ident, generics, ..
    } = event;
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let check = quote_spanned!(span=>
        if let ::core::option::Option::Some(#problem) =
            #crate_path::__private::event_name_problem(
                <#ident #ty_generics as #crate_path::__private::ConstantName>::EVENT_NAME_OF_COPILOT_TRACK
            )
        {
            ::core::panic!("{}", #problem)
        }
    );
    if generics.params.is_empty() {
        return Some(quote_spanned!(span=> const _: () = #check;));
    }
    let constant = Ident::new("COPILOT_TRACK_EVENT_NAME", span);
    Some(quote! {
        impl #impl_generics #ident #ty_generics #where_clause {
            #[doc(hidden)]
            #[allow(dead_code)]
            const #constant: () = #check;
        }
    })
}

/// Returns a reference to a field. A field of a packed struct is copied.
fn field_ref(event: &Event<'_>, property: &Property<'_>) -> TokenStream {
    let (span, member) = (type_span(property.ty), &property.member);
    if event.is_packed {
        quote_spanned!(span=> &{ self.#member })
    } else {
        quote_spanned!(span=> &self.#member)
    }
}

/// Returns a name that the user's paths cannot refer to.
fn local(name: &str, location: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(location))
}

/// Returns the path to the library. Errors point at `span`.
fn crate_path_at(event: &Event<'_>, span: Span) -> TokenStream {
    event.crate_path.map_or_else(
        || quote_spanned!(span=> ::copilot_track),
        |path| quote!(#path),
    )
}

fn write_call(event: &Event<'_>, property: &Property<'_>) -> TokenStream {
    let span = type_span(property.ty);
    let mut value = field_ref(event, property);
    let skip_if = property.skip_if.as_ref().map(|skip_if| {
        let span = Span::call_site().located_at(skip_if.span());
        quote_spanned!(span=> if !#skip_if(#value))
    });
    if let Some(serialize) = &property.serialize_with {
        let span = Span::call_site().located_at(serialize.span());
        let (argument, serializer) = (local("value", span), local("serializer", span));
        let crate_path = crate_path_at(event, span);
        value = quote_spanned!(span=>
            &#crate_path::__private::serialize_with(#value, |#argument, #serializer| #serialize(#argument, #serializer))
        );
    }
    let write = match &property.kind {
        PropertyKind::Plain(name) => {
            quote_spanned!(span=> properties.property(#name, #value);)
        }
        PropertyKind::Content(name) => {
            quote_spanned!(span=> properties.content(#name, #value);)
        }
        PropertyKind::Flatten if property.serialize_with.is_some() => {
            quote_spanned!(span=> properties.flatten(#value);)
        }
        PropertyKind::Flatten => {
            let crate_path = crate_path_at(event, span);
            quote_spanned!(span=> {
                #[allow(unused_imports)]
                use #crate_path::__private::{AnyFlattened as _, SingleFlattened as _};
                #crate_path::args::FlattenedField::accept(&(&&#crate_path::__private::FlattenProbe(#value)).entries());
                properties.flatten(#value);
            })
        }
    };
    match skip_if {
        Some(skip_if) => quote!(#skip_if { #write }),
        None => write,
    }
}

/// Returns the `size_hint` method: the size of the struct plus the length of each text field.
/// Method resolution selects the length for a text field and zero for any other field.
fn size_hint(event: &Event<'_>, crate_path: &TokenStream) -> TokenStream {
    let texts = event.properties.iter().map(|property| {
        let value = field_ref(event, property);
        quote!(+ (&&#crate_path::__private::SizeProbe(#value)).text_len())
    });
    let import = (!event.properties.is_empty()).then(|| {
        quote! {
            #[allow(unused_imports)]
            use #crate_path::__private::{OtherField as _, TextField as _};
        }
    });
    quote! {
        fn size_hint(&self) -> ::core::primitive::usize {
            #import
            ::core::mem::size_of_val(self) #(#texts)*
        }
    }
}

/// Returns the `shorten` method, which cuts the text fields that are too long for the queue. Method
/// resolution selects the fields, as for `size_hint`. The function of `with` receives the whole
/// value, so these fields are not cut.
fn shorten(event: &Event<'_>, crate_path: &TokenStream) -> Option<TokenStream> {
    // The fields of a packed struct are `Copy`, so they own no text.
    if event.is_packed {
        return None;
    }
    let properties = event.properties.iter();
    let properties = properties.filter(|property| property.serialize_with.is_none());
    let fields: Vec<_> = properties
        .map(|property| {
            let member = &property.member;
            quote!((&mut &mut #crate_path::__private::ShortenProbe(&mut self.#member)).shorten();)
        })
        .collect();
    (!fields.is_empty()).then(|| {
        quote! {
            fn shorten(&mut self) {
                #[allow(unused_imports)]
                use #crate_path::__private::{LongTextField as _, OtherLongField as _};
                #(#fields)*
            }
        }
    })
}
