use copilot_track::{
    Conversation, tracked_conversation, tracked_media, tracked_message, tracked_reply, tracked_tool,
    tracked_turn,
};
use futures_util::stream::{self, Stream};

#[tracked_tool(type = "t")]
#[tracked_tool(type = "u")]
fn twice() {}

#[tracked_media(type = "image", sub_type = "png")]
#[tracked_reply]
#[copilot_track::tracked_media(type = "audio", sub_type = "mp3")]
fn twice_around_another() -> String {
    String::new()
}

#[tracked_turn(message = "hi")]
#[tracked_reply]
fn two_replies() -> String {
    String::new()
}

#[tracked_message(body = "hi")]
#[tracked_turn(message = "hi")]
fn two_messages() -> String {
    String::new()
}

#[tracked_conversation(conversation = conversation)]
#[tracked_reply]
fn session(conversation: &Conversation) -> impl Stream<Item = String> {
    stream::iter([String::new()])
}

#[tracked_turn(message = "hi")]
#[tracked_conversation(conversation = conversation)]
async fn async_session(conversation: &Conversation) -> Option<impl Stream<Item = String>> {
    Some(stream::iter([String::new()]))
}

use copilot_track::tracked_reply as reply;

#[tracked_message(body = "hi")]
#[reply]
async fn another_name() -> String {
    String::new()
}

fn main() {}
