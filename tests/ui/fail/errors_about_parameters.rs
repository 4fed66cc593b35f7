//! The body moves into a closure or an async block, which captures the parameters. Errors about a
//! parameter contain its name, as they do without an attribute.

use std::num::ParseIntError;

use copilot_track::{tracked_media, tracked_reply, tracked_tool};

struct Order {
    sku: String,
    count: u32,
}

#[tracked_tool(type = "t", record(outcome))]
fn moved(text: String) -> Result<String, ParseIntError> {
    let _: u32 = text.parse()?;
    drop(text);
    Ok(text)
}

#[tracked_tool(type = "t", record(outcome))]
fn borrowed(text: String) -> Result<u32, ParseIntError> {
    let part = &text[1..];
    drop(text);
    Ok(part.parse()?)
}

#[tracked_media(type = "image", sub_type = "png")]
fn immutable(count: u32, text: &str) -> Result<u32, ParseIntError> {
    count += text.parse::<u32>()?;
    Ok(count)
}

#[tracked_media(type = "image", sub_type = "png")]
fn behind_a_reference(order: &Order, text: &str) -> Result<(String, u32), ParseIntError> {
    Ok((order.sku, text.parse()?))
}

#[tracked_reply]
fn lives_too_short(text: String) -> Result<&'static str, ParseIntError> {
    let _: u32 = text.parse()?;
    Ok(&text)
}

#[tracked_tool(type = "t", record(outcome))]
async fn mutable_reference(texts: &mut Vec<String>) -> usize {
    std::future::ready(()).await;
    drop(texts);
    texts.len()
}

#[tracked_tool(type = "t", record(outcome))]
fn diverges(text: String) -> ! {
    drop(text);
    panic!("{text}")
}

impl Order {
    #[tracked_tool(type = "t", record(outcome))]
    fn moved(self, text: &str) -> Result<u32, ParseIntError> {
        drop(self);
        Ok(self.count + text.parse::<u32>()?)
    }

    #[tracked_tool(type = "t", record(outcome))]
    async fn immutable(self, count: u32) {
        std::future::ready(()).await;
        self.count += count;
    }
}

fn main() {}
