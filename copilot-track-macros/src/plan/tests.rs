//! Tests of `plan!`.

use proc_macro2::TokenStream;
use quote::quote;

use super::expand;

fn errors(arguments: &TokenStream) -> Vec<String> {
    let output: syn::Expr = syn::parse2(expand(quote!(copilot_track; #arguments))).unwrap();
    let syn::Expr::Block(block) = output else {
        return Vec::new();
    };
    let statements = block.block.stmts.iter();
    statements
        .filter_map(|statement| match statement {
            syn::Stmt::Macro(statement) => {
                let message: syn::LitStr = syn::parse2(statement.mac.tokens.clone()).unwrap();
                Some(message.value())
            }
            _ => None,
        })
        .collect()
}

#[test]
fn each_type_has_a_rule() {
    let output = expand(quote!(copilot_track; A, b::C<D<u8, 'static>, fn() -> u8>, <E as F>::G,));
    let output = output.to_string();
    let calls = output
        .matches("copilot_track :: __private :: rule (")
        .count();
    assert_eq!(calls, 3, "{output}");
    for arguments in [quote!(), quote!(A), quote!(A, B<C>), quote!((A))] {
        assert_eq!(errors(&arguments), [""; 0]);
    }
}

#[test]
fn each_mistake_is_explained() {
    for (arguments, message) in [
        (
            quote!("plan.json"),
            "`plan![…].assert_matches(\"plan.json\")`",
        ),
        (quote!(1), "found a literal"),
        (quote!(A B), "expected a comma before `B`"),
        (quote!(A; B), "expected a comma, found `;`"),
        (quote!(A, , B), "before this comma"),
        (quote!(, A), "before this comma"),
        (quote!(A, B, A), "`A` is listed twice"),
        (quote!(a::A<B>, a::A<B>), "`a::A<B>` is listed twice"),
        (quote!(struct A), "remove `struct`"),
        (quote!(pub A), "remove `pub`"),
        (quote!(file = "plan.json"), "has no argument `file`"),
        (quote!(events: A), "has no argument `events`"),
        (quote!(a::*), "expected the path of a struct"),
        (quote!(A => B), "unexpected `=`"),
        (quote!(&A), "found a reference"),
        (quote!((A, B)), "found a tuple"),
        (quote!(_), "found `_`"),
        (quote!([A]), "found another type"),
        (quote!({ A }), "expected the path of a struct"),
    ] {
        let found = errors(&arguments);
        assert_eq!(found.len(), 1, "{arguments}: {found:?}");
        assert!(found[0].contains(message), "{arguments}: {found:?}");
    }
    assert_eq!(errors(&quote!("a", A, A, B C)).len(), 3);
}

#[test]
fn after_a_mistake_types_are_still_checked_but_not_described() {
    let output = expand(quote!(copilot_track; A, B C)).to_string();
    assert!(
        output.contains("< A as copilot_track :: TrackEvent > :: name"),
        "{output}"
    );
    assert!(!output.contains("PlannedEvent"), "{output}");
}
