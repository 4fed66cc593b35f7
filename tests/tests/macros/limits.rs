//! The cost of annotations: the nesting of types and the size of futures.

use copilot_track::testing::TestTracker;
use copilot_track::{
    Conversation, tracked_component, tracked_conversation, tracked_feedback, tracked_media,
    tracked_message, tracked_reply, tracked_tool,
};

/// Returns the current conversation, for `conversation = …`.
fn current_conversation() -> Option<Conversation> {
    Conversation::current()
}

/// Defines a chain of functions with the same attribute. Each function awaits the next one.
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

/// Defines the same chain with fallible functions, which can return early through `?`.
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

/// Defines both chains for each attribute, with 18 functions each, and a test that spawns them.
macro_rules! chains {
    ($($name:ident $fallible:ident: #[$attr:meta] $event:literal;)*) => {
        $(
            chain!($name: #[$attr] a b c d e f g h i j k l m n o p q r);
            fallible_chain!($fallible: #[$attr] a b c d e f g h i j k l m n o p q r);
        )*

        #[tokio::test]
        async fn a_chain_of_18_async_functions_can_be_spawned() {
            // A reply without text would not be sent.
            let word = || "Yes".to_owned();
            $(
                let test = TestTracker::new();
                let turn = test.conversation().turn("Is it?");
                let before = test.events_named($event).len();
                let text = tokio::spawn(turn.run($name::a(word()))).await.unwrap();
                assert_eq!(text.len(), 20);
                let text = tokio::spawn(turn.run($fallible::a(word()))).await.unwrap();
                assert_eq!(text.unwrap().len(), 20);
                let sent = test.events_named($event).len() - before;
                // A conversation that has ended does not end again, so some calls send no event.
                let expected = if $event == "Conversation Ended" { 1..=36 } else { 36..=36 };
                assert!(expected.contains(&sent), "{}: {sent}", stringify!($name));
            )*
        }
    };
}

chains! {
    tools fallible_tools: #[tracked_tool(type = "t")] "Action Invoked";
    recorded fallible_recorded: #[tracked_tool(type = "t", record(duration, outcome, error_type))] "Action Invoked";
    with_media fallible_with_media: #[tracked_tool(type = "t", media(type = "image", sub_type = "png"))] "Media Generated";
    replies fallible_replies: #[tracked_reply] "Message Received";
    closures fallible_closures: #[tracked_reply(body = |text| text.as_str(), record(duration))] "Message Received";
    media fallible_media: #[tracked_media(type = "image", sub_type = "png")] "Media Generated";
    components fallible_components: #[tracked_component(type = "Chart")] "Component Loaded";
    messages fallible_messages: #[tracked_message(body = "Is it?")] "Message Sent";
    feedback fallible_feedback: #[tracked_feedback(rating = 5)] "Feedback Submitted";
    conversations fallible_conversations: #[tracked_conversation(conversation = current_conversation())] "Conversation Ended";
}

/// Defines functions that all have this attribute, if any: two small functions, and a chain of four
/// functions with an argument of 1 KB.
macro_rules! sizes {
    ($name:ident: $(#[$attr:meta])?) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $(#[$attr])?
            pub(super) async fn small(n: u64) -> u64 {
                tokio::task::yield_now().await;
                n
            }
            $(#[$attr])?
            pub(super) async fn early(n: u64) -> Result<u64, std::num::ParseIntError> {
                tokio::task::yield_now().await;
                let m: u64 = "1".parse()?;
                Ok(n + m)
            }
            $(#[$attr])?
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

sizes!(size_plain:);
sizes!(size_tool: #[tracked_tool(type = "t")]);
sizes!(size_recorded: #[tracked_tool(type = "t", record(duration, outcome))]);
sizes!(size_with_media: #[tracked_tool(type = "t", record(duration), media(type = "image", sub_type = "png"))]);
sizes!(size_reply: #[tracked_reply(body = ToString::to_string)]);
sizes!(size_media: #[tracked_media(type = "image", sub_type = "png")]);
sizes!(size_component: #[tracked_component(type = "Chart")]);
sizes!(size_message: #[tracked_message(body = "m")]);
sizes!(size_feedback: #[tracked_feedback(rating = 5)]);
sizes!(size_conversation: #[tracked_conversation(conversation = current_conversation())]);

/// Returns the name of each module and the sizes of three of its futures: a small future, a future
/// that can return early, and the future of the chain.
macro_rules! all_sizes {
    ($($name:ident)*) => {
        [$((
            stringify!($name),
            size_of_val(&$name::small(1)),
            size_of_val(&$name::early(1)),
            size_of_val(&$name::one([0; 1024])),
        )),*]
    };
}

#[test]
fn annotated_futures_stay_small() {
    let sizes = all_sizes!(
        size_plain size_tool size_recorded size_with_media size_reply size_media size_component size_message
        size_feedback size_conversation
    );
    let (_, small, early, _) = sizes[0];
    for (name, its_small, its_early, nested) in sizes {
        println!(
            "{name}: +{}, +{}, {nested}",
            its_small - small,
            its_early - early
        );
        assert!(
            its_small <= small + 64,
            "{name}: {its_small} bytes, but {small} without the attribute"
        );
        assert!(
            its_early <= early + 64,
            "{name}: {its_early} bytes, but {early} without the attribute"
        );
        assert!(nested < 8_500, "{name}: {nested} bytes");
    }
}
