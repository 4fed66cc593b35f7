//! Futures and streams inside other types, and bounds that a tracked value cannot satisfy.

use std::future::Future;
use std::pin::Pin;

use copilot_track::{tracked_media, tracked_reply, tracked_tool};
use futures_util::stream::{self, Stream};

trait Later: Future<Output = u8> {}

impl<F: Future<Output = u8>> Later for F {}

type Chunks = Pin<Box<dyn Stream<Item = String> + Send>>;

#[tracked_tool(type = "t", record(outcome))]
fn in_a_tuple() -> (u8, impl Future<Output = u8>) {
    (1, async { 1 })
}

#[tracked_tool(type = "t", record(outcome))]
fn in_a_vec(early: bool) -> Result<Vec<impl Later>, String> {
    if early {
        return Err(String::new());
    }
    Ok(vec![async { 1 }])
}

#[tracked_media(type = "image", sub_type = "png")]
async fn in_an_async_output() -> Option<(impl Future<Output = u8>, u8)> {
    std::future::ready(()).await;
    Some((async { 1 }, 1))
}

#[tracked_tool(type = "t", result(a = |_| 1))]
fn in_an_option_in_a_result() -> Result<Option<impl Future<Output = u8>>, String> {
    Ok(Some(async { 1 }))
}

#[tracked_tool(type = "t", record(outcome))]
fn unknown_trait() -> Option<impl Later> {
    Some(async { 1 })
}

#[tracked_reply(body = |_| "text")]
fn stream_in_a_tuple() -> (impl Stream<Item = String>, u8) {
    (stream::empty(), 1)
}

#[tracked_reply(body = |_| "text")]
fn boxed_stream_in_a_tuple() -> (Chunks, u8) {
    (Box::pin(stream::empty()), 1)
}

#[tracked_reply]
fn cloned_stream() -> Option<impl Stream<Item = String> + Clone> {
    Some(stream::iter([String::new()]))
}

#[tracked_tool(type = "t")]
fn cloned_into_future() -> impl IntoFuture<Output = u8> + Clone {
    std::future::ready(1)
}

fn main() {}
