//! The attributes that remain on the function.

use quote::ToTokens;
use syn::Attribute;

use super::tokens::mentions;

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

/// The attributes of this library.
pub(crate) const OWN_ATTRIBUTES: &[&str] = &[
    "tracked_component",
    "tracked_conversation",
    "tracked_feedback",
    "tracked_media",
    "tracked_message",
    "tracked_reply",
    "tracked_tool",
    "tracked_turn",
];

/// Returns whether an attribute may use one of these variables. Any attribute macro may use all
/// parameters, except that those of this library use only the variables in their arguments.
pub(super) fn may_use(attr: &Attribute, names: &[String]) -> bool {
    const BUILT_IN: &[&str] = &["cfg", "must_use", "target_feature", "track_caller"];
    if is_inert_attr(attr) || BUILT_IN.iter().any(|name| attr.path().is_ident(name)) {
        return false;
    }
    let last = attr.path().segments.last();
    let is_own = last.is_some_and(|last| OWN_ATTRIBUTES.iter().any(|name| last.ident == name));
    !is_own
        || names
            .iter()
            .any(|name| mentions(attr.meta.to_token_stream(), name))
}
