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

/// Returns whether an attribute is a macro that may use the parameters.
pub(super) fn may_use_params(attr: &Attribute) -> bool {
    const BUILT_IN: &[&str] = &["cfg", "must_use", "target_feature", "track_caller"];
    !is_inert_attr(attr) && !BUILT_IN.iter().any(|name| attr.path().is_ident(name))
}
