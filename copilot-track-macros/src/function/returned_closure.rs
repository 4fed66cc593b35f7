//! Closures that a function returns as `impl Fn…`, also in a tuple.
//!
//! The compiler infers the parameter types of such a closure from the return type. It cannot do so
//! if the body's value is first bound to a variable. A helper function restores the expected type:
//!
//! ```text
//! input    fn f() -> impl Fn(&str, Ctx) -> usize { |text, ctx| … }
//! output   { fn copilot_track_closure<P0: ?Sized, P1, P2, F0: Fn(&P0, P1) -> P2>(value: F0) -> F0 { … }
//!            copilot_track_closure::<str, Ctx, usize, _>({ |text, ctx| … }) }
//! ```
//!
//! The helper is an item, so it cannot use the generics of a surrounding impl. Each type is
//! therefore a parameter of the helper.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{GenericParam, Lifetime, PathArguments, ReturnType, TraitBound, Type, TypeParamBound};

use super::{
    inner_fn::mentions_outer_name, return_type::contains_impl_trait, tracked_fn::TrackedFn,
};

impl TrackedFn {
    /// Returns a call that passes the body to a helper, which restores the closure's expected type.
    /// Returns `None` if the function does not return an `impl Fn…`, or if its types are too
    /// complex.
    pub(crate) fn body_as_closure(&self) -> Option<TokenStream> {
        let ReturnType::Type(_, ty) = &self.sig.output else {
            return None;
        };
        let helper = Helper::new(ty)?;
        Some(helper.call(&self.body))
    }
}

fn is_closure_trait(bound: &TraitBound) -> bool {
    bound.path.segments.last().is_some_and(|last| {
        matches!(last.arguments, PathArguments::Parenthesized(_))
            && [
                "Fn",
                "FnMut",
                "FnOnce",
                "AsyncFn",
                "AsyncFnMut",
                "AsyncFnOnce",
            ]
            .iter()
            .any(|name| last.ident == name)
    })
}

#[derive(Default)]
struct Helper {
    /// The lifetimes of the current bound's `for<…>`.
    binder: Vec<String>,
    /// The parameters of the helper that stand for types, each with its type.
    params: Vec<(TokenStream, TokenStream)>,
    /// The parameters of the helper that stand for closures, with their bounds.
    closures: Vec<TokenStream>,
    /// The type of the helper's argument.
    value: TokenStream,
}

impl Helper {
    /// Returns `None` if the type contains no `impl Fn…`, or if its types are too complex.
    fn new(ty: &Type) -> Option<Self> {
        let mut helper = Self::default();
        helper.value = helper.value_type(ty)?;
        (!helper.closures.is_empty()).then_some(helper)
    }

    /// Returns the type of the returned value. A generic parameter replaces each `impl Fn…` and
    /// each other type.
    fn value_type(&mut self, ty: &Type) -> Option<TokenStream> {
        match ty {
            Type::Group(group) => self.value_type(&group.elem),
            Type::Paren(paren) => self.value_type(&paren.elem),
            Type::ImplTrait(opaque) => {
                let bound = opaque.bounds.iter().find_map(|bound| match bound {
                    TypeParamBound::Trait(bound) => is_closure_trait(bound).then_some(bound),
                    _ => None,
                })?;
                let bound = self.closure_bound(bound)?;
                let name = format_ident!("F{}", self.closures.len(), span = Span::mixed_site());
                self.closures.push(quote!(#name: #bound));
                Some(quote!(#name))
            }
            Type::Tuple(tuple) => {
                let elements = tuple.elems.iter().map(|ty| self.value_type(ty));
                let elements: Vec<_> = elements.collect::<Option<_>>()?;
                Some(quote!((#(#elements,)*)))
            }
            // The compiler does not pass the bounds on to the argument of `Some(…)` or `Ok(…)`.
            ty if contains_impl_trait(ty) => None,
            ty => {
                let name = format_ident!("P{}", self.params.len(), span = Span::mixed_site());
                self.params.push((quote!(#name), quote!(#ty)));
                Some(quote!(#name))
            }
        }
    }

    fn closure_bound(&mut self, bound: &TraitBound) -> Option<TokenStream> {
        let binder = bound.lifetimes.iter().flat_map(|binder| &binder.lifetimes);
        let binder = binder.filter_map(|param| match param {
            GenericParam::Lifetime(param) => Some(param.lifetime.ident.to_string()),
            _ => None,
        });
        self.binder = binder.collect();
        let (path, lifetimes) = (&bound.path, &bound.lifetimes);
        let last = path.segments.last()?;
        let PathArguments::Parenthesized(arguments) = &last.arguments else {
            return None;
        };
        let inputs = arguments.inputs.iter();
        let inputs: Vec<_> = inputs
            .map(|arg| self.abstracted(&arg.ty, true))
            .collect::<Option<_>>()?;
        let output = match &arguments.output {
            ReturnType::Default => None,
            ReturnType::Type(arrow, ty) => {
                let ty = self.abstracted(ty, true)?;
                Some(quote!(#arrow #ty))
            }
        };
        let name = &last.ident;
        Some(quote!(#lifetimes ::core::ops::#name(#(#inputs),*) #output))
    }

    /// Returns the type with each type behind a reference replaced by a generic parameter. Returns
    /// `None` if one of these types depends both on the bound and on a name from outside the
    /// function.
    fn abstracted(&mut self, ty: &Type, is_sized: bool) -> Option<TokenStream> {
        match ty {
            Type::Reference(reference) if self.is_bound(reference.lifetime.as_ref()) => {
                let (and, lifetime, mutability) = (
                    &reference.and_token,
                    &reference.lifetime,
                    &reference.mutability,
                );
                let target = self.abstracted(&reference.elem, false)?;
                Some(quote!(#and #lifetime #mutability #target))
            }
            Type::Tuple(tuple) if tuple.elems.is_empty() => Some(quote!(())),
            ty if depends_on_bound(ty.to_token_stream(), &self.binder) => {
                let mut own_names = self.binder.clone();
                own_names.extend(["static".to_owned(), "_".to_owned()]);
                let tokens = ty.to_token_stream();
                (!mentions_outer_name(tokens.clone(), &mut own_names)).then_some(tokens)
            }
            ty => {
                let name = format_ident!("P{}", self.params.len(), span = Span::mixed_site());
                let bound = (!is_sized).then(|| quote!(: ?::core::marker::Sized));
                self.params.push((quote!(#name #bound), quote!(#ty)));
                Some(quote!(#name))
            }
        }
    }

    /// Returns whether a reference's lifetime is elided or belongs to the bound.
    fn is_bound(&self, lifetime: Option<&Lifetime>) -> bool {
        lifetime.is_none_or(|lifetime| {
            lifetime.ident == "_" || self.binder.iter().any(|name| lifetime.ident == name)
        })
    }

    fn call(&self, body: &Group) -> TokenStream {
        let Self {
            closures,
            params,
            value,
            ..
        } = self;
        let name = Ident::new("copilot_track_closure", Span::call_site());
        let (declared, types): (Vec<_>, Vec<_>) =
            params.iter().map(|(param, ty)| (param, ty)).unzip();
        let inferred = closures.iter().map(|_| quote!(_));
        quote!({
            #[inline]
            fn #name<#(#declared,)* #(#closures),*>(value: #value) -> #value { value }
            #name::<#(#types,)* #(#inferred),*>(#body)
        })
    }
}

/// Returns whether a type contains an elided lifetime or a lifetime of `binder`. Such a type cannot
/// be an argument of the helper.
fn depends_on_bound(tokens: TokenStream, binder: &[String]) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    let mut after_apostrophe = false;
    while let Some(token) = tokens.next() {
        let is_lifetime = std::mem::take(&mut after_apostrophe);
        let depends = match token {
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                !matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '\'')
            }
            TokenTree::Punct(punct) => {
                after_apostrophe = punct.as_char() == '\'';
                punct.as_char() == '!'
            }
            TokenTree::Ident(ident) if is_lifetime => {
                ident == "_" || binder.iter().any(|name| ident == name)
            }
            TokenTree::Ident(ident) => ident == "impl" || ident == "_" || ident == "for",
            TokenTree::Group(group) => depends_on_bound(group.stream(), binder),
            TokenTree::Literal(_) => false,
        };
        if depends {
            return true;
        }
    }
    false
}
