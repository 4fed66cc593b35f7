use copilot_track::{tracked_media, tracked_message, tracked_reply, tracked_tool, tracked_turn};
use futures_util::stream::{self, BoxStream, Stream};

type Later = BoxStream<'static, String>;

#[tracked_tool(type = "t", result)]
fn no_list() {}

#[tracked_tool(type = "t", result(a, b(1), c = 1, d = || 1, e = async |_| 1, f = |n| n.unknown()))]
fn forms() -> u8 {
    1
}

#[tracked_tool(
    type = "t",
    properties(sku = 1, duration_ms = 2),
    record(duration, outcome),
    result(sku = |_| 1, outcome = |_| 1, action = |_| 1, messageId = |_| 1, a = |_| 1, a = |_| 2)
)]
fn names() -> u8 {
    1
}

#[tracked_tool(type = "t", result(a = |_| std::thread::current()))]
fn not_serializable() -> u8 {
    1
}

#[tracked_message(body = "hi", result(a = |_| 1))]
fn message() -> u8 {
    1
}

#[tracked_reply(result(model = |_| 1))]
fn stream() -> impl Stream<Item = String> {
    stream::iter([String::new()])
}

#[tracked_turn(message = "hi", result(model = |_| 1))]
async fn late_stream() -> Result<BoxStream<'static, String>, ()> {
    Err(())
}

#[tracked_reply(stream, result(model = |_| 1))]
fn named_stream() -> Later {
    Box::pin(stream::iter([String::new()]))
}

#[tracked_media(type = "image", sub_type = "png", result(a = |_| 1))]
fn hidden_stream() -> Later {
    Box::pin(stream::iter([String::new()]))
}

fn main() {}
