//! Keeps the drop order of the parameters when the body is wrapped.
//!
//! A function drops its parameters after the locals of its body, in reverse order. A closure or
//! async block drops its captures in the order in which it captures them. The wrapped body
//! therefore starts by capturing the parameters in reverse order:
//!
//! ```text
//! input    fn f(self, first: A, last: B) -> T { body }
//! output   … move || -> T { captured(&last); captured(&first); captured(&self); { body } }
//! ```
//!
//! An async function may become a function that returns one async block. The block treats the
//! parameters as the compiler does in an async function: it captures them in order and destructures
//! them when it is first polled. The drop order is then the same, even if the future is dropped
//! before it is polled:
//!
//! ```text
//! input    async fn f(self, first: A, (b, _): (B, C)) -> T { body }
//! output   fn f(self, first: A, __arg2: (B, C)) -> impl Future<Output = T> {
//!              async move {
//!                  captured(&self);
//!                  let first = first;
//!                  let __arg2 = __arg2;
//!                  let (b, _) = __arg2;
//!                  { body }
//!              }
//!          }
//! ```
//!
//! References are omitted, because dropping them has no effect.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, FnArg, Pat, PatIdent, PatSlice, PatTuple, PatTupleStruct, PatType, Receiver,
    ReceiverKind, Signature, Token, Type,
};

/// Returns the statements that make a closure or async block capture the parameters. Names each
/// parameter that has no name (`_: T`).
pub(super) fn capture_statements(sig: &mut Signature, call_site: &Ident) -> TokenStream {
    let mut captures: Vec<TokenStream> = Vec::new();
    for (index, arg) in sig.inputs.iter_mut().enumerate() {
        match arg {
            FnArg::Receiver(receiver) => captures.extend(capture_receiver(receiver, call_site)),
            FnArg::Typed(arg) if may_need_drop(&arg.ty) => {
                if let Pat::Wild(_) = &*arg.pat {
                    name_param(arg, index);
                }
                let mut bindings = Vec::new();
                collect_bindings(&arg.pat, &cfg_attrs(&arg.attrs), &mut bindings);
                captures.extend(
                    bindings
                        .into_iter()
                        .map(|(cfgs, name)| quote!(#(#cfgs)* #call_site.capture(&#name);)),
                );
            }
            FnArg::Typed(_) => {}
        }
    }
    captures.into_iter().rev().collect()
}

/// Returns the statements that move the parameters of an async function into the async block that
/// replaces its body. Replaces parameter patterns with names.
pub(super) fn move_statements(sig: &mut Signature, call_site: &Ident) -> TokenStream {
    let mut moves = TokenStream::new();
    for (index, arg) in sig.inputs.iter_mut().enumerate() {
        match arg {
            FnArg::Receiver(receiver) => moves.extend(capture_receiver(receiver, call_site)),
            FnArg::Typed(arg) if may_need_drop(&arg.ty) => moves.extend(move_param(arg, index)),
            FnArg::Typed(_) => {}
        }
    }
    moves
}

fn capture_receiver(receiver: &Receiver, call_site: &Ident) -> Option<TokenStream> {
    let owned = match &receiver.kind {
        ReceiverKind::Value => true,
        ReceiverKind::Typed(_, ty) => may_need_drop(ty),
        _ => false,
    };
    let cfgs = cfg_attrs(&receiver.attrs);
    let token: &Token![self] = &receiver.self_token;
    owned.then(|| quote!(#(#cfgs)* #call_site.capture(&#token);))
}

fn move_param(arg: &mut PatType, index: usize) -> TokenStream {
    let cfgs = cfg_attrs(&arg.attrs);
    // Lint attributes move with the variable into the block.
    let (lints, others) = std::mem::take(&mut arg.attrs)
        .into_iter()
        .partition::<Vec<_>, _>(is_lint_attr);
    arg.attrs = others;
    if let Pat::Ident(PatIdent {
        by_ref: None,
        mutability,
        ident,
        subpat: None,
        ..
    }) = &mut *arg.pat
    {
        let mutability = mutability.take();
        let underscored = ident.to_string().starts_with('_').then(|| {
            quote!(#[allow(clippy::no_effect_underscore_binding, clippy::used_underscore_binding)])
        });
        return quote!(#(#cfgs)* #(#lints)* #underscored let #mutability #ident = #ident;);
    }
    let pattern = arg.pat.clone();
    let name = name_param(arg, index);
    if let Pat::Wild(_) = &*pattern {
        return quote!(#(#cfgs)* let #name = #name;);
    }
    quote!(#(#cfgs)* let #name = #name; #(#cfgs)* #(#lints)* let #pattern = #name;)
}

/// Replaces the pattern of a parameter with a name that user code cannot see.
fn name_param(arg: &mut PatType, index: usize) -> Ident {
    let name = format_ident!("__arg{index}", span = Span::mixed_site());
    *arg.pat = Pat::Verbatim(name.to_token_stream());
    name
}

fn cfg_attrs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .cloned()
        .collect()
}

fn is_lint_attr(attr: &Attribute) -> bool {
    ["allow", "warn", "deny", "forbid", "expect"]
        .iter()
        .any(|level| attr.path().is_ident(level))
}

/// Returns whether dropping a value of this type may have an effect, judging by the type's tokens.
fn may_need_drop(ty: &Type) -> bool {
    const PLAIN: &[&str] = &[
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize",
    ];
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => false,
        Type::Group(group) => may_need_drop(&group.elem),
        Type::Paren(paren) => may_need_drop(&paren.elem),
        Type::Path(path) => !path
            .path
            .get_ident()
            .is_some_and(|ident| PLAIN.contains(&ident.to_string().as_str())),
        _ => true,
    }
}

/// Collects the names that a pattern binds, each with the `#[cfg]` attributes that apply to it.
fn collect_bindings<'a>(
    pat: &'a Pat,
    cfgs: &[Attribute],
    bindings: &mut Vec<(Vec<Attribute>, &'a Ident)>,
) {
    match pat {
        Pat::Ident(pat) => {
            // An uppercase identifier such as `None` is a constant pattern, not a binding.
            if !pat.ident.to_string().starts_with(char::is_uppercase) {
                bindings.push((cfgs.to_vec(), &pat.ident));
            }
            if let Some((_, inner)) = &pat.subpat {
                collect_bindings(inner, cfgs, bindings);
            }
        }
        Pat::Paren(pat) => collect_bindings(&pat.pat, cfgs, bindings),
        Pat::Reference(pat) => collect_bindings(&pat.pat, cfgs, bindings),
        Pat::Type(pat) => collect_bindings(&pat.pat, cfgs, bindings),
        Pat::Slice(PatSlice { elems, .. })
        | Pat::Tuple(PatTuple { elems, .. })
        | Pat::TupleStruct(PatTupleStruct { elems, .. }) => elems
            .iter()
            .for_each(|pat| collect_bindings(pat, cfgs, bindings)),
        Pat::Struct(pat) => {
            for field in &pat.fields {
                let cfgs = [cfgs, &cfg_attrs(&field.attrs)].concat();
                collect_bindings(&field.pat, &cfgs, bindings);
            }
        }
        // Every alternative binds the same names.
        Pat::Or(pat) => {
            if let Some(first) = pat.cases.first() {
                collect_bindings(first, cfgs, bindings);
            }
        }
        _ => {}
    }
}
