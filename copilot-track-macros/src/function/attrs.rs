//! The attributes that remain on the function.

use syn::Attribute;

/// Returns whether an attribute cannot change the function: it is built in and affects lints,
/// documentation, or optimization only.
pub(super) fn is_inert_attr(attr: &Attribute) -> bool {
    const INERT: &[&str] = &[
        "allow",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "forbid",
        "inline",
        "warn",
    ];
    let path = attr.path();
    INERT.iter().any(|name| path.is_ident(name))
        || path.segments.first().is_some_and(|first| {
            path.segments.len() > 1
                && (first.ident == "rustfmt"
                    || first.ident == "clippy"
                    || first.ident == "diagnostic")
        })
}
