use std::pin::Pin;

use copilot_track::tracked_reply;
use futures_util::stream::{self, Stream};

struct Delta;

type Chunks = Pin<Box<dyn Stream<Item = String> + Send>>;

#[tracked_reply]
fn an_alias() -> Chunks {
    Box::pin(stream::empty())
}

#[tracked_reply(stream)]
fn a_named_type() -> stream::Empty<String> {
    stream::empty()
}

#[tracked_reply(stream)]
fn no_stream() -> String {
    String::new()
}

#[tracked_reply]
fn items_are_no_text() -> impl Stream<Item = Delta> {
    stream::empty()
}

#[tracked_reply]
fn boxed_items_are_no_text() -> Pin<Box<dyn Stream<Item = Delta>>> {
    Box::pin(stream::empty())
}

fn main() {}
