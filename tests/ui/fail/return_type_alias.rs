use std::future::Future;
use std::pin::Pin;

use copilot_track::{tracked_media, tracked_reply, tracked_tool};
use futures_util::stream::{self, Stream};

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Local = Pin<Box<dyn Future<Output = String>>>;
type Chunks = Pin<Box<dyn Stream<Item = u8> + Send>>;

#[tracked_tool(type = "Lookup")]
fn tool(sku: &str) -> Later<'_, usize> {
    Box::pin(async move { sku.len() })
}

#[tracked_media(type = "image", sub_type = "png")]
fn media() -> Local {
    Box::pin(async { String::new() })
}

#[tracked_reply(body = |_| "chunk")]
fn reply() -> Chunks {
    Box::pin(stream::empty())
}

fn main() {}
