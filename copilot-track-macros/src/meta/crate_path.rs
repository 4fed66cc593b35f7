//! `crate = ::path`: where the expansion finds the library.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Path};

use crate::error::Errors;

pub(crate) const EXPECTED: &str = "write an absolute path, as in `crate = ::copilot_track`";

/// The path, if it means the same in every module.
pub(crate) fn parse_absolute(expr: &Expr, errors: &mut Errors) -> Option<Path> {
    if let Expr::Path(path) = expr
        && path.qself.is_none()
        && (path.path.leading_colon.is_some() || starts_at_crate(&path.path))
    {
        return Some(path.path.clone());
    }
    errors.error_spanned_by(expr, EXPECTED);
    None
}

/// Where the library is: the given path, or its usual name.
pub(crate) fn or_default(path: Option<&Path>) -> TokenStream {
    path.map_or_else(|| quote!(::copilot_track), |path| quote!(#path))
}

fn starts_at_crate(path: &Path) -> bool {
    path.segments
        .first()
        .is_some_and(|segment| segment.ident == "crate")
}
