//! Tests of the detection of expansions.

use quote::quote;

use super::*;
use crate::attribute::{
    Mode, expand,
    kind::AttributeKind::{Component, Conversation, Feedback, Media, Message, Reply, Tool, Turn},
};
use crate::function::tracked_fn::TrackedFn;

/// Functions whose bodies are wrapped in different forms.
fn functions() -> Vec<TokenStream> {
    vec![
        quote!(
            async fn f() -> String {
                text().await
            }
        ),
        quote!(
            fn f() -> Result<String, E> {
                Ok(text()?)
            }
        ),
        quote!(
            #[track_caller]
            fn f(&self) -> String {
                return text();
            }
        ),
        quote!(
            #[other]
            async fn f() -> impl Display {
                #![allow(unused)]
                text().await
            }
        ),
        quote!(
            fn f() -> Pin<Box<dyn Future<Output = String> + Send>> {
                Box::pin(async { text().await })
            }
        ),
        quote!(
            fn f() -> impl Future<Output = String> {
                text()
            }
        ),
        quote!(
            fn f() -> Alias {
                text()
            }
        ),
        quote!(
            fn f() {}
        ),
        quote!(
            async fn f() -> ! {
                loop {}
            }
        ),
    ]
}

/// Each attribute, with arguments that change its form.
fn attributes() -> Vec<(AttributeKind, TokenStream)> {
    let nested = quote!(media(type = "image", sub_type = kind), when = true);
    vec![
        (Tool, quote!(type = "t")),
        (Tool, quote!(type = kind)),
        (Tool, quote!(type = "t", conversation = c, when = true)),
        (Tool, quote!(type = "t", record(outcome))),
        (
            Tool,
            quote!(type = "t", media(type = "image", sub_type = "png")),
        ),
        (Tool, quote!(type = "t", conversation = c, #nested)),
        (Tool, quote!(type = "t", record(duration), #nested)),
        (Media, quote!(type = "image", sub_type = "png")),
        (
            Media,
            quote!(type = "image", sub_type = kind, conversation = c()),
        ),
        (Component, quote!(type = "c")),
        (Component, quote!(type = kind, conversation = c)),
        (Feedback, quote!(rating = 5)),
        (Feedback, quote!(rating = stars, when = true)),
        (Message, quote!(body = text)),
        (Message, quote!(body = text(), conversation = c)),
        (Conversation, quote!(conversation = c, when = true)),
        (Reply, quote!()),
        (Reply, quote!(body = |_| "text", conversation = c, #nested)),
        (Turn, quote!(message = text)),
        (Turn, quote!(message = text, conversation = c(), #nested)),
    ]
}

#[test]
fn each_expansion_is_recognized_as_its_attribute() {
    let stream = quote!(
        fn f() -> impl Stream<Item = String> {
            stream()
        }
    );
    let streamed = [
        (Reply, quote!()),
        (
            Reply,
            quote!(body = |_| "text", media(type = "image", sub_type = kind)),
        ),
        (Turn, quote!(message = text)),
        (Tool, quote!(type = "t", record(outcome))),
        (Media, quote!(type = "image", sub_type = "png")),
    ];
    let (items, attributes) = (functions(), attributes());
    let of_values = items
        .iter()
        .flat_map(|item| attributes.iter().map(move |attribute| (item, attribute)));
    let of_streams = streamed.iter().map(|attribute| (&stream, attribute));
    for (item, (kind, arguments)) in of_values.chain(of_streams) {
        let expanded = expand(Mode::Track, *kind, arguments.clone(), item);
        let text = expanded.to_string();
        let is_tracked = text.contains(CALL_SITE) || text.contains(SEND_ACTION);
        let expected: &[AttributeKind] = if is_tracked { &[*kind] } else { &[] };
        let function = TrackedFn::parse(expanded);
        let function = function.unwrap_or_else(|_| unreachable!("{text}"));
        let found = Expanded::of(function.body()).kinds;
        assert_eq!(found, expected, "{kind} {arguments}: {text}");
    }
}
