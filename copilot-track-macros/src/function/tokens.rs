//! Searches in unparsed tokens.

use proc_macro2::{TokenStream, TokenTree};

/// Returns whether `tokens` may use a variable: they contain its name, or a format string that
/// contains its name.
pub(crate) fn mentions(tokens: TokenStream, name: &str) -> bool {
    let name = name.trim_start_matches("r#");
    let placeholder = format!("{{{name}");
    mentions_either(tokens, name, &placeholder)
}

fn mentions_either(tokens: TokenStream, name: &str, placeholder: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident.to_string().trim_start_matches("r#") == name,
        TokenTree::Group(group) => mentions_either(group.stream(), name, placeholder),
        TokenTree::Literal(literal) => literal.to_string().contains(placeholder),
        TokenTree::Punct(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn names_are_found_in_groups_and_literals() {
        assert!(mentions(quote!(a.b(|| [c])), "c"));
        assert!(mentions(quote!(println!("{name}")), "name"));
        assert!(mentions(quote!(r#type), "r#type"));
        assert!(!mentions(quote!(names + "name"), "name"));
    }
}
