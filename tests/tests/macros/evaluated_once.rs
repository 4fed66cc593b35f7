//! Each attribute evaluates each of its arguments once, on every kind of function.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;

use copilot_track::testing::TestTracker;
use copilot_track::{
    Conversation, tracked_component, tracked_conversation, tracked_feedback, tracked_media,
    tracked_message, tracked_reply, tracked_tool, tracked_turn,
};
use futures_util::stream::{self, Stream, StreamExt as _};

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

/// Counts an evaluation.
fn count<T>(value: T) -> T {
    COUNT.set(COUNT.get() + 1);
    value
}

/// Returns the number of evaluations since the last call.
fn counted() -> usize {
    COUNT.replace(0)
}

type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

async fn finished<T>(value: T) -> T {
    tokio::task::yield_now().await;
    value
}

/// Defines functions with the attributes, and a function that calls each of them and returns the
/// number of evaluations of each call.
macro_rules! functions {
    ($name:ident $c:ident $(#[$attr:meta])*) => {
        mod $name {
            use super::*;

            $(#[$attr])*
            fn in_place($c: &Conversation) -> String {
                $c.id().to_string()
            }

            $(#[$attr])*
            fn early($c: &Conversation) -> Result<String, String> {
                if $c.id().as_str().is_empty() {
                    return Err(String::new());
                }
                Ok($c.id().to_string())
            }

            $(#[$attr])*
            async fn suspended($c: &Conversation) -> Result<String, String> {
                Ok(finished($c.id().to_string()).await)
            }

            $(#[$attr])*
            async fn without_await($c: &Conversation) -> String {
                $c.id().to_string()
            }

            $(#[$attr])*
            fn boxed($c: &Conversation) -> Pin<Box<dyn Future<Output = String>>> {
                Box::pin(finished($c.id().to_string()))
            }

            $(#[$attr])*
            fn alias($c: &Conversation) -> Boxed<Result<String, String>> {
                Box::pin(finished(Ok($c.id().to_string())))
            }

            $(#[$attr])*
            fn opaque($c: &Conversation) -> impl Future<Output = String> + use<> {
                finished($c.id().to_string())
            }

            $(#[$attr])*
            fn opaque_in_a_result(
                $c: &Conversation,
            ) -> Result<impl Future<Output = String> + use<>, String> {
                Ok(finished($c.id().to_string()))
            }

            pub(super) async fn evaluations($c: &Conversation) -> Vec<usize> {
                let mut all = Vec::new();
                in_place($c);
                all.push(counted());
                early($c).unwrap();
                all.push(counted());
                suspended($c).await.unwrap();
                all.push(counted());
                without_await($c).await;
                all.push(counted());
                boxed($c).await;
                all.push(counted());
                alias($c).await.unwrap();
                all.push(counted());
                opaque($c).await;
                all.push(counted());
                opaque_in_a_result($c).unwrap().await;
                all.push(counted());
                all
            }
        }
    };
}

functions!(tool c #[tracked_tool(type = "t", conversation = count(c))]);
functions!(tool_with_condition c #[tracked_tool(type = "t", conversation = count(c), when = count(true))]);
functions!(recorded_tool c #[tracked_tool(type = "t", conversation = count(c), record(outcome))]);
functions!(tool_with_result c #[tracked_tool(type = "t", conversation = count(c), result(a = |_| 1))]);
functions!(tool_with_media c #[tracked_tool(type = count("t"), conversation = count(c), media(type = count("image"), sub_type = "png"))]);
functions!(tool_with_media_and_condition c #[tracked_tool(type = "t", when = count(true), media(type = "image", sub_type = "png"))]);
functions!(recorded_tool_with_media c #[tracked_tool(type = "t", conversation = count(c), record(duration), media(type = "image", sub_type = "png"))]);
functions!(media c #[tracked_media(type = "image", sub_type = "png", conversation = count(c))]);
functions!(component c #[tracked_component(type = "c", conversation = count(c))]);
functions!(feedback c #[tracked_feedback(rating = 1, conversation = count(c))]);
functions!(message c #[tracked_message(body = count("hi"), conversation = count(c))]);
functions!(reply c #[tracked_reply(conversation = count(c), body = |_| "yes")]);
functions!(reply_with_media c #[tracked_reply(conversation = count(c), body = |_| "yes", media(type = "image", sub_type = "png"))]);
functions!(turn c #[tracked_turn(message = count("hi"), conversation = count(c), body = |_| "yes")]);
functions!(conversation c #[tracked_conversation(conversation = count(c))]);

#[tokio::test]
async fn one_attribute_evaluates_each_argument_once() {
    let test = TestTracker::new();
    let c = test.conversation();
    assert_eq!(tool::evaluations(&c).await, [1; 8]);
    assert_eq!(tool_with_condition::evaluations(&c).await, [2; 8]);
    assert_eq!(recorded_tool::evaluations(&c).await, [1; 8]);
    assert_eq!(tool_with_result::evaluations(&c).await, [1; 8]);
    assert_eq!(tool_with_media::evaluations(&c).await, [3; 8]);
    assert_eq!(recorded_tool_with_media::evaluations(&c).await, [1; 8]);
    assert_eq!(media::evaluations(&c).await, [1; 8]);
    assert_eq!(component::evaluations(&c).await, [1; 8]);
    assert_eq!(feedback::evaluations(&c).await, [1; 8]);
    assert_eq!(message::evaluations(&c).await, [2; 8]);
    assert_eq!(reply::evaluations(&c).await, [1; 8]);
    assert_eq!(reply_with_media::evaluations(&c).await, [1; 8]);
    assert_eq!(turn::evaluations(&c).await, [2; 8]);
    assert_eq!(conversation::evaluations(&c).await, [1; 8]);
    let conditions = c.run(tool_with_media_and_condition::evaluations(&c)).await;
    assert_eq!(conditions, [1; 8]);
    // A tool with media sends both events.
    let sent = |name| test.events_named(name).len();
    assert_eq!(sent("Media Generated"), 5 * 8);
    assert_eq!(sent("Action Invoked"), 7 * 8);
}

/// Defines functions with two attributes, for each pair of different attributes.
macro_rules! pairs {
    ($($name:ident $c:ident: #[$one:meta] #[$other:meta];)*) => {
        $(functions!($name $c #[$one] #[$other]);)*

        #[tokio::test]
        async fn two_attributes_evaluate_their_conversations_once_each() {
            let test = TestTracker::new();
            let c = test.conversation();
            $(assert_eq!($name::evaluations(&c).await, [2; 8], stringify!($name));)*
        }
    };
}

pairs! {
    tool_and_media c: #[tracked_tool(type = "t", conversation = count(c))] #[tracked_media(type = "image", sub_type = "png", conversation = count(c))];
    tool_and_component c: #[tracked_tool(type = "t", conversation = count(c))] #[tracked_component(type = "c", conversation = count(c))];
    tool_and_feedback c: #[tracked_feedback(rating = 1, conversation = count(c))] #[tracked_tool(type = "t", conversation = count(c))];
    tool_and_message c: #[tracked_message(body = "hi", conversation = count(c))] #[tracked_tool(type = "t", conversation = count(c))];
    tool_and_reply c: #[tracked_reply(body = |_| "yes", conversation = count(c))] #[tracked_tool(type = "t", record(outcome), conversation = count(c))];
    tool_and_turn c: #[tracked_turn(message = "hi", body = |_| "yes", conversation = count(c))] #[tracked_tool(type = "t", conversation = count(c))];
    tool_and_conversation c: #[tracked_tool(type = "t", record(outcome), conversation = count(c))] #[tracked_conversation(conversation = count(c))];
    media_and_component c: #[tracked_media(type = "image", sub_type = "png", conversation = count(c))] #[tracked_component(type = "c", conversation = count(c))];
    media_and_feedback c: #[tracked_media(type = "image", sub_type = "png", conversation = count(c))] #[tracked_feedback(rating = 1, conversation = count(c))];
    media_and_message c: #[tracked_media(type = "image", sub_type = "png", conversation = count(c))] #[tracked_message(body = "hi", conversation = count(c))];
    media_and_reply c: #[tracked_media(type = "image", sub_type = "png", conversation = count(c))] #[tracked_reply(body = |_| "yes", conversation = count(c))];
    media_and_turn c: #[tracked_media(type = "image", sub_type = "png", conversation = count(c))] #[tracked_turn(message = "hi", body = |_| "yes", conversation = count(c))];
    media_and_conversation c: #[tracked_media(type = "image", sub_type = "png", conversation = count(c))] #[tracked_conversation(conversation = count(c))];
    component_and_feedback c: #[tracked_component(type = "c", conversation = count(c))] #[tracked_feedback(rating = 1, conversation = count(c))];
    component_and_message c: #[tracked_component(type = "c", conversation = count(c))] #[tracked_message(body = "hi", conversation = count(c))];
    component_and_reply c: #[tracked_component(type = "c", conversation = count(c))] #[tracked_reply(body = |_| "yes", conversation = count(c))];
    component_and_turn c: #[tracked_component(type = "c", conversation = count(c))] #[tracked_turn(message = "hi", body = |_| "yes", conversation = count(c))];
    component_and_conversation c: #[tracked_component(type = "c", conversation = count(c))] #[tracked_conversation(conversation = count(c))];
    feedback_and_message c: #[tracked_feedback(rating = 1, conversation = count(c))] #[tracked_message(body = "hi", conversation = count(c))];
    feedback_and_reply c: #[tracked_feedback(rating = 1, conversation = count(c))] #[tracked_reply(body = |_| "yes", conversation = count(c))];
    feedback_and_turn c: #[tracked_feedback(rating = 1, conversation = count(c))] #[tracked_turn(message = "hi", body = |_| "yes", conversation = count(c))];
    feedback_and_conversation c: #[tracked_feedback(rating = 1, conversation = count(c))] #[tracked_conversation(conversation = count(c))];
    message_and_reply c: #[tracked_message(body = "hi", conversation = count(c))] #[tracked_reply(body = |_| "yes", conversation = count(c))];
    message_and_conversation c: #[tracked_message(body = "hi", conversation = count(c))] #[tracked_conversation(conversation = count(c))];
    reply_and_conversation c: #[tracked_reply(body = |_| "yes", conversation = count(c))] #[tracked_conversation(conversation = count(c))];
    turn_and_conversation c: #[tracked_turn(message = "hi", body = |_| "yes", conversation = count(c))] #[tracked_conversation(conversation = count(c))];
}

#[tracked_tool(type = "t", conversation = count(c), media(type = "image", sub_type = "png"))]
#[tracked_reply(conversation = count(c))]
fn streamed(c: &Conversation) -> impl Stream<Item = String> + use<> {
    stream::iter([c.id().to_string()])
}

#[tokio::test]
async fn a_stream_evaluates_its_conversation_once() {
    let test = TestTracker::new();
    let c = test.conversation();
    let stream = streamed(&c);
    let _: Vec<_> = stream.collect().await;
    assert_eq!(counted(), 2);
    assert_eq!(test.events_named("Message Received").len(), 1);
}
