use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use copilot_track::{
    Conversation, tracked_conversation, tracked_media, tracked_message, tracked_reply, tracked_tool,
};
use futures_util::stream::{self, Stream};

type Chunks = Pin<Box<dyn Stream<Item = u8> + Send>>;

struct Delay;

impl Future for Delay {
    type Output = Result<u8, String>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Pending
    }
}

type Task = tokio::task::JoinHandle<u8>;

#[tracked_reply(body = |_| "chunk")]
fn reply() -> Chunks {
    Box::pin(stream::empty())
}

#[tracked_tool(type = "Lookup", record(outcome))]
fn own_future() -> Delay {
    Delay
}

#[tracked_media(type = "image", sub_type = "png")]
fn task() -> Task {
    tokio::spawn(async { 1 })
}

#[tracked_reply(body = |_| "text")]
fn pinned() -> Pin<Box<Delay>> {
    Box::pin(Delay)
}

#[tracked_message(body = "text")]
fn scope() -> Delay {
    Delay
}

#[tracked_conversation(conversation = conversation)]
fn generic<F: Future>(conversation: &Conversation, future: F) -> F {
    let _ = conversation;
    future
}

#[tracked_tool(type = "Lookup", future)]
fn flag_on_a_value() -> Vec<u8> {
    Vec::new()
}

#[tracked_tool(type = "Lookup", future)]
fn flag_on_another_future() -> Delay {
    Delay
}

fn main() {}
