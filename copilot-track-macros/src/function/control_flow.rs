//! Whether a body can be left before its end.
//!
//! What happens after a body has to see its value, also after `return` and `?`; so the body becomes
//! a closure or an async block, which those leave. A body that surely runs to its end needs none:
//! it is put there as it is, the function's future stays as small as it was, and so does the depth
//! of its type. Tokens are looked at, nothing is parsed; in doubt the body can be left.

use proc_macro2::{TokenStream, TokenTree};

/// They leave the function, or never come to its end (after which nothing may stand).
const EXITING: &[&str] = &[
    "return",
    "yield",
    "become",
    "loop",
    "exit",
    "abort",
    "resume_unwind",
    "panic_any",
];

/// Macros that are known to give a value and go on. Any other may hide a `return`.
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

/// Whether `body` may be left before its end, as far as one can see.
pub(crate) fn may_exit_early(body: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Ident(ident) => {
            let name = ident.to_string();
            EXITING.contains(&name.as_str())
                || (is_macro(&tokens[index + 1..]) && !KNOWN_MACROS.contains(&name.as_str()))
        }
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => may_exit_early(group.stream()),
        TokenTree::Literal(_) => false,
    })
}

/// Whether what follows makes a name that of a macro.
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
