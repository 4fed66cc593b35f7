//! The variables that a pattern binds.

use proc_macro2::Ident;
use syn::{Attribute, Pat, PatIdent, PatSlice, PatTuple, PatTupleStruct, Token};

/// A variable that a pattern binds by value.
pub(super) struct Binding {
    /// The `#[cfg]` attributes that apply to the variable.
    pub(super) cfgs: Vec<Attribute>,
    pub(super) mutability: Option<Token![mut]>,
    pub(super) ident: Ident,
}

/// Returns whether a pattern is a variable or `_`.
pub(in crate::function) fn is_variable(pat: &Pat) -> bool {
    match pat {
        Pat::Ident(PatIdent { by_ref, subpat, .. }) => by_ref.is_none() && subpat.is_none(),
        Pat::Wild(_) | Pat::Verbatim(_) => true,
        _ => false,
    }
}

/// Returns the names of the variables that a pattern binds.
pub(in crate::function) fn names(pat: &Pat) -> Vec<String> {
    take_bindings(&mut pat.clone(), &[])
        .iter()
        .map(|binding| binding.ident.to_string())
        .collect()
}

/// Returns the variables that a pattern binds by value, and makes them immutable.
pub(super) fn take_bindings(pat: &mut Pat, cfgs: &[Attribute]) -> Vec<Binding> {
    let mut bindings = Vec::new();
    collect(pat, cfgs, &mut bindings);
    bindings
}

fn collect(pat: &mut Pat, cfgs: &[Attribute], bindings: &mut Vec<Binding>) {
    match pat {
        Pat::Ident(pat) => {
            // An uppercase identifier such as `None` is a constant pattern, not a binding.
            if pat.by_ref.is_none() && !pat.ident.to_string().starts_with(char::is_uppercase) {
                bindings.push(Binding {
                    cfgs: cfgs.to_vec(),
                    mutability: pat.mutability.take(),
                    ident: pat.ident.clone(),
                });
            }
            if let Some((_, inner)) = &mut pat.subpat {
                collect(inner, cfgs, bindings);
            }
        }
        Pat::Paren(pat) => collect(&mut pat.pat, cfgs, bindings),
        Pat::Reference(pat) => collect(&mut pat.pat, cfgs, bindings),
        Pat::Type(pat) => collect(&mut pat.pat, cfgs, bindings),
        Pat::Slice(PatSlice { elems, .. })
        | Pat::Tuple(PatTuple { elems, .. })
        | Pat::TupleStruct(PatTupleStruct { elems, .. }) => elems
            .iter_mut()
            .for_each(|pat| collect(pat, cfgs, bindings)),
        Pat::Struct(pat) => {
            for field in &mut pat.fields {
                let cfgs = [cfgs, &cfg_attrs(&field.attrs)].concat();
                collect(&mut field.pat, &cfgs, bindings);
            }
        }
        // Every alternative binds the same names.
        Pat::Or(pat) => {
            if let Some(first) = pat.cases.first_mut() {
                collect(first, cfgs, bindings);
            }
        }
        _ => {}
    }
}

/// Returns the `#[cfg]` attributes.
pub(super) fn cfg_attrs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .cloned()
        .collect()
}
