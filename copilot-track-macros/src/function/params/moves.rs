//! The statements that move one parameter into a closure or async block.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Pat, PatIdent, PatType};

use super::bindings::{cfg_attrs, take_bindings};

/// Returns the statements that move a parameter. Replaces a pattern with a name.
pub(super) fn move_param(arg: &mut PatType, index: usize) -> TokenStream {
    let cfgs = cfg_attrs(&arg.attrs);
    let lints = take_lint_attrs(arg);
    if let Pat::Ident(PatIdent {
        by_ref: None,
        mutability,
        ident,
        subpat: None,
        ..
    }) = &mut *arg.pat
    {
        let mutability = mutability.take();
        let allowed = allow_underscore(ident);
        return quote!(#(#cfgs)* #(#lints)* #allowed let #mutability #ident = #ident;);
    }
    let pattern = arg.pat.clone();
    let name = name_param(arg, index);
    if let Pat::Wild(_) = &*pattern {
        return quote!(#(#cfgs)* let #name = #name;);
    }
    quote!(#(#cfgs)* let #name = #name; #(#cfgs)* #(#lints)* let #pattern = #name;)
}

/// Returns the statements that move each variable of a pattern, which stays in the signature.
pub(super) fn move_bindings(arg: &mut PatType) -> TokenStream {
    let cfgs = cfg_attrs(&arg.attrs);
    let lints = take_lint_attrs(arg);
    let bindings = take_bindings(&mut arg.pat, &cfgs);
    if bindings.is_empty() {
        return TokenStream::new();
    }
    if bindings.iter().all(|binding| binding.cfgs.is_empty()) {
        // The lint attributes apply to all variables together.
        let idents: Vec<_> = bindings.iter().map(|binding| &binding.ident).collect();
        let mutabilities = bindings.iter().map(|binding| binding.mutability);
        return quote!(#(#lints)* let (#(#mutabilities #idents,)*) = (#(#idents,)*););
    }
    let moves = bindings.into_iter().map(|binding| {
        let (cfgs, mutability, ident) = (binding.cfgs, binding.mutability, binding.ident);
        quote!(#(#cfgs)* #(#lints)* let #mutability #ident = #ident;)
    });
    moves.collect()
}

/// Removes the lint attributes of a parameter. They move with its variables.
fn take_lint_attrs(arg: &mut PatType) -> Vec<Attribute> {
    let (lints, others) = std::mem::take(&mut arg.attrs)
        .into_iter()
        .partition(is_lint_attr);
    arg.attrs = others;
    lints
}

/// Returns an attribute for the new variable of an unused parameter.
fn allow_underscore(ident: &Ident) -> Option<TokenStream> {
    ident.to_string().starts_with('_').then(
        || quote!(#[allow(clippy::no_effect_underscore_binding, clippy::used_underscore_binding)]),
    )
}

/// Replaces the pattern of a parameter with a name that user code cannot see.
fn name_param(arg: &mut PatType, index: usize) -> Ident {
    let name = format_ident!("__arg{index}", span = Span::mixed_site());
    *arg.pat = Pat::Verbatim(name.to_token_stream());
    name
}

fn is_lint_attr(attr: &Attribute) -> bool {
    ["allow", "warn", "deny", "forbid", "expect"]
        .iter()
        .any(|level| attr.path().is_ident(level))
}
