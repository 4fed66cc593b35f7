//! Functions whose return type is a future that only the compiler can recognize.

use std::future::Ready;
use std::pin::Pin;

use copilot_track::testing::TestTracker;
use copilot_track::{tracked_media, tracked_reply, tracked_tool};

type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;
type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A type that has the name of a well-known future but is not a future.
#[derive(Debug, PartialEq)]
struct LocalBoxFuture<T>(T);

trait Service {
    type Future;

    fn call(&mut self, request: String) -> Self::Future;
}

struct Boxed;

impl Service for Boxed {
    type Future = BoxFuture<usize>;

    #[tracked_tool(type = "t", record(outcome), properties(request))]
    fn call(&mut self, request: String) -> Self::Future {
        Box::pin(async move {
            if request.is_empty() {
                return Err("empty".to_owned());
            }
            Ok(request.len())
        })
    }
}

struct Immediate;

impl Service for Immediate {
    type Future = Ready<Result<usize, String>>;

    #[tracked_tool(type = "t", record(outcome, error_type), future)]
    fn call(&mut self, request: String) -> Self::Future {
        std::future::ready(request.parse().map_err(|_| "no number".to_owned()))
    }
}

#[tracked_tool(type = "t", record(outcome))]
fn own_alias(sku: &str) -> BoxFuture<usize> {
    let sku = sku.to_owned();
    Box::pin(async move {
        if sku.is_empty() {
            Err(sku)
        } else {
            Ok(sku.len())
        }
    })
}

#[tracked_tool(type = "t")]
fn plain(sku: &str) -> Later<'_, usize> {
    Box::pin(async move { sku.len() })
}

#[tracked_media(type = "image", sub_type = "png")]
fn media(ok: bool) -> BoxFuture<u8> {
    Box::pin(async move { ok.then_some(1).ok_or_else(String::new) })
}

#[tracked_reply]
fn reply(question: String) -> Later<'static, String> {
    Box::pin(async move { question })
}

#[tracked_reply(body = |count| count.to_string(), properties(question))]
fn reply_with_body(question: String) -> BoxFuture<usize> {
    Box::pin(async move { Ok(question.len()) })
}

#[tracked_tool(type = "t", record(outcome))]
fn not_unpin(early: bool) -> Box<dyn Future<Output = u8> + Send> {
    if early {
        return Box::new(std::future::ready(2));
    }
    Box::new(async { 1 })
}

#[tracked_tool(type = "t", record(outcome))]
fn not_a_future() -> LocalBoxFuture<u8> {
    LocalBoxFuture(1)
}

fn outcomes(test: &TestTracker) -> Vec<String> {
    let events = test.events_named("Action Invoked");
    let outcome = |event: &copilot_track::testing::CapturedEvent| {
        let outcome = event.property("outcome").and_then(|value| value.as_str());
        outcome.unwrap_or("none").to_owned()
    };
    events.iter().map(outcome).collect()
}

#[tokio::test]
async fn the_outcome_is_that_of_the_future() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(turn.run(own_alias("abc")).await, Ok(3));
    assert!(turn.run(own_alias("")).await.is_err());
    assert_eq!(turn.run(Boxed.call("abc".to_owned())).await, Ok(3));
    assert!(turn.run(Boxed.call(String::new())).await.is_err());
    assert_eq!(turn.run(Box::into_pin(not_unpin(false))).await, 1);
    assert_eq!(turn.in_scope(not_a_future), LocalBoxFuture(1));
    assert_eq!(outcomes(&test), ["ok", "error", "ok", "error", "ok", "ok"]);
}

#[tokio::test]
async fn the_call_starts_when_the_future_is_polled() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    drop(turn.run(own_alias("abc")));
    drop(plain("abc"));
    assert_eq!(outcomes(&test), [""; 0]);
    let call = plain("abc");
    assert_eq!(turn.run(call).await, 3);
    assert_eq!(outcomes(&test), ["none"]);
    let mut call = Box::pin(turn.run(own_alias("abc")));
    assert!(futures_util::poll!(&mut call).is_ready());
    drop(call);
    assert_eq!(outcomes(&test), ["none", "ok"]);
}

#[tokio::test]
async fn media_and_replies_are_sent_when_the_future_succeeds() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(turn.run(media(true)).await, Ok(1));
    assert!(turn.run(media(false)).await.is_err());
    assert_eq!(test.events_named("Media Generated").len(), 1);
    assert_eq!(turn.run(reply("yes".to_owned())).await, "yes");
    assert_eq!(turn.run(reply_with_body("four".to_owned())).await, Ok(4));
    let replies = test.events_named("Message Received");
    assert_eq!(replies.len(), 2);
    assert_eq!(replies[0].property("message_body").unwrap(), "yes");
    assert_eq!(replies[1].property("message_body").unwrap(), "4");
    assert_eq!(replies[1].property("question").unwrap(), "four");
}

#[tokio::test]
async fn a_future_that_is_ready_completes_its_call_at_once() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let ready = turn.in_scope(|| Immediate.call("7".to_owned()));
    assert_eq!(outcomes(&test), ["ok"]);
    assert_eq!(ready.await, Ok(7));
    drop(turn.in_scope(|| Immediate.call("x".to_owned())));
    assert_eq!(outcomes(&test), ["ok", "error"]);
}
