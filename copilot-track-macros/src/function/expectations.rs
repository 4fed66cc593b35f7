//! Lint expectations on the annotated function.
//!
//! Some lints look at the form of the body, or at the `async` keyword. They no longer report
//! anything if the body is wrapped, so an expectation of such a lint would be unfulfilled. The
//! expansion therefore allows these lints instead of expecting them. All of them are lints of
//! clippy, except `async_fn_in_trait`.

use quote::ToTokens;
use syn::{
    Attribute, Ident, Meta, Path, Token, parse_quote, punctuated::Punctuated, spanned::Spanned,
};

use super::tracked_fn::TrackedFn;

/// Lints that every expansion hides, because the new function uses a static, or because clippy does
/// not report them in code that a macro expands to.
const ALWAYS_HIDDEN: &[&str] = &[
    "doc_markdown",
    "elidable_lifetime_names",
    "inline_always",
    "manual_async_fn",
    "missing_const_for_fn",
    "must_use_candidate",
    "semicolon_if_nothing_returned",
    "unnecessary_literal_bound",
    "unused_unit",
];

/// Lints that a wrapped body hides, and groups that contain such lints.
const HIDDEN_BY_WRAPPER: &[&str] = &[
    "all",
    "async_fn_in_trait",
    "cognitive_complexity",
    "complexity",
    "let_and_return",
    "missing_errors_doc",
    "missing_panics_doc",
    "needless_lifetimes",
    "needless_pass_by_ref_mut",
    "needless_pass_by_value",
    "needless_return",
    "nursery",
    "pedantic",
    "restriction",
    "style",
    "too_many_lines",
    "unnecessary_wraps",
    "unused_async",
    "unused_self",
    "used_underscore_binding",
];

impl TrackedFn {
    /// Allows the expected lints that every expansion hides.
    pub(crate) fn relax_expectations(&mut self) {
        relax(&mut self.attrs, ALWAYS_HIDDEN);
    }

    /// Allows the expected lints that a wrapped body hides.
    pub(crate) fn relax_expectations_for_wrapper(&mut self) {
        relax(&mut self.attrs, HIDDEN_BY_WRAPPER);
    }
}

/// Splits each `#[expect(…)]` of a hidden lint into an expectation of the other lints and an
/// `#[allow(…)]` of the hidden lints.
fn relax(attrs: &mut Vec<Attribute>, hidden: &[&str]) {
    if attrs.iter().any(|attr| attr.path().is_ident("expect")) {
        *attrs = attrs
            .drain(..)
            .flat_map(|attr| split(attr, hidden))
            .collect();
    }
}

fn split(attr: Attribute, hidden: &[&str]) -> Vec<Attribute> {
    if !attr.path().is_ident("expect") {
        return vec![attr];
    }
    let Ok(lints) = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
        return vec![attr];
    };
    let (reason, lints): (Vec<_>, Vec<_>) = lints
        .into_iter()
        .partition(|lint| matches!(lint, Meta::NameValue(_)));
    let (allowed, expected): (Vec<_>, Vec<_>) = lints
        .into_iter()
        .partition(|lint| is_hidden(lint.path(), hidden));
    if allowed.is_empty() {
        return vec![attr];
    }
    let with_level = |level: &str, lints: Vec<Meta>| {
        let level = Ident::new(level, attr.path().span());
        let arguments = lints.into_iter().chain(reason.clone());
        let arguments = arguments.map(ToTokens::into_token_stream);
        let attr: Attribute = parse_quote!(#[#level(#(#arguments),*)]);
        attr
    };
    let mut attrs = vec![with_level("allow", allowed)];
    if !expected.is_empty() {
        attrs.push(with_level("expect", expected));
    }
    attrs
}

fn is_hidden(path: &Path, hidden: &[&str]) -> bool {
    let is_reported_by_clippy = path
        .segments
        .first()
        .is_some_and(|tool| tool.ident == "clippy");
    let may_be_hidden = is_reported_by_clippy || path.is_ident("async_fn_in_trait");
    let lint = path.segments.last();
    may_be_hidden && lint.is_some_and(|lint| hidden.iter().any(|name| lint.ident == name))
}
