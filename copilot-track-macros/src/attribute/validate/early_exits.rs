//! Rejects argument expressions that could change the control flow of the annotated function.
//!
//! Arguments are evaluated inside the function. There, `return` or `?` would return from the
//! function, `break` would leave a loop around the argument, and `.await` would suspend the
//! function. A closure or an async block contains its own control flow, so its body is only checked
//! for `yield`, which would turn it into a coroutine.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Expr;

use crate::{
    attribute::parse::{args::Args, properties::Property},
    error::Errors,
    function::{
        control_flow::is_macro,
        nested_bodies::{async_end, closure_end, is_fn, is_punct, starts_closure},
    },
};

/// Reports each token in the arguments that would change the function's control flow.
pub(super) fn check(args: &Args, errors: &mut Errors) {
    let outcome_of = args
        .record
        .as_ref()
        .and_then(|record| record.outcome_of.as_ref());
    let exprs = [
        args.ty.as_ref(),
        args.action.as_ref(),
        args.sub_type.as_ref(),
        args.role.as_ref(),
        args.message.as_ref(),
        args.body.as_ref(),
        args.rating.as_ref(),
        args.conversation.as_ref(),
        args.message_id.as_ref(),
        args.when.as_ref(),
        outcome_of,
    ];
    let exprs = exprs
        .into_iter()
        .chain(args.result.iter().map(|property| Some(&property.value)));
    for expr in exprs.flatten() {
        if !matches!(expr, Expr::Lit(_)) {
            check_expr(&expr.to_token_stream(), errors);
        }
    }
    check_properties(&args.properties, errors);
    check_properties(&args.texts, errors);
    if let Some(media) = &args.media {
        let exprs = [&media.ty, &media.sub_type, &media.role, &media.message_id];
        for expr in exprs.into_iter().flatten() {
            check_expr(&expr.to_token_stream(), errors);
        }
        check_properties(&media.properties, errors);
        check_properties(&media.texts, errors);
    }
}

fn check_properties(properties: &[Property], errors: &mut Errors) {
    for property in properties {
        check_expr(&property.value, errors);
    }
}

fn check_expr(expr: &TokenStream, errors: &mut Errors) {
    check_tokens(expr.clone(), false, errors);
    check_yields(expr.clone(), errors);
}

/// Checks one sequence of tokens. `in_loop` is true if the argument contains a loop or a labeled
/// block around the tokens; `break` and `continue` then refer to that loop or block.
fn check_tokens(tokens: TokenStream, in_loop: bool, errors: &mut Errors) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut loops = in_loop;
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let previous = index.checked_sub(1).and_then(|index| tokens.get(index));
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '|' && starts_closure(previous) => {
                index = closure_end(&tokens, index);
                continue;
            }
            TokenTree::Punct(punct) if punct.as_char() == '?' => report(
                punct.span(),
                "`?`",
                "it would return from the function; handle the error in the expression, for example with `.ok()`",
                errors,
            ),
            TokenTree::Punct(punct) if punct.as_char() == '\'' => loops = true,
            TokenTree::Ident(ident) => match ident.to_string().as_str() {
                "async" if !is_fn(tokens.get(index + 1)) => {
                    index = async_end(&tokens, index);
                    continue;
                }
                "loop" | "while" | "for" => loops = true,
                "return" => report(
                    ident.span(),
                    "`return`",
                    "it would return from the function; use `if` or `match` in the expression",
                    errors,
                ),
                name @ ("break" | "continue") if !in_loop => report(
                    ident.span(),
                    &format!("`{name}`"),
                    "the argument is not inside a loop; use `if` or `match` in the expression",
                    errors,
                ),
                "await" if is_punct(previous, '.') => report(
                    ident.span(),
                    "`.await`",
                    "it would suspend the function; pass a value that is already available, for example a parameter",
                    errors,
                ),
                _ => {}
            },
            TokenTree::Group(group) => {
                let inner = (loops && group.delimiter() == Delimiter::Brace) || in_loop;
                check_tokens(group.stream(), inner, errors);
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        index += 1;
    }
}

/// Reports each `yield`, also in closures and async blocks. Only a macro can give it a meaning.
fn check_yields(tokens: TokenStream, errors: &mut Errors) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut is_macro_input = false;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) if ident == "yield" => report(
                ident.span(),
                "`yield`",
                "an argument has only one value; write the value without `yield`",
                errors,
            ),
            TokenTree::Ident(_) => is_macro_input = is_macro(&tokens[index + 1..]),
            TokenTree::Group(group) if !std::mem::take(&mut is_macro_input) => {
                check_yields(group.stream(), errors);
            }
            _ => {}
        }
    }
}

fn report(span: Span, token: &str, reason: &str, errors: &mut Errors) {
    errors.error_at(
        span,
        format!("{token} is not allowed in an argument, because {reason}"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn errors(tokens: &TokenStream) -> usize {
        let mut errors = Errors::default();
        check_expr(tokens, &mut errors);
        errors.len()
    }

    #[test]
    fn tokens_that_change_the_control_flow_are_reported() {
        for (tokens, expected) in [
            (quote!(text.parse::<u8>()?), 1),
            (
                quote!({
                    if a {
                        return 7;
                    }
                    1
                }),
                1,
            ),
            (quote!(slow().await), 1),
            (quote!(format!("{}", a?)), 1),
            (quote!(if a { break } else { continue }), 2),
            (quote!(first(|x| x.ok()?) + second()?), 1),
            (quote!((a?, b.await)), 2),
            (quote!(a | b?), 1),
            (quote!(yield a), 1),
            (quote!(|reply| yield reply), 1),
            (quote!(f(|| { yield 1 }, async { yield 2 })), 2),
        ] {
            assert_eq!(errors(&tokens), expected, "{tokens}");
        }
    }

    #[test]
    fn control_flow_inside_closures_blocks_and_loops_is_allowed() {
        for tokens in [
            quote!(|reply| reply.text()?),
            quote!(move |reply: &R| { return reply.text() }),
            quote!(items.iter().map(|item| item.parse().ok()?).count()),
            quote!(|| a?),
            quote!(b.map(|a| c::<D, fn(E) -> F>(a)?)),
            quote!(block_on(async {
                a().await?;
                Ok(())
            })),
            quote!(block_on(async move { a().await })),
            quote!(loop {
                break 1;
            }),
            quote!('a: {
                if b {
                    break 'a 1;
                }
                2
            }),
            quote!({
                for x in y {
                    if x {
                        continue;
                    }
                }
                1
            }),
            quote!(matches!(a, B | C)),
            quote!(count(stream! { yield 1; })),
        ] {
            assert_eq!(errors(&tokens), 0, "{tokens}");
        }
    }
}
