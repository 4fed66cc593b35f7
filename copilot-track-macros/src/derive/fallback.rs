//! The impls that are emitted after an error.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use super::parse::ContainerAttrs;
use crate::meta::crate_path;

/// Returns impls without properties. The event can also be listed in `plan!`.
pub(crate) fn expand(input: &DeriveInput, container: &ContainerAttrs) -> TokenStream {
    let crate_path = crate_path::or_default(container.crate_path.as_ref());
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #crate_path::TrackEvent for #ident #ty_generics #where_clause {
            fn name(&self) -> ::std::borrow::Cow<'static, ::core::primitive::str> {
                ::std::borrow::Cow::Borrowed("")
            }
            fn write_properties(&self, _: &mut #crate_path::Properties<'_>) {}
        }
        #[automatically_derived]
        impl #impl_generics #crate_path::args::PlannedEvent for #ident #ty_generics #where_clause {
            fn describe(_: &mut #crate_path::__private::Description) {}
        }
    }
}
