//! Detects bodies that may exit before their end.
//!
//! Code that runs after the body needs the body's value, even if the body exits with `return` or
//! `?`. A body that may exit early therefore becomes a closure or an async block, so that an early
//! exit leaves only the closure or block. A body that always runs to its end stays in place, which
//! keeps the function's future small and its type shallow. The check looks only at tokens. When in
//! doubt, it assumes that the body may exit early.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

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

/// Macros that panic.
const PANICKING_MACROS: &[&str] = &["panic", "todo", "unimplemented", "unreachable"];

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

/// Returns whether the body of an async function may contain an `await`.
pub(super) fn may_await(body: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Ident(ident) => {
            ident == "await" || ident == "yield" || is_unknown_macro(ident, &tokens[index + 1..])
        }
        TokenTree::Group(group) => may_await(group.stream()),
        _ => false,
    })
}

/// Returns whether every value that `body` returns is written as `Ok(…)`. A body that panics
/// returns no value.
pub(crate) fn always_succeeds(body: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let Some((statements, end)) = tokens.split_last_chunk::<2>() else {
        return false;
    };
    let follows_statement = match statements.last() {
        None => true,
        Some(TokenTree::Punct(punct)) => punct.as_char() == ';',
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        Some(_) => false,
    };
    follows_statement && is_ok(end) && returns_only_ok(&tokens)
}

/// Returns whether `return Ok(…)` is the only way in which `tokens` leave the function before its
/// end, except for panics.
fn returns_only_ok(tokens: &[TokenTree]) -> bool {
    tokens.iter().enumerate().all(|(index, token)| match token {
        TokenTree::Ident(ident) if ident == "return" => {
            let rest = &tokens[index + 1..];
            rest.get(..2).is_some_and(is_ok)
                && rest.get(2).is_none_or(
                    |next| matches!(next, TokenTree::Punct(next) if [';', ','].contains(&next.as_char())),
                )
        }
        TokenTree::Ident(ident) => {
            ident != "yield"
                && ident != "become"
                && !is_unknown_macro(ident, &tokens[index + 1..])
        }
        TokenTree::Punct(punct) => punct.as_char() != '?',
        TokenTree::Group(group) => {
            returns_only_ok(&group.stream().into_iter().collect::<Vec<_>>())
        }
        TokenTree::Literal(_) => true,
    })
}

/// Returns whether two tokens are `Ok(…)`.
fn is_ok(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(name), TokenTree::Group(argument)] => {
            name == "Ok" && argument.delimiter() == Delimiter::Parenthesis
        }
        _ => false,
    }
}

/// Returns whether an identifier followed by `rest` is the name of a macro that may expand to any
/// code.
pub(super) fn is_unknown_macro(ident: &Ident, rest: &[TokenTree]) -> bool {
    is_macro(rest) && {
        let name = ident.to_string();
        ![KNOWN_MACROS, PANICKING_MACROS]
            .concat()
            .contains(&name.as_str())
    }
}

/// Returns whether an identifier followed by `rest` is the name of a macro call.
pub(crate) fn is_macro(rest: &[TokenTree]) -> bool {
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
    fn bodies_that_return_only_ok_always_succeed() {
        for succeeding in [
            quote!(Ok(1)),
            quote!(if a { return Ok(2); } Ok(1)),
            quote!(let b = c(); todo!("{b}"); Ok(b)),
        ] {
            assert!(always_succeeds(succeeding.clone()), "{succeeding}");
        }
        for other in [
            quote!(a()),
            quote!(Ok(a?)),
            quote!(if a { return b; } Ok(1)),
            quote!(if a { return Ok(1).and(b); } Ok(1)),
            quote!(if a { Err(1) } else { Ok(1) }),
            quote!(bail!("no"); Ok(1)),
            quote!(x = Ok(1)),
        ] {
            assert!(!always_succeeds(other.clone()), "{other}");
        }
    }

    #[test]
    fn only_bodies_without_await_and_unknown_macros_never_suspend() {
        assert!(!may_await(quote!(if a { return panic!("{b}"); } vec![c?])));
        assert!(may_await(quote!(vec![a.await])));
        assert!(may_await(quote!(select! {})));
    }

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
