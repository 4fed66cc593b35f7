//! What an annotation may cost: depth of types, and bytes of a future.

#![deny(warnings, clippy::all, clippy::pedantic)]

use copilot_track::testing::TestTracker;
use copilot_track::{tracked_media, tracked_reply, tracked_tool};

/// A chain of functions, each awaiting the next, under one attribute.
macro_rules! chain {
    ($name:ident: #[$attr:meta] $($function:ident)*) => {
        mod $name {
            use super::*;
            chain!(@ #[$attr] $($function)*);
        }
    };
    (@ #[$attr:meta] $last:ident) => {
        #[$attr]
        pub(super) async fn $last(text: String) -> String {
            tokio::task::yield_now().await;
            text
        }
    };
    (@ #[$attr:meta] $function:ident $next:ident $($rest:ident)*) => {
        #[$attr]
        pub(super) async fn $function(text: String) -> String {
            $next(text).await + "."
        }
        chain!(@ #[$attr] $next $($rest)*);
    };
}

/// The same with `?`, for which a body has to be wrapped.
macro_rules! fallible_chain {
    ($name:ident: #[$attr:meta] $($function:ident)*) => {
        mod $name {
            use super::*;
            fallible_chain!(@ #[$attr] $($function)*);
        }
    };
    (@ #[$attr:meta] $last:ident) => {
        #[$attr]
        pub(super) async fn $last(text: String) -> Result<String, std::io::Error> {
            tokio::task::yield_now().await;
            Ok(text)
        }
    };
    (@ #[$attr:meta] $function:ident $next:ident $($rest:ident)*) => {
        #[$attr]
        pub(super) async fn $function(text: String) -> Result<String, std::io::Error> {
            Ok($next(text).await? + ".")
        }
        fallible_chain!(@ #[$attr] $next $($rest)*);
    };
}

chain!(tools: #[tracked_tool(type = "t")] a b c d e f g h i j k l m n o p q r);
chain!(recorded: #[tracked_tool(type = "t", record(duration, outcome))] a b c d e f g h i j k l m n o p q r);
chain!(media: #[tracked_media(type = "image", sub_type = "png")] a b c d e f g h i j k l m n o p q r);
fallible_chain!(fallible_tools: #[tracked_tool(type = "t")] a b c d e f g h i j k l m n o p q r);
fallible_chain!(fallible_recorded: #[tracked_tool(type = "t", record(outcome))] a b c d e f g h i j k l m n o);
chain!(replies: #[tracked_reply] a b c d e f g h i j k l m);

#[tokio::test]
async fn a_chain_of_18_can_be_spawned() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let empty = String::new;
    tokio::spawn(turn.run(tools::a(empty()))).await.unwrap();
    tokio::spawn(turn.run(recorded::a(empty()))).await.unwrap();
    tokio::spawn(turn.run(media::a(empty()))).await.unwrap();
    tokio::spawn(turn.run(fallible_tools::a(empty())))
        .await
        .unwrap()
        .unwrap();
    // Where each has a wrapper of its own, fewer fit: tracing's `#[instrument]` manages 12.
    tokio::spawn(turn.run(fallible_recorded::a(empty())))
        .await
        .unwrap()
        .unwrap();
    tokio::spawn(turn.run(replies::a(empty()))).await.unwrap();
    assert_eq!(test.events_named("Action Invoked").len(), 3 * 18 + 15);
    assert_eq!(test.events_named("Media Generated").len(), 18);
    assert_eq!(test.events_named("Message Received").len(), 13);
}

async fn plain(n: u64) -> u64 {
    tokio::task::yield_now().await;
    n
}

#[tracked_tool(type = "t")]
async fn tool(n: u64) -> u64 {
    tokio::task::yield_now().await;
    n
}

#[tracked_tool(type = "t", record(duration, outcome))]
async fn recorded_tool(n: u64) -> u64 {
    tokio::task::yield_now().await;
    n
}

#[tracked_media(type = "image", sub_type = "png")]
async fn media_maker(n: u64) -> u64 {
    tokio::task::yield_now().await;
    n
}

#[tracked_reply(body = ToString::to_string)]
async fn reply(n: u64) -> u64 {
    tokio::task::yield_now().await;
    n
}

#[test]
fn a_small_future_grows_by_at_most_64_bytes() {
    let base = size_of_val(&plain(1));
    let grown = [
        ("tool", size_of_val(&tool(1))),
        ("recorded tool", size_of_val(&recorded_tool(1))),
        ("media", size_of_val(&media_maker(1))),
        ("reply", size_of_val(&reply(1))),
    ];
    println!("plain {base}, {grown:?}");
    for (name, size) in grown {
        assert!(size <= base + 64, "{name}: {size} bytes, plain {base}");
    }
}

/// Four functions, each of which holds 1 KB across an `.await` of the next.
macro_rules! nested {
    ($name:ident: $(#[$attr:meta])?) => {
        mod $name {
            $(use super::*; #[$attr])?
            pub(super) async fn one(data: [u8; 1024]) -> usize {
                let n = two(data).await;
                n + data.len()
            }
            $(#[$attr])?
            async fn two(data: [u8; 1024]) -> usize {
                let n = three(data).await;
                n + data.len()
            }
            $(#[$attr])?
            async fn three(data: [u8; 1024]) -> usize {
                let n = four(data).await;
                n + data.len()
            }
            $(#[$attr])?
            async fn four(data: [u8; 1024]) -> usize {
                tokio::task::yield_now().await;
                data.len()
            }
        }
    };
}

nested!(nested_plain:);
nested!(nested_tools: #[tracked_tool(type = "t")]);
nested!(nested_media: #[tracked_media(type = "image", sub_type = "png")]);
nested!(nested_replies: #[tracked_reply(body = ToString::to_string)]);

#[test]
fn four_nested_futures_of_1_kb_stay_under_8_500_bytes() {
    let data = [0; 1024];
    let sizes = [
        ("plain", size_of_val(&nested_plain::one(data))),
        ("tools", size_of_val(&nested_tools::one(data))),
        ("media", size_of_val(&nested_media::one(data))),
        ("replies", size_of_val(&nested_replies::one(data))),
    ];
    println!("{sizes:?}");
    for (name, size) in sizes {
        assert!(size < 8_500, "{name}: {size} bytes");
    }
}
