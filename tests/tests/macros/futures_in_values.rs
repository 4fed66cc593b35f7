//! Functions that return an `impl Trait` inside another type.

use std::future::{Future, IntoFuture};

use copilot_track::testing::TestTracker;
use copilot_track::{tracked_media, tracked_reply, tracked_tool};
use futures_util::FutureExt as _;
use futures_util::stream::{self, Stream, StreamExt as _};

/// A trait of futures whose name does not say so.
trait Later: Future<Output = Result<u8, String>> {}

impl<F: Future<Output = Result<u8, String>>> Later for F {}

/// A trait of values.
trait Level {
    fn level(&self) -> u8;
}

impl Level for u8 {
    fn level(&self) -> u8 {
        *self
    }
}

async fn finish(ok: bool) -> Result<u8, String> {
    tokio::task::yield_now().await;
    ok.then_some(1).ok_or_else(String::new)
}

#[tracked_tool(type = "t", record(outcome))]
fn shared(
    ok: Option<bool>,
) -> Result<impl Future<Output = Result<u8, String>> + Clone + use<>, String> {
    Ok(finish(ok.ok_or_else(String::new)?).boxed().shared())
}

#[tracked_reply]
fn shared_in_an_option(text: Option<String>) -> Option<impl Clone + Future<Output = String>> {
    let text = text?;
    Some(async move { text }.boxed().shared())
}

#[tracked_tool(type = "t", record(outcome))]
fn into_future(ok: Option<bool>) -> Option<impl IntoFuture<Output = Result<u8, String>>> {
    ok.map(finish)
}

#[tracked_media(type = "image", sub_type = "png")]
fn into_future_in_a_result(
    ok: Option<bool>,
) -> Result<impl IntoFuture<Output = Result<u8, String>>, String> {
    Ok(finish(ok.ok_or_else(String::new)?))
}

#[tracked_tool(type = "t", record(outcome), future)]
fn unknown_trait(ok: Option<bool>) -> Result<impl Later, String> {
    ok.map(finish).ok_or_else(String::new)
}

#[tracked_tool(type = "t", record(outcome))]
fn values(ok: bool) -> Result<(impl Level, Vec<impl Level>, [impl Level; 1]), String> {
    if !ok {
        return Err(String::new());
    }
    Ok((1_u8, vec![2_u8], [3_u8]))
}

#[tracked_tool(type = "t", record(outcome))]
async fn async_values(ok: bool) -> Result<(impl Level, Option<impl Level>), String> {
    Ok((finish(ok).await?, Some(2_u8)))
}

/// The event is sent when the function is called, so that it does not matter what is returned.
#[tracked_tool(type = "t")]
fn future_in_a_tuple(ok: bool) -> (impl Future<Output = Result<u8, String>>, u8) {
    (finish(ok), 1)
}

#[tracked_reply]
fn future_of_a_stream(
    text: Option<String>,
) -> Result<impl Future<Output = impl Stream<Item = String>>, String> {
    let text = text.ok_or_else(String::new)?;
    Ok(async move { stream::iter([text]) })
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
async fn clones_of_a_future_in_a_result_share_its_call() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(async {
        assert!(shared(None).is_err());
        assert_eq!(outcomes(&test), ["error"]);
        let future = shared(Some(true)).unwrap();
        let clone = future.clone();
        assert_eq!(outcomes(&test), ["error"]);
        assert_eq!(futures_util::join!(future, clone), (Ok(1), Ok(1)));
        assert_eq!(outcomes(&test), ["error", "ok"]);
        assert!(shared(Some(false)).unwrap().await.is_err());
        assert_eq!(outcomes(&test), ["error", "ok", "error"]);
        drop(shared(Some(true)));
        assert_eq!(outcomes(&test).len(), 3);
        assert!(shared_in_an_option(None).is_none());
        let future = shared_in_an_option(Some("yes".to_owned())).unwrap();
        assert_eq!(future.clone().await + &future.await, "yesyes");
    })
    .await;
    assert_eq!(test.events_named("Message Received").len(), 1);
}

#[tokio::test]
async fn a_value_that_converts_to_a_future_is_tracked_until_it_completes() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(async {
        assert!(into_future(None).is_none());
        assert_eq!(outcomes(&test), ["ok"]);
        let future = into_future(Some(false)).unwrap();
        assert_eq!(outcomes(&test), ["ok"]);
        assert!(future.await.is_err());
        assert_eq!(outcomes(&test), ["ok", "error"]);
        for ok in [None, Some(false), Some(true)] {
            if let Ok(future) = into_future_in_a_result(ok) {
                assert_eq!(test.events_named("Media Generated").len(), 0);
                let _ = future.await;
            }
        }
        assert_eq!(test.events_named("Media Generated").len(), 1);
        assert!(unknown_trait(None).is_err());
        assert!(unknown_trait(Some(false)).unwrap().await.is_err());
        assert_eq!(outcomes(&test), ["ok", "error", "error", "error"]);
    })
    .await;
}

#[tokio::test]
async fn values_behind_traits_are_values() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(async {
        assert!(values(false).is_err());
        let (one, two, three) = values(true).unwrap();
        let sum = one.level() + two[0].level() + three[0].level();
        assert_eq!(sum, 6);
        assert!(async_values(false).await.is_err());
        let (one, two) = async_values(true).await.unwrap();
        assert_eq!(one.level() + two.unwrap().level(), 3);
        assert_eq!(outcomes(&test), ["error", "ok", "error", "ok"]);
        let (future, one) = future_in_a_tuple(true);
        assert_eq!(outcomes(&test).len(), 5);
        assert_eq!(future.await, Ok(one));
    })
    .await;
}

#[tokio::test]
async fn a_stream_in_a_future_in_a_result_is_a_reply() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(async {
        assert!(future_of_a_stream(None).is_err());
        let stream = future_of_a_stream(Some("yes".to_owned())).unwrap().await;
        assert_eq!(stream.collect::<String>().await, "yes");
    })
    .await;
    test.event("Message Received")
        .assert_property("message_body", "yes");
}
