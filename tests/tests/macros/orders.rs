//! Several attributes on one function: every order has the same effect.

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{
    Conversation, MessageId, tracked_conversation, tracked_feedback, tracked_media,
    tracked_message, tracked_reply, tracked_tool, tracked_turn,
};
use futures_util::stream::{self, Stream, StreamExt as _};

use crate::shop::OutOfStock;

/// Puts attributes on an item. The first token is the parameter for the conversation.
macro_rules! attach {
    ($c:ident [] [$($attrs:tt)*] $($item:tt)*) => { $($attrs)* $($item)* };
    ($c:ident [tool $($rest:tt)*] [$($attrs:tt)*] $($item:tt)*) => {
        attach! { $c [$($rest)*] [$($attrs)* #[tracked_tool(type = "t")]] $($item)* }
    };
    ($c:ident [recorded $($rest:tt)*] [$($attrs:tt)*] $($item:tt)*) => {
        attach! { $c [$($rest)*] [$($attrs)* #[tracked_tool(type = "t", record(outcome))]] $($item)* }
    };
    ($c:ident [media $($rest:tt)*] [$($attrs:tt)*] $($item:tt)*) => {
        attach! { $c [$($rest)*] [$($attrs)* #[tracked_media(type = "image", sub_type = "png")]] $($item)* }
    };
    ($c:ident [component $($rest:tt)*] [$($attrs:tt)*] $($item:tt)*) => {
        attach! { $c [$($rest)*] [$($attrs)* #[copilot_track::tracked_component(type = "c")]] $($item)* }
    };
    ($c:ident [feedback $($rest:tt)*] [$($attrs:tt)*] $($item:tt)*) => {
        attach! { $c [$($rest)*] [$($attrs)* #[cfg_attr(test, tracked_feedback(rating = 4))]] $($item)* }
    };
    ($c:ident [reply $($rest:tt)*] [$($attrs:tt)*] $($item:tt)*) => {
        attach! { $c [$($rest)*] [$($attrs)* #[tracked_reply]] $($item)* }
    };
    ($c:ident [message $($rest:tt)*] [$($attrs:tt)*] $($item:tt)*) => {
        attach! { $c [$($rest)*] [$($attrs)* #[tracked_message(body = "hi", conversation = $c)]] $($item)* }
    };
    ($c:ident [turn $($rest:tt)*] [$($attrs:tt)*] $($item:tt)*) => {
        attach! { $c [$($rest)*] [$($attrs)* #[tracked_turn(message = "hi", conversation = $c)]] $($item)* }
    };
    ($c:ident [session $($rest:tt)*] [$($attrs:tt)*] $($item:tt)*) => {
        attach! { $c [$($rest)*] [$($attrs)* #[tracked_conversation(conversation = $c)]] $($item)* }
    };
    ($c:ident [tracing $($rest:tt)*] [$($attrs:tt)*] $($item:tt)*) => {
        attach! { $c [$($rest)*] [$($attrs)* #[tracing::instrument(skip_all)]] $($item)* }
    };
}

/// Checks the events of functions with these attributes, in this order.
macro_rules! case {
    ($($kind:ident)*) => {{
        attach! {
            conversation [$($kind)*] []
            fn sync_fn(conversation: &Conversation) -> Result<String, OutOfStock> {
                let _ = conversation;
                Ok("text".to_owned())
            }
        }
        attach! {
            conversation [$($kind)*] []
            async fn async_fn(conversation: &Conversation) -> Result<String, OutOfStock> {
                tokio::task::yield_now().await;
                let _ = conversation;
                Ok("text".to_owned())
            }
        }
        struct Shop(&'static str);
        impl Shop {
            attach! {
                conversation [$($kind)*] []
                async fn method(&self, conversation: Conversation) -> String {
                    tokio::task::yield_now().await;
                    drop(conversation);
                    self.0.to_owned()
                }
            }
        }
        let kinds = [$(stringify!($kind)),*];
        check(&kinds, async |conversation| assert!(sync_fn(&conversation).is_ok())).await;
        check(&kinds, async |conversation| assert!(async_fn(&conversation).await.is_ok())).await;
        check(&kinds, async |conversation| {
            assert_eq!(Shop("text").method(conversation).await, "text");
        })
        .await;
    }};
}

/// Does the same as `case!` for functions that return streams.
macro_rules! stream_case {
    ($($kind:ident)*) => {{
        attach! {
            conversation [$($kind)*] []
            fn stream_fn(conversation: &Conversation) -> impl Stream<Item = String> {
                let _ = conversation;
                stream::iter(["te".to_owned(), "xt".to_owned()])
            }
        }
        attach! {
            conversation [$($kind)*] []
            async fn async_stream_fn(
                conversation: &Conversation,
            ) -> Result<impl Stream<Item = String>, OutOfStock> {
                tokio::task::yield_now().await;
                let _ = conversation;
                Ok(stream::iter(["te".to_owned(), "xt".to_owned()]))
            }
        }
        let kinds = [$(stringify!($kind)),*];
        check(&kinds, async |conversation| {
            assert_eq!(stream_fn(&conversation).count().await, 2);
        })
        .await;
        check(&kinds, async |conversation| {
            assert_eq!(async_stream_fn(&conversation).await.unwrap().count().await, 2);
        })
        .await;
    }};
}

/// Calls a function with these attributes, and checks its events.
async fn check(kinds: &[&str], call: impl AsyncFnOnce(Conversation)) {
    let has = |kind: &str| {
        let in_turn = matches!(kind, "message" | "reply") && kinds.contains(&"turn");
        in_turn || kinds.contains(&kind)
    };
    let test = TestTracker::new();
    let conversation = test.conversation();
    let call = call(conversation.clone());
    if has("message") || has("session") {
        call.await;
    } else {
        conversation.turn("Is it?").run(call).await;
    }
    let has_turn = has("message") || !has("session");
    let has_tool = has("tool") || has("recorded");
    let starts = has("session") || has("reply") || has_turn;
    let expected: Vec<_> = [
        (starts, "Conversation Started"),
        (has_turn, "Message Sent"),
        (has_tool, "Action Invoked"),
        (has("media"), "Media Generated"),
        (has("component"), "Component Loaded"),
        (has("feedback"), "Feedback Submitted"),
        (has("reply"), "Message Received"),
        (has("session"), "Conversation Ended"),
    ]
    .into_iter()
    .filter_map(|(is_sent, name)| is_sent.then_some(name))
    .collect();
    let events = test.events();
    let names: Vec<_> = events.iter().map(CapturedEvent::name).collect();
    assert_eq!(names, expected, "{kinds:?}");
    let id = |name| test.event(name).message_id().map(ToOwned::to_owned);
    let (message, reply) = (
        has_turn.then(|| id("Message Sent")).flatten(),
        has("reply").then(|| id("Message Received")).flatten(),
    );
    assert_eq!(reply.is_some(), has("reply"));
    let inside = if has("reply") { reply } else { message };
    for (is_sent, name) in [
        (has_tool, "Action Invoked"),
        (has("media"), "Media Generated"),
        (has("component"), "Component Loaded"),
        (has("feedback"), "Feedback Submitted"),
    ] {
        if is_sent {
            assert_eq!(id(name), inside, "{name} with {kinds:?}");
        }
    }
    let ledger = test.ledger();
    assert_eq!(ledger.emitted, events.len() as u64, "{kinds:?}");
    assert_eq!(MessageId::current(), None);
}

macro_rules! pairs {
    ($test:ident: $case:ident, $([$one:ident $other:ident])*) => {
        #[tokio::test]
        async fn $test() {
            $(
                $case!($one $other);
                $case!($other $one);
            )*
        }
    };
}

pairs! {
    tools_in_any_order: case,
    [tool media] [tool component] [tool feedback] [tool reply] [tool message] [tool session]
    [recorded media] [recorded component] [recorded feedback] [recorded reply] [recorded message]
    [recorded session]
}

pairs! {
    other_attributes_in_any_order: case,
    [media component] [media feedback] [media reply] [media message] [media session]
    [component feedback] [component reply] [component message] [component session]
    [feedback reply] [feedback message] [feedback session]
}

pairs! {
    messages_in_any_order: case,
    [reply message] [reply session] [message session]
}

pairs! {
    turns_in_any_order: case,
    [turn tool] [turn recorded] [turn media] [turn component] [turn feedback] [turn session]
}

pairs! {
    streamed_turns_in_any_order: stream_case,
    [turn tool] [turn media] [turn component] [turn feedback]
}

pairs! {
    streams_in_any_order: stream_case,
    [tool reply] [media reply] [component reply] [feedback reply] [reply message] [tool message]
    [media message] [tool media]
}

#[tokio::test]
async fn three_or_more_attributes_in_any_order() {
    case!(session message reply);
    case!(session reply message);
    case!(message session reply);
    case!(message reply session);
    case!(reply session message);
    case!(reply message session);
    case!(session message reply tool media component feedback);
    case!(feedback component media tool reply message session);
    case!(reply recorded session media feedback message component);
    stream_case!(message reply tool media component feedback);
    stream_case!(feedback reply media message component recorded);
}

#[tokio::test]
async fn other_attributes_stay_in_place() {
    case!(tracing message tracing reply tracing);
    case!(message tracing tool tracing reply);
    stream_case!(message tracing reply);
    case!(session tracing message reply tracing tool);
}

#[test]
fn attributes_of_async_traits_are_reordered() {
    #[async_trait::async_trait]
    trait Handle {
        async fn handle(&self, conversation: &Conversation) -> String;
    }

    struct Handler;

    #[async_trait::async_trait]
    impl Handle for Handler {
        #[tracked_message(body = "hi", conversation = conversation)]
        #[tracked_reply]
        async fn handle(&self, conversation: &Conversation) -> String {
            let _ = conversation;
            "text".to_owned()
        }
    }

    copilot_track_tests::block_on(check(&["message", "reply"], async |conversation| {
        Handler.handle(&conversation).await;
    }));
}
