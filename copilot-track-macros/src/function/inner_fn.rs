//! Moves the body into an inner function that has the signature of the annotated function.
//!
//! ```text
//! input    #[track_caller] fn f(a: A, _: B) -> T { body }
//! output   { #[track_caller] #[inline] fn copilot_track_body(a: A, _: B) -> T { body } copilot_track_body(a, __arg1) }
//! ```
//!
//! An inner function has two advantages over a closure: it can be `#[track_caller]`, and its return
//! type determines which lifetimes a returned closure must accept. However, it cannot use `self` or
//! the generics of a surrounding impl, which the macro cannot see. An inner function is therefore
//! used only if one of these advantages is needed and no token looks like `self` or a name from a
//! surrounding impl. Otherwise, the body becomes a closure, which has neither advantage.

use proc_macro2::{Delimiter, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, FnArg, GenericParam, Pat, Safety, Signature};

use super::{
    params::{Outside, is_variable},
    tokens::mentions,
    tracked_fn::TrackedFn,
};

impl TrackedFn {
    /// Returns whether the function is `#[track_caller]`, or may inherit the attribute.
    pub(crate) fn is_track_caller(&self) -> bool {
        self.inherits_track_caller()
            || self
                .attrs
                .iter()
                .any(|attr| attr.path().is_ident("track_caller"))
    }

    /// Returns whether the function may be a method of a standard trait that is `#[track_caller]`
    /// in the trait, and therefore in all impls.
    pub(super) fn inherits_track_caller(&self) -> bool {
        matches!(self.sig.inputs.first(), Some(FnArg::Receiver(_)))
            && inherits_track_caller(&self.sig.ident.to_string())
    }

    /// Returns the attribute `#[track_caller]` if the function is certainly a method or another
    /// function of an impl or a trait: it mentions `self` or `Self`.
    pub(crate) fn track_caller_of_method(&self) -> Option<&Attribute> {
        let attr = self
            .attrs
            .iter()
            .find(|attr| attr.path().is_ident("track_caller"))?;
        let tokens = || {
            self.sig
                .to_token_stream()
                .into_iter()
                .chain(self.body.stream())
        };
        ["self", "Self"]
            .iter()
            .any(|name| mentions(tokens().collect(), name))
            .then_some(attr)
    }

    /// Returns whether the function returns an `impl Fn…`.
    pub(crate) fn returns_closure(&self) -> bool {
        self.returns_fn_trait(|_| true)
    }

    /// Returns whether the function returns an `impl Fn…` that takes references with any lifetime.
    pub(crate) fn returns_higher_ranked_closure(&self) -> bool {
        self.returns_fn_trait(contains_reference)
    }

    fn returns_fn_trait(&self, takes: fn(TokenStream) -> bool) -> bool {
        fn contains_fn_trait(tokens: TokenStream, takes: fn(TokenStream) -> bool) -> bool {
            let mut last = String::new();
            tokens.into_iter().any(|token| {
                let TokenTree::Group(group) = &token else {
                    last = token.to_string();
                    return false;
                };
                let is_fn_trait = last.trim_start_matches("Async").starts_with("Fn");
                (is_fn_trait && takes(group.stream())) || contains_fn_trait(group.stream(), takes)
            })
        }
        self.returns_impl_trait() && contains_fn_trait(self.sig.output.to_token_stream(), takes)
    }

    /// Returns an inner function that contains the body, and a call to it. `outside` are the tokens
    /// outside the call that may use the parameters. Returns `None` if the body must become a
    /// closure.
    pub(crate) fn make_inner_fn(&mut self, outside: &TokenStream) -> Option<TokenStream> {
        let sig = &self.sig;
        let outside = Outside {
            tokens: outside,
            attrs: &self.attrs,
        };
        let is_plain =
            sig.asyncness.is_none() && sig.abi.is_none() && matches!(sig.safety, Safety::Default);
        if !is_plain
            || !sig.inputs.iter().all(|arg| can_be_forwarded(arg, &outside))
            || uses_outer_names(sig, &self.body)
        {
            return None;
        }
        let mut function = sig.clone();
        // With the user's span, the compiler merges errors about the two signatures.
        function.ident = Ident::new("copilot_track_body", sig.ident.span());
        let name = &function.ident;
        let generics = function.generics.params.iter();
        let generics = generics.filter_map(|param| match param {
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
            GenericParam::Lifetime(_) => None,
        });
        let call = quote!(#name::<#(#generics),*>);
        let arguments = self.sig.inputs.iter_mut().enumerate();
        let arguments: Vec<_> = arguments
            .map(|(index, arg)| forward_argument(arg, index))
            .collect();
        let attr = self
            .is_track_caller()
            .then(|| quote!(#[track_caller] #[inline]));
        let body = &self.body;
        Some(quote!({ #attr #function #body #call(#(#arguments),*) }))
    }
}

/// Returns whether a method with this name is `#[track_caller]` if it belongs to a trait of `std`.
pub(crate) fn inherits_track_caller(name: &str) -> bool {
    matches!(name, "index" | "index_mut")
}

/// Returns whether `tokens` contain a reference or a lifetime.
fn contains_reference(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => matches!(punct.as_char(), '&' | '\''),
        TokenTree::Group(group) => contains_reference(group.stream()),
        _ => false,
    })
}

/// Returns whether a parameter can be passed to the inner function. The variables of a pattern
/// exist only in the inner function, so no other code may use them.
fn can_be_forwarded(arg: &FnArg, outside: &Outside<'_>) -> bool {
    let FnArg::Typed(arg) = arg else {
        return false;
    };
    let is_usable_outside = is_variable(&arg.pat) || !outside.may_use(&arg.pat);
    is_usable_outside && !arg.attrs.iter().any(|attr| attr.path().is_ident("cfg"))
}

/// Returns the variable that is passed to the inner function. Removes its `mut` and its attributes,
/// because they apply to the parameter of the inner function.
fn forward_argument(arg: &mut FnArg, index: usize) -> Option<Ident> {
    let FnArg::Typed(arg) = arg else {
        return None;
    };
    arg.attrs.clear();
    if let Pat::Ident(pat) = &mut *arg.pat
        && pat.by_ref.is_none()
        && pat.subpat.is_none()
    {
        pat.mutability = None;
        return Some(pat.ident.clone());
    }
    let name = format_ident!("__arg{index}", span = Span::mixed_site());
    *arg.pat = Pat::Verbatim(name.to_token_stream());
    Some(name)
}

/// Returns whether the function may use a name of a surrounding impl.
fn uses_outer_names(sig: &Signature, body: &impl ToTokens) -> bool {
    let mut own_names: Vec<String> = vec!["static".to_owned(), "_".to_owned()];
    own_names.extend(sig.generics.params.iter().map(|param| match param {
        GenericParam::Lifetime(param) => param.lifetime.ident.to_string(),
        GenericParam::Type(param) => param.ident.to_string(),
        GenericParam::Const(param) => param.ident.to_string(),
    }));
    mentions_outer_name(sig.to_token_stream(), &mut own_names)
        || mentions_outer_name(body.to_token_stream(), &mut own_names)
}

/// Names of the standard prelude. Other capitalized names may be parameters of a surrounding impl.
const PRELUDE: &[&str] = &[
    "AsMut",
    "AsRef",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "Box",
    "Clone",
    "Copy",
    "Default",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

/// Returns whether `tokens` contain `self`, `Self`, an undeclared lifetime, or a name that may be a
/// type parameter or const parameter of a surrounding impl.
///
/// A name after `::`, before `(`, or before `!` is not a parameter, and neither is a type with
/// generic arguments. `Location` is assumed to be the type from the standard library.
pub(super) fn mentions_outer_name(tokens: TokenStream, own_names: &mut Vec<String>) -> bool {
    let (mut after_apostrophe, mut after_path, mut in_for_binder) = (false, false, false);
    let mut last_was_joint_colon = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_lifetime = std::mem::take(&mut after_apostrophe);
        let is_segment = std::mem::take(&mut after_path);
        match token {
            TokenTree::Group(group) => {
                if mentions_outer_name(group.stream(), own_names) {
                    return true;
                }
            }
            TokenTree::Punct(punct) => {
                after_apostrophe = punct.as_char() == '\'';
                after_path = punct.as_char() == ':'
                    && punct.spacing() == Spacing::Alone
                    && last_was_joint_colon;
                last_was_joint_colon = punct.as_char() == ':' && punct.spacing() == Spacing::Joint;
                in_for_binder &= punct.as_char() != '>';
            }
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                let is_parameter_excluded = match tokens.peek() {
                    Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
                    Some(TokenTree::Punct(punct)) => match punct.as_char() {
                        '!' => true,
                        // After an uppercase name, `<` may be a comparison with a const parameter.
                        '<' => name.contains(char::is_lowercase),
                        ':' => name == "Location",
                        _ => false,
                    },
                    _ => false,
                };
                let may_be_parameter = name.starts_with(|first: char| first.is_uppercase())
                    && !is_segment
                    && !is_parameter_excluded
                    && !PRELUDE.contains(&name.as_str());
                if name == "for" {
                    in_for_binder = true;
                } else if is_lifetime && in_for_binder {
                    own_names.push(name);
                } else if name == "self"
                    || name == "Self"
                    || ((is_lifetime || may_be_parameter) && !own_names.contains(&name))
                {
                    return true;
                }
            }
            TokenTree::Literal(_) => {}
        }
    }
    false
}
