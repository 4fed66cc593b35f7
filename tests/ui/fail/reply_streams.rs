use std::pin::Pin;

use copilot_track::tracked_reply;
use futures_util::stream::{self, Stream};

struct Delta;

type Chunks = Pin<Box<dyn Stream<Item = String> + Send>>;

#[tracked_reply]
fn alias() -> Chunks {
    Box::pin(stream::empty())
}

#[tracked_reply(stream)]
fn named_type() -> stream::Empty<String> {
    stream::empty()
}

#[tracked_reply(stream)]
fn not_a_stream() -> String {
    String::new()
}

#[tracked_reply]
fn items_without_text() -> impl Stream<Item = Delta> {
    stream::empty()
}

#[tracked_reply]
fn boxed_items_without_text() -> Pin<Box<dyn Stream<Item = Delta>>> {
    Box::pin(stream::empty())
}

fn main() {}
