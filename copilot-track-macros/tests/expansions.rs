//! Snapshots of expansions, including those of invalid input.
//!
//! To accept a change, run `INSTA_UPDATE=always cargo test` and review the diff.
//!
//! An integration test cannot call a procedural macro as a function, so this test includes the
//! modules of the crate. It is not a unit test, because published packages do not contain the
//! snapshots.

#![allow(dead_code, reason = "the derive uses the rest of the shared modules")]

#[path = "../src/attribute/mod.rs"]
mod attribute;
#[path = "../src/case.rs"]
mod case;
#[path = "../src/error.rs"]
mod error;
#[path = "../src/function/mod.rs"]
mod function;
#[path = "../src/meta/mod.rs"]
mod meta;
#[path = "../src/reserved.rs"]
mod reserved;
#[path = "../src/suggest.rs"]
mod suggest;
#[path = "../src/token_types.rs"]
mod token_types;

use proc_macro2::TokenStream;
use quote::quote;

use crate::attribute::kind::AttributeKind::{
    self, Component, Conversation, Feedback, Media, Message, Reply, Tool, Turn,
};
use crate::attribute::{Mode, expand, literal_tool};

fn pretty(kind: AttributeKind, attribute: TokenStream, item: &TokenStream) -> String {
    let expanded = expand(Mode::Track, kind, attribute, item);
    match syn::parse2(expanded.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        // The expansion of an incomplete body cannot be parsed.
        Err(_) => expanded.to_string(),
    }
}

macro_rules! snapshots {
    ($($name:ident: $kind:ident($($attribute:tt)*) { $($item:tt)* })*) => {$(
        #[test]
        fn $name() {
            let expanded = pretty($kind, quote!($($attribute)*), &quote!($($item)*));
            insta::assert_snapshot!(stringify!($name), expanded);
        }
    )*};
}

snapshots! {
    tool: Tool(type = "Inventory Request") {
        async fn stock_level(sku: &str) -> Result<u32, StockError> {
            warehouse().stock(sku).await?
        }
    }

    tool_with_all_arguments: Tool(
        type = kind, action = "check", role = Role::AiAgent, message_id = id, conversation = &self.conversation,
        properties(sku, quantity = order.quantity), record(duration, outcome = |level| *level > 0, error_type),
        media(type = "image", sub_type = "png")
    ) {
        /// Looks it up.
        #[inline]
        pub(crate) async fn stock_level(&self, order: Order, (a, _): (A, B), _: C) -> Result<u32, StockError> {
            #![allow(unused)]
            warehouse().stock(order).await?
        }
    }

    tool_that_returns_a_future: Tool(type = "Lookup", properties(sku)) {
        fn call<'a>(&'a self, sku: String) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + 'a>> {
            Box::pin(async move { self.look_up(sku).await })
        }
    }

    tool_with_result_and_condition: Tool(
        type = "Lookup", result(in_stock = |n| *n > 0, whole = |result: &Result<u32, E>| result.is_ok()),
        when = !sku.is_empty()
    ) {
        async fn stock_level(sku: &str) -> Result<u32, E> {
            warehouse().stock(sku).await
        }
    }

    turn: Turn(conversation = conversation, message = text, role = "agent", result(length = |text| text.len())) {
        async fn chat(conversation: Conversation, text: String) -> Result<String, E> {
            conversation.answer(text).await
        }
    }

    turn_stream: Turn(conversation = conversation, message = &text) {
        fn chat(conversation: &Conversation, text: String) -> impl Stream<Item = String> {
            conversation.stream(text)
        }
    }

    several_attributes: Message(body = text) {
        /// Handles it.
        #[instrument]
        #[tracked_tool(type = "t")]
        #[copilot_track::tracked_reply]
        async fn chat(text: String) -> String {
            #![allow(unused)]
            text
        }
    }

    repeated_attribute: Reply() {
        #[tracked_reply]
        async fn chat(text: String) -> String {
            text
        }
    }

    media: Media(type = "image", sub_type = "png") {
        async fn price_chart(sku: &str) -> Vec<u8> {
            draw(sku).await
        }
    }

    media_with_early_return: Media(type = "image", sub_type = format!("{kind}")) {
        fn price_chart(kind: Kind) -> Result<impl AsRef<[u8]>, Error> {
            Ok(draw(kind)?)
        }
    }

    component: Component(type = "Chart") {
        fn chart() {}
    }

    reply: Reply() {
        async fn answer(question: String) -> Result<String, Error> {
            ask(question).await
        }
    }

    reply_with_body: Reply(body = |reply| &reply.text, role = "ai_agent") {
        fn answer(&mut self, question: String) -> Answer {
            self.ask(question)
        }
    }

    reply_with_body_of_result: Reply(body = |reply: &Result<Answer, Error>| reply.as_ref().ok()?.text()) {
        async fn answer(question: String) -> Result<Answer, Error> {
            ask(question).await
        }
    }

    reply_stream: Reply() {
        fn answer(question: String) -> impl Stream<Item = Result<String, Error>> {
            ask(question)
        }
    }

    reply_stream_boxed: Reply(body = text_of, record(first_chunk)) {
        async fn answer(question: String) -> Result<BoxStream<'static, Delta>, Error> {
            ask(question).await
        }
    }

    reply_that_diverges: Reply() {
        async fn serve(self) -> ! {
            loop {}
        }
    }

    message: Message(body = text, conversation = conversation) {
        async fn handle(conversation: &Conversation, text: String) -> String {
            answer(text).await
        }
    }

    feedback: Feedback(message_id = message, rating = stars) {
        fn rate(message: &str, stars: u8) {}
    }

    feedback_with_texts: Feedback(rating = 5, texts(comment, reason = form.reason)) {
        fn rate(comment: Option<String>, form: &Form) {}
    }

    conversation: Conversation(conversation = state.conversation(&user), crate = ::tracking) {
        async fn session(state: State, user: User) -> Result<(), Error> {
            serve(state).await
        }
    }

    incomplete_body: Tool(type = "Lookup") {
        async fn look_up(sku: String) -> u32 {
            sku.
        }
    }

    invalid_arguments: Tool(tpye = "Lookup", action = , sub_type = "png", role: "agent") {
        async fn look_up(sku: String) -> u32 {
            3
        }
    }

    unsupported_item: Tool(type = "Lookup") {
        struct Tool;
    }
}

#[test]
fn attributes_that_are_compiled_away_leave_the_function_unchanged() {
    let functions = [
        quote!(
            pub async fn function(id: u64, mut name: String) -> Result<String, Error> {
                find(id, name).await?
            }
        ),
        quote!(
            #[track_caller]
            #[must_use]
            pub(crate) unsafe extern "C" fn function(_: u8, (a, b): (A, B)) -> u8 {
                #![allow(x)]
                a
            }
        ),
        quote!(fn function<'a, T: A>(self: Arc<Self>, #[cfg(x)] a: &'a T) -> impl Stream<Item = &'a T> + 'a where T: B { c.d. }),
    ];
    let attributes = [
        (
            Tool,
            quote!(type = kind, properties(a), record(duration, outcome), media(type = "image", sub_type = "png")),
        ),
        (Reply, quote!(body = |reply| &reply.text)),
        (Media, quote!(type = "image", sub_type = "png")),
        (Component, quote!(type = "Chart")),
        (Message, quote!(body = name)),
        (Feedback, quote!(rating = stars)),
        (Conversation, quote!(conversation = conversation)),
    ];
    for function in &functions {
        for (kind, attribute) in &attributes {
            let expanded = expand(Mode::PassThrough, *kind, attribute.clone(), function);
            assert_eq!(expanded.to_string(), function.to_string(), "{kind}");
        }
    }
    let invalid = expand(
        Mode::PassThrough,
        Tool,
        quote!(tpye = "Lookup"),
        &functions[0],
    );
    assert!(invalid.to_string().contains("did you mean `type`"));
}

/// Checks that each attribute expands a four-line function to a limited number of lines.
#[test]
fn expansions_stay_short() {
    let function = quote! {
        pub async fn function(id: u64, name: &str) -> Result<String, ParseIntError> {
            let number: u64 = name.parse()?;
            Ok(lookup(id, number).await)
        }
    };
    let expansions = [
        (
            Tool,
            quote!(type = "Inventory Request", action = "check stock level"),
            13,
        ),
        (
            Tool,
            quote!(type = "Inventory Request", record(duration, outcome)),
            25,
        ),
        (Reply, quote!(), 25),
        (Media, quote!(type = "image", sub_type = "png"), 23),
        (Component, quote!(type = "Chart"), 23),
        (Message, quote!(body = name), 22),
        (Feedback, quote!(rating = 5), 23),
        (Conversation, quote!(conversation = conversation()), 27),
    ];
    for (kind, attribute, max_lines) in expansions {
        let lines = pretty(kind, attribute.clone(), &function).lines().count();
        assert!(lines <= max_lines, "{kind} {attribute}: {lines} lines");
    }
}

/// An attribute that was imported under another name is in an allowed place, but its event is sent
/// twice.
#[test]
fn an_unsorted_attribute_that_sends_the_same_event_is_an_error() {
    let value = quote!(
        async fn chat(text: String) -> String {
            text
        }
    );
    let stream = quote!(
        fn chat(text: String) -> impl Stream<Item = String> {
            stream(text)
        }
    );
    let alias = quote!(
        fn chat(text: String) -> Chunks {
            stream(text)
        }
    );
    let tool = (Tool, quote!(type = "t"));
    let tool_in_crate = (Tool, quote!(type = "t", crate = crate::tracking));
    let recorded_tool = (Tool, quote!(type = kind, record(outcome)));
    let tool_with_media = (
        Tool,
        quote!(type = "t", media(type = "image", sub_type = "png")),
    );
    let reply_with_media = (Reply, quote!(media(type = "image", sub_type = kind)));
    let component = (Component, quote!(type = "c"));
    let feedback = (Feedback, quote!(rating = stars));
    let media = (Media, quote!(type = "image", sub_type = "png"));
    let reply = (Reply, quote!());
    let stream_reply = (Reply, quote!(stream));
    let turn = (Turn, quote!(message = text));
    let message = (Message, quote!(body = text));
    let conversation = (Conversation, quote!(conversation = c));
    for (item, inner, outer, expected) in [
        (&value, &tool, &recorded_tool, "already on this function"),
        (&value, &recorded_tool, &tool, "already on this function"),
        (&value, &component, &component, "already on this function"),
        (&value, &feedback, &feedback, "already on this function"),
        (&value, &reply, &turn, "both send Message Received"),
        (&value, &turn, &reply, "both send Message Received"),
        (&value, &turn, &message, "both send Message Sent"),
        (&value, &message, &turn, "both send Message Sent"),
        (&stream, &reply, &conversation, "and a streamed reply"),
        (&stream, &turn, &conversation, "and a streamed reply"),
        (&stream, &conversation, &reply, "and a streamed reply"),
        (&alias, &stream_reply, &conversation, "and a streamed reply"),
        (&alias, &conversation, &stream_reply, "and a streamed reply"),
        (&value, &media, &media, "already on this function"),
        (&value, &tool, &tool_in_crate, "already on this function"),
        (&value, &turn, &conversation, ""),
        (&value, &tool, &media, ""),
        (&value, &media, &tool, ""),
        (&value, &tool_with_media, &media, ""),
        (&value, &media, &tool_with_media, ""),
        (&value, &media, &reply_with_media, ""),
        (&value, &feedback, &component, ""),
    ] {
        let expanded = expand(Mode::Track, inner.0, inner.1.clone(), item);
        let expanded = expand(Mode::Track, outer.0, outer.1.clone(), &expanded).to_string();
        let is_error = expanded.contains("compile_error");
        let name = format!("{} in {}", inner.0, outer.0);
        assert_eq!(is_error, !expected.is_empty(), "{name}: {expanded}");
        assert!(expanded.contains(expected), "{name}: {expanded}");
    }
}

#[test]
fn an_expansion_is_the_same_without_parsing_the_signature() {
    for item in [
        quote!(
            pub(crate) async fn stock_level(&self, sku: &str) -> Result<u32, StockError> {
                let level = warehouse().stock(sku).await?;
                Ok(level)
            }
        ),
        quote!(
            fn r#type(sku: &str) {
                sku.len()
            }
        ),
        quote!(
            pub fn names() -> &'static [&'static str] {}
        ),
        quote!(
            async fn alias() -> Alias {
                value
            }
        ),
    ] {
        for arguments in [
            quote!(type = "Lookup"),
            quote!(type = "Lookup",),
            quote!(type = "Lookup", action = "look up"),
            quote!(type = "Lookup", action = "look 'it' up",),
        ] {
            let parsed = expand(Mode::Track, Tool, arguments.clone(), &item).to_string();
            let unparsed = literal_tool::expand(arguments, item.clone());
            assert_eq!(unparsed.map(|tokens| tokens.to_string()), Some(parsed));
        }
    }
}

/// An expansion with the library at `crate::…` starts like a common expression.
#[test]
fn a_repeated_tool_is_not_expanded_without_parsing_the_signature() {
    let item = quote!(
        fn look_up() {}
    );
    for path in [
        quote!(::tracking),
        quote!(crate::tracking),
        quote!(::copilot_track),
    ] {
        let arguments = quote!(type = "t", crate = #path);
        let expanded = expand(Mode::Track, Tool, arguments, &item);
        assert!(literal_tool::expand(quote!(type = "t"), expanded.clone()).is_none());
        let expanded = expand(Mode::Track, Tool, quote!(type = "t"), &expanded).to_string();
        assert!(expanded.contains("already on this function"), "{expanded}");
    }
}

/// An attribute that was imported under another name is not sorted.
#[test]
fn an_unsorted_attribute_in_the_wrong_place_is_an_error() {
    for item in [
        quote!(
            async fn chat(text: String) -> String {
                text
            }
        ),
        quote!(
            fn chat(text: String) -> Result<String, E> {
                Ok(text?)
            }
        ),
        quote!(
            fn chat(text: String) -> impl Stream<Item = String> {
                stream(text)
            }
        ),
        quote!(
            #[other]
            async fn chat(text: String) -> Pin<Box<dyn Future<Output = String>>> {
                text
            }
        ),
    ] {
        let attributes = [
            (Tool, quote!(type = "t")),
            (Reply, quote!()),
            (Message, quote!(body = text)),
            (Conversation, quote!(conversation = c)),
        ];
        for (inner, (kind, arguments)) in attributes.iter().enumerate() {
            let expanded = expand(Mode::Track, *kind, arguments.clone(), &item);
            for (outer, (kind, arguments)) in attributes.iter().enumerate() {
                let expanded = expand(Mode::Track, *kind, arguments.clone(), &expanded);
                let is_error = expanded.to_string().contains("compile_error");
                // A streamed reply cannot be in a conversation of the same function.
                let is_conflict = (inner, outer) == (1, 3) && item.to_string().contains("Stream");
                assert_eq!(is_error, outer <= inner || is_conflict, "{expanded}");
            }
        }
    }
}
