//! Which parameters a wrapped body owns.
//!
//! A function drops its parameters after the locals of its body, the last one first. When the body becomes a closure
//! or an async block, that block drops what it captured in the order of capture. So the parameters are mentioned, the
//! last one first, before anything else in it:
//!
//! ```text
//! move || { captured(&last); captured(&first); captured(&self); { body } }
//! ```
//!
//! References are left out: nothing happens when they are dropped.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, FnArg, Ident, Pat, ReceiverKind, Signature, Token, Type};

/// Parameters in the order of their drop.
pub(crate) struct Captures(Vec<(Vec<Attribute>, TokenStream)>);

impl Captures {
    pub(super) fn of(sig: &mut Signature) -> Self {
        let mut captured = Vec::new();
        for (index, arg) in sig.inputs.iter_mut().enumerate() {
            match arg {
                FnArg::Receiver(receiver) => {
                    let owned = match &receiver.kind {
                        ReceiverKind::Value => true,
                        ReceiverKind::Typed(_, ty) => may_drop(ty),
                        _ => false,
                    };
                    if owned {
                        let token: &Token![self] = &receiver.self_token;
                        captured.push((cfgs(&receiver.attrs), token.to_token_stream()));
                    }
                }
                FnArg::Typed(arg) if may_drop(&arg.ty) => {
                    if let Pat::Wild(_) = &*arg.pat {
                        let name = format_ident!("__arg{index}");
                        *arg.pat = syn::parse_quote!(#name);
                    }
                    let cfgs = cfgs(&arg.attrs);
                    let mut names = Vec::new();
                    bindings(&arg.pat, &mut names);
                    captured.extend(
                        names
                            .into_iter()
                            .map(|name| (cfgs.clone(), name.to_token_stream())),
                    );
                }
                FnArg::Typed(_) => {}
            }
        }
        captured.reverse();
        Self(captured)
    }

    /// The statements that come first in the block.
    pub(crate) fn statements(&self, private: &TokenStream) -> TokenStream {
        self.0
            .iter()
            .map(|(cfgs, name)| quote!(#(#cfgs)* #private::captured(&#name);))
            .collect()
    }
}

fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .cloned()
        .collect()
}

/// Whether dropping a value of this type can do anything, as far as its spelling says.
fn may_drop(ty: &Type) -> bool {
    const PLAIN: &[&str] = &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize",
    ];
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => false,
        Type::Group(group) => may_drop(&group.elem),
        Type::Paren(paren) => may_drop(&paren.elem),
        Type::Path(path) => !path
            .path
            .get_ident()
            .is_some_and(|ident| PLAIN.iter().any(|plain| ident == plain)),
        _ => true,
    }
}

/// The names that a pattern binds.
fn bindings<'a>(pat: &'a Pat, names: &mut Vec<&'a Ident>) {
    match pat {
        Pat::Ident(pat) => {
            // `None` and the like look like a binding, but are none.
            if !pat.ident.to_string().starts_with(char::is_uppercase) {
                names.push(&pat.ident);
            }
            if let Some((_, inner)) = &pat.subpat {
                bindings(inner, names);
            }
        }
        Pat::Paren(pat) => bindings(&pat.pat, names),
        Pat::Reference(pat) => bindings(&pat.pat, names),
        Pat::Type(pat) => bindings(&pat.pat, names),
        Pat::Slice(pat) => pat.elems.iter().for_each(|pat| bindings(pat, names)),
        Pat::Tuple(pat) => pat.elems.iter().for_each(|pat| bindings(pat, names)),
        Pat::TupleStruct(pat) => pat.elems.iter().for_each(|pat| bindings(pat, names)),
        Pat::Struct(pat) => pat
            .fields
            .iter()
            .for_each(|field| bindings(&field.pat, names)),
        // Every alternative binds the same names.
        Pat::Or(pat) => {
            if let Some(first) = pat.cases.first() {
                bindings(first, names);
            }
        }
        _ => {}
    }
}
