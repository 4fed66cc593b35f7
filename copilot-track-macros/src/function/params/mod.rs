//! Moves the parameters into the closure or async block that contains the body.
//!
//! Two properties of the function stay the same: the order in which the parameters are dropped, and
//! the warnings about the parameters. A function drops its parameters after the locals of its body,
//! in reverse order. A closure or async block drops its captures in the order in which it captures
//! them. The wrapped body therefore starts by moving the parameters into locals of the same name:
//!
//! ```text
//! input    fn f(self, mut first: A, (b, _): (B, C)) -> T { body }
//! output   fn f(self, first: A, __arg2: (B, C)) -> T {
//!              … move || -> T {
//!                  captured(&self);
//!                  let mut first = first;
//!                  let __arg2 = __arg2;
//!                  let (b, _) = __arg2;
//!                  { body }
//!              }
//!          }
//! ```
//!
//! The compiler does the same in an async function. Since the locals have the names of the
//! parameters, the compiler reports an unused parameter as usual. Parameters whose type has no
//! destructor, such as references, stay where they are, unless they are mutable.
//!
//! Other code may use the variables of a pattern: an argument of the attribute, or another
//! attribute on the function. The pattern then stays in the signature, and only its variables are
//! moved.
//!
//! | file | content |
//! | --- | --- |
//! | `moves.rs` | the statements that move one parameter |
//! | `bindings.rs` | the variables that a pattern binds |

mod bindings;
mod moves;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, FnArg, Pat, Receiver, ReceiverKind, Signature, Token, Type};

use super::{attrs::may_use, tokens::mentions};
use bindings::cfg_attrs;
pub(super) use bindings::{is_variable, names};
use moves::{move_bindings, move_param};

/// The parameters as a closure sees them.
pub(crate) struct ClosureParams {
    /// Whether the closure takes ownership of the parameters.
    pub(crate) is_move: bool,
    /// The statements with which the closure starts.
    pub(crate) statements: TokenStream,
}

/// The code outside the closure or async block that may use the parameters.
pub(super) struct Outside<'a> {
    /// The tokens that the attribute adds to the function.
    pub(super) tokens: &'a TokenStream,
    /// The attributes that remain on the function.
    pub(super) attrs: &'a [Attribute],
}

impl Outside<'_> {
    /// Returns whether the code may use a variable of a pattern.
    pub(super) fn may_use(&self, pat: &Pat) -> bool {
        if self.attrs.is_empty() && self.tokens.is_empty() {
            return false;
        }
        let names = names(pat);
        self.attrs.iter().any(|attr| may_use(attr, &names))
            || names.iter().any(|name| mentions(self.tokens.clone(), name))
    }
}

/// Returns the statements with which an async block starts that contains the body.
pub(super) fn async_block_params(
    sig: &mut Signature,
    outside: &Outside<'_>,
    body: &TokenStream,
    call_site: &Ident,
) -> TokenStream {
    let mut moves = TokenStream::new();
    for (index, arg) in sig.inputs.iter_mut().enumerate() {
        moves.extend(match arg {
            // Clippy would report a method whose block does not mention `self`, but it does not
            // report such an async method.
            FnArg::Receiver(receiver) => {
                let captured = is_owned(receiver) || !mentions(body.clone(), "self");
                captured.then(|| capture(receiver, call_site))
            }
            FnArg::Typed(arg) if may_need_drop(&arg.ty) || is_mutable(&arg.pat) => {
                Some(move_into(arg, index, outside))
            }
            FnArg::Typed(_) => None,
        });
    }
    moves
}

/// Returns how a closure that contains the body takes over the parameters.
pub(super) fn closure_params(
    sig: &mut Signature,
    outside: &Outside<'_>,
    body: &TokenStream,
    call_site: &Ident,
) -> ClosureParams {
    let needs_drop = |arg: &&FnArg| match arg {
        FnArg::Receiver(receiver) => is_owned(receiver),
        FnArg::Typed(arg) => may_need_drop(&arg.ty),
    };
    let is_pattern = |arg: &FnArg| match arg {
        FnArg::Receiver(_) => false,
        FnArg::Typed(arg) => !is_variable(&arg.pat),
    };
    // The drop order of a single variable needs no care. A closure without `move` then borrows the
    // variable if the body only borrows it, so that clippy sees that the function does not need
    // ownership.
    let mut dropped = sig.inputs.iter().filter(needs_drop);
    let is_single = !dropped.next().is_some_and(is_pattern) && dropped.next().is_none();
    let mut statements = TokenStream::new();
    for (index, arg) in sig.inputs.iter_mut().enumerate() {
        statements.extend(match arg {
            // A receiver that the closure does not capture is dropped last, as in any function.
            FnArg::Receiver(receiver) => {
                let captured = !is_single && is_owned(receiver) && mentions(body.clone(), "self");
                captured.then(|| capture(receiver, call_site))
            }
            FnArg::Typed(arg) if is_mutable(&arg.pat) || (!is_single && may_need_drop(&arg.ty)) => {
                Some(move_into(arg, index, outside))
            }
            FnArg::Typed(_) => None,
        });
    }
    ClosureParams {
        is_move: !is_single,
        statements,
    }
}

/// Returns the statements that move a parameter. A pattern is moved as a whole, so that the rest of
/// the value that the pattern does not bind is dropped in the usual order. If a variable of the
/// pattern may also be used outside, only the variables are moved.
fn move_into(arg: &mut syn::PatType, index: usize, outside: &Outside<'_>) -> TokenStream {
    if !is_variable(&arg.pat) && outside.may_use(&arg.pat) {
        return move_bindings(arg);
    }
    move_param(arg, index)
}

fn capture(receiver: &Receiver, call_site: &Ident) -> TokenStream {
    let cfgs = cfg_attrs(&receiver.attrs);
    let token: &Token![self] = &receiver.self_token;
    quote!(#(#cfgs)* #call_site.capture(&#token);)
}

/// Returns whether the function owns its receiver.
fn is_owned(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Value => true,
        ReceiverKind::Typed(_, ty) => may_need_drop(ty),
        _ => false,
    }
}

/// Returns whether a parameter is a variable declared with `mut`.
fn is_mutable(pat: &Pat) -> bool {
    matches!(pat, Pat::Ident(pat) if pat.mutability.is_some() && pat.by_ref.is_none())
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
