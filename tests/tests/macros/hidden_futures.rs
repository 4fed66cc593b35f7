//! Functions whose return type is a future that only the compiler can recognize.

use std::future::{Future, IntoFuture, Ready};
use std::pin::Pin;

use copilot_track::testing::TestTracker;
use copilot_track::{tracked_media, tracked_message, tracked_reply, tracked_tool};
use futures_util::future::{FusedFuture, FutureExt as _, TryFuture, TryFutureExt};

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

#[tracked_tool(type = "t", record(outcome))]
fn boxed_in_a_result(text: &str) -> Result<BoxFuture<u8>, std::num::ParseIntError> {
    let number: u8 = text.parse()?;
    let failed = number > 9;
    Ok(Box::pin(async move {
        if failed {
            Err(String::new())
        } else {
            Ok(number)
        }
    }))
}

#[tracked_tool(type = "t", record(outcome))]
fn in_an_option(some: bool) -> Option<futures_util::future::BoxFuture<'static, u8>> {
    some.then(|| -> futures_util::future::BoxFuture<'static, u8> { Box::pin(async { 1 }) })
}

#[tracked_tool(type = "t", record(outcome), properties(text))]
fn impl_in_a_result(
    text: &str,
) -> Result<impl Future<Output = u8> + use<>, std::num::ParseIntError> {
    let number = text.parse()?;
    Ok(async move { number })
}

#[tracked_tool(type = "t", record(outcome))]
fn try_future(ok: bool) -> impl TryFuture<Ok = u8, Error = String> {
    async move { ok.then_some(1).ok_or_else(String::new) }
}

#[tracked_tool(type = "t", record(outcome))]
fn fused(ok: bool) -> impl FusedFuture<Output = Result<u8, ()>> + Unpin + std::fmt::Debug {
    std::future::ready(ok.then_some(1).ok_or(())).fuse()
}

#[tracked_tool(type = "t", record(outcome))]
fn into_future(ok: bool) -> impl IntoFuture<Output = Result<u8, ()>> {
    async move { ok.then_some(1).ok_or(()) }
}

#[tracked_reply]
fn shared(text: String) -> impl Future<Output = String> + Clone + Send {
    async {
        tokio::task::yield_now().await;
        text
    }
    .boxed()
    .shared()
}

#[tokio::test]
async fn futures_in_results_and_options_are_tracked() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(async {
        assert!(boxed_in_a_result("x").is_err());
        assert_eq!(outcomes(&test), ["error"]);
        let future = boxed_in_a_result("1").unwrap();
        assert_eq!(outcomes(&test), ["error"]);
        assert_eq!(future.await, Ok(1));
        assert!(boxed_in_a_result("10").unwrap().await.is_err());
        assert_eq!(outcomes(&test), ["error", "ok", "error"]);
        assert_eq!(in_an_option(true).unwrap().await, 1);
        assert!(in_an_option(false).is_none());
        assert!(impl_in_a_result("x").is_err());
        assert_eq!(impl_in_a_result("2").unwrap().await, 2);
        let all = ["error", "ok", "error", "ok", "ok", "error", "ok"];
        assert_eq!(outcomes(&test), all);
    })
    .await;
}

#[tokio::test]
async fn traits_of_futures_are_recognized() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(async {
        for ok in [true, false] {
            assert_eq!(TryFutureExt::into_future(try_future(ok)).await.is_ok(), ok);
            let future = fused(ok);
            assert!(!future.is_terminated());
            assert_eq!(future.await.is_ok(), ok);
            let future = into_future(ok);
            assert_eq!(future.await.is_ok(), ok);
        }
        drop(into_future(true));
    })
    .await;
    let all = ["ok", "ok", "ok", "error", "error", "error"];
    assert_eq!(outcomes(&test), all);
}

#[tokio::test]
async fn clones_of_a_future_share_its_call() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let reply = turn.in_scope(|| shared("yes".to_owned()));
    let other = reply.clone();
    turn.run(async {
        let mut unfinished = reply.clone();
        assert!(futures_util::poll!(&mut unfinished).is_pending());
        drop(unfinished);
        assert_eq!(
            futures_util::join!(reply, other),
            ("yes".to_owned(), "yes".to_owned())
        );
    })
    .await;
    assert_eq!(test.events_named("Message Received").len(), 1);
}

#[tracked_message(body = text)]
async fn start(text: String) -> tokio::task::JoinHandle<usize> {
    tokio::spawn(async move { text.len() })
}

#[tracked_reply]
async fn prepare(text: String) -> futures_util::future::BoxFuture<'static, String> {
    tokio::task::yield_now().await;
    Box::pin(async move { text })
}

#[tokio::test]
async fn an_async_function_can_return_a_future() {
    let test = TestTracker::new();
    test.conversation()
        .run(async {
            assert_eq!(start("hi".to_owned()).await.await.unwrap(), 2);
            assert_eq!(prepare("yes".to_owned()).await.await, "yes");
        })
        .await;
    test.event("Message Sent")
        .assert_property("message_body", "hi");
    test.event("Message Received")
        .assert_property("message_body", "yes");
}
