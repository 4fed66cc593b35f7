//! The names that error messages suggest.

use proc_macro2::TokenStream;
use syn::{Ident, ext::IdentExt, parse::Parser};

/// Returns the identifier that is closest to a quoted name.
pub(crate) fn identifier(name: &str) -> Option<String> {
    let name = name.trim().replace(['-', ' ', '.'], "_");
    syn::parse_str::<TokenStream>(&name)
        .ok()
        .and_then(|tokens| Ident::parse_any.parse2(tokens).ok())
        .map(|ident| ident.to_string())
}

/// Returns the last field, variable, or method in an expression, except for a method that only
/// converts a value.
pub(crate) fn last_name(expr: &str) -> String {
    const CONVERSIONS: &[&str] = &[
        "as_deref",
        "as_ref",
        "as_str",
        "clone",
        "into",
        "to_owned",
        "to_string",
    ];
    let is_separator = |char: char| !char.is_alphanumeric() && char != '_';
    let is_name = |part: &&str| {
        let is_number = part.starts_with(|char: char| char.is_ascii_digit());
        !part.is_empty() && !is_number && !CONVERSIONS.contains(part)
    };
    let outside = if expr.contains('!') {
        expr.to_owned()
    } else {
        without_arguments(expr)
    };
    let last = |expr: &str| expr.split(is_separator).rfind(is_name).map(str::to_owned);
    let name = last(&outside).or_else(|| last(expr));
    match name {
        Some(name) if name.chars().any(char::is_lowercase) => name,
        // A constant.
        Some(name) => name.to_lowercase(),
        None => "name".to_owned(),
    }
}

/// Removes the parts of an expression that are in parentheses.
fn without_arguments(expr: &str) -> String {
    let mut depth = 0_usize;
    let outside = expr.chars().filter(|char| {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *char != ')'
    });
    outside.collect()
}
