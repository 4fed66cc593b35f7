//! Detects bodies that may exit before their end.
//!
//! Code that runs after the body needs the body's value, even if the body exits with `return` or
//! `?`. A body that may exit early therefore becomes a closure or an async block, so that an early
//! exit leaves only the closure or block. A body that always runs to its end stays in place, which
//! keeps the function's future small and its type shallow. The check looks only at tokens. When in
//! doubt, it assumes that the body may exit early.

use proc_macro2::{TokenStream, TokenTree};

/// Identifiers of expressions that leave the function or never complete. Expressions that never
/// complete are included because the compiler reports the code after them as unreachable.
const EXITING_IDENTS: &[&str] = &[
    "return",
    "yield",
    "become",
    "loop",
    "exit",
    "abort",
    "resume_unwind",
    "panic_any",
];

/// Macros that are known not to expand to `return` or `?`. Any other macro may expand to them.
const KNOWN_MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "line",
    "matches",
    "module_path",
    "print",
    "println",
    "stringify",
    "vec",
    "write",
    "writeln",
];

/// Returns whether `body` may exit before its end.
pub(crate) fn may_exit_early(body: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Ident(ident) => {
            let name = ident.to_string();
            EXITING_IDENTS.contains(&name.as_str())
                || (is_macro(&tokens[index + 1..]) && !KNOWN_MACROS.contains(&name.as_str()))
        }
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => may_exit_early(group.stream()),
        TokenTree::Literal(_) => false,
    })
}

/// Returns whether an identifier followed by `rest` is the name of a macro call.
fn is_macro(rest: &[TokenTree]) -> bool {
    matches!(
        rest,
        [TokenTree::Punct(bang), TokenTree::Group(_) | TokenTree::Ident(_), ..] if bang.as_char() == '!'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn early_exits_are_detected() {
        assert!(!may_exit_early(
            quote!(let a = next(b).await; format!("{a}") + if a != b { "c" } else { "d" })
        ));
        for exiting in [
            quote!(return 1),
            quote!(a()?),
            quote!(if a {
                b.map(|c| c?)
            }),
            quote!(bail!("no")),
            quote!(todo!()),
            quote!(loop {}),
            quote!(vec![a?]),
            quote!(std::process::exit(1)),
        ] {
            assert!(may_exit_early(exiting.clone()), "{exiting}");
        }
    }
}
