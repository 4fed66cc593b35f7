//! Reports expressions that refer to the function's parameters in a wrong way.

use quote::ToTokens;
use syn::{Expr, FnArg, Signature};

use crate::{
    attribute::parse::args::Args,
    error::Errors,
    function::tokens::mentions,
    meta::{foreign::source::source_text, literal::string_literal},
};

/// Checks the arguments of an attribute on a function with the signature `sig`.
pub(super) fn check(args: &Args, is_reply: bool, sig: &Signature, errors: &mut Errors) {
    let texts = [
        ("type", &args.ty),
        ("action", &args.action),
        ("sub_type", &args.sub_type),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            check_text(key, text, sig, errors);
        }
    }
    if let Some(body) = args.body.as_ref().filter(|_| is_reply) {
        check_closure("body", body, sig, errors);
    }
    let record = args.record.as_ref();
    if let Some(outcome) = record.and_then(|record| record.outcome_of.as_ref()) {
        check_closure("outcome", outcome, sig, errors);
    }
    for property in &args.result {
        check_closure(&property.name, &property.value, sig, errors);
    }
}

/// Reports a string literal such as `"look up {sku}"`, if `sku` is a parameter. Literals are sent
/// unchanged.
fn check_text(key: &str, text: &Expr, sig: &Signature, errors: &mut Errors) {
    let Some(literal) = string_literal(text) else {
        return;
    };
    let mut rest = literal.as_str();
    while let Some((_, after)) = rest.split_once('{') {
        // `{{` is a brace in a format string, and not the start of an argument.
        if let Some(after) = after.strip_prefix('{') {
            rest = after;
            continue;
        }
        let end = after.find(['}', ':']).unwrap_or(0);
        let is_parameter = is_identifier(&after[..end]) && binds(sig, &after[..end]);
        if is_parameter {
            let literal = text.to_token_stream();
            errors.error_spanned_by(
                text,
                format!("string literals are sent unchanged; write `{key} = format!({literal})`"),
            );
            return;
        }
        rest = after;
    }
}

/// Returns whether a parameter's pattern contains the name.
fn binds(sig: &Signature, name: &str) -> bool {
    sig.inputs.iter().any(|input| match input {
        FnArg::Receiver(_) => false,
        FnArg::Typed(typed) => mentions(typed.pat.to_token_stream(), name),
    })
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|char| char.is_alphanumeric() || char == '_')
}

/// Reports an expression such as `reply.text` in place of `|reply| reply.text`, if `reply` is not a
/// parameter.
fn check_closure(key: &str, expr: &Expr, sig: &Signature, errors: &mut Errors) {
    let Some(variable) = base_variable(expr).filter(|_| !matches!(expr, Expr::Path(_))) else {
        return;
    };
    let is_variable = variable.starts_with(char::is_lowercase) && variable != "self";
    if !is_variable || mentions(sig.inputs.to_token_stream(), &variable) {
        return;
    }
    let source = source_text(&expr.to_token_stream().to_string());
    let reference = if matches!(expr, Expr::Field(_)) {
        "&"
    } else {
        ""
    };
    errors.error_spanned_by(
        expr,
        format!(
            "`{variable}` is not a parameter of the function; if it is the returned value, write a closure: \
             `{key} = |{variable}| {reference}{source}`"
        ),
    );
}

/// Returns the variable at the start of fields and method calls.
fn base_variable(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Binary(binary) => base_variable(&binary.left),
        Expr::Cast(cast) => base_variable(&cast.expr),
        Expr::Field(field) => base_variable(&field.base),
        Expr::MethodCall(call) => base_variable(&call.receiver),
        Expr::Paren(paren) => base_variable(&paren.expr),
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        Expr::Reference(reference) => base_variable(&reference.expr),
        Expr::Unary(unary) => base_variable(&unary.expr),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::TokenStream;
    use quote::quote;
    use syn::parse_quote;

    fn errors(args: TokenStream) -> String {
        let mut errors = Errors::default();
        let sig = parse_quote!(fn f(&self, sku: &str, (order, _): (Order, u8)) -> Reply);
        let kind = crate::attribute::kind::AttributeKind::Tool;
        let args = Args::parse(kind, args, &mut errors);
        check(&args, false, &sig, &mut errors);
        errors.to_compile_errors().to_string()
    }

    #[test]
    fn a_literal_with_the_name_of_a_parameter_is_reported() {
        for text in [
            "{sku}",
            "look up {sku:?}",
            "{{order}} {x} {order}",
            "{{{sku}}}",
        ] {
            let found = errors(quote!(type = #text));
            assert!(found.contains("write `type = format!("), "{text}: {found}");
        }
        for text in [
            "{}", "{name}", "sku", "{ sku }", "{", "}{", "{é", "{{}}", "{{sku}}", "{self}",
            "{Order}", "{str}",
        ] {
            assert_eq!(errors(quote!(type = #text)), "", "{text}");
        }
    }

    #[test]
    fn an_expression_of_the_returned_value_is_reported() {
        for value in [
            quote!(reply.text),
            quote!(&reply.text),
            quote!(reply.text.len() > 0),
            quote!(!reply.is_empty()),
            quote!((reply.len() as u8)),
        ] {
            let found = errors(quote!(type = "t", result(a = #value)));
            assert!(found.contains("`a = |reply| "), "{value}: {found}");
        }
        for value in [
            quote!(|reply| reply.text),
            quote!(text_of),
            quote!(Reply::text),
            quote!(self.text_of),
            quote!(order.text_of()),
            quote!(CONFIG.text_of),
            quote!(text_of("a")),
        ] {
            assert_eq!(
                errors(quote!(type = "t", result(a = #value))),
                "",
                "{value}"
            );
        }
    }
}
