//! Parses `crate = ::path`, which sets the path to the library.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident, Path};

use crate::error::Errors;

/// The error for anything other than an absolute path.
pub(crate) const EXPECTED: &str = "expected an absolute path, such as `crate = ::copilot_track`";

/// The name by which the library exports itself. If the given path is not the library and does not
/// re-export its items, the compiler reports this name.
const LIBRARY: &str = "reexport_of_copilot_track";

/// Returns the path to the library from a path to the library or to a module that re-exports its
/// items. The path must be absolute, so that it refers to the same item in every module. A path
/// that starts with `crate` or `$crate` is also accepted.
pub(crate) fn parse_absolute(expr: &Expr, errors: &mut Errors) -> Option<Path> {
    if let Expr::Path(path) = without_groups(expr)
        && path.qself.is_none()
        && (path.path.leading_colon.is_some() || starts_at_crate(&path.path))
    {
        return Some(library_in(path.path.clone()));
    }
    errors.error_spanned_by(expr, EXPECTED);
    None
}

/// Appends the library's name for itself, with the span of the last segment. All paths in the
/// expansion then cause the same error, which the compiler prints once.
fn library_in(mut path: Path) -> Path {
    if let Some(last) = path.segments.last() {
        let library = Ident::new(LIBRARY, last.ident.span());
        path.segments.push(library.into());
    }
    path
}

/// Returns whether the user wrote `crate`, to which [`parse_absolute`] has appended a segment. The
/// library writes this for its own events.
pub(crate) fn is_crate_root(path: &Path) -> bool {
    let mut segments = path.segments.iter().map(|segment| &segment.ident);
    segments.next().is_some_and(|first| first == "crate") && segments.count() == 1
}

/// Returns the given path to the library, or `::copilot_track` by default.
pub(crate) fn or_default(path: Option<&Path>) -> TokenStream {
    path.map_or_else(|| quote!(::copilot_track), |path| quote!(#path))
}

/// Returns the expression inside the invisible groups of `macro_rules!` fragments.
fn without_groups(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => without_groups(&group.expr),
        expr => expr,
    }
}

/// Returns whether a path starts with `crate` or `$crate`. In the input of a procedural macro,
/// `$crate` is a single identifier.
fn starts_at_crate(path: &Path) -> bool {
    let first = path.segments.first();
    first.is_some_and(|segment| segment.ident == "crate" || segment.ident == "$crate")
}
