use copilot_track::{Conversation, tracked_turn};
use futures_util::stream::{self, Stream};

#[tracked_turn(conversation = conversation)]
fn no_message(conversation: &Conversation) -> String {
    String::new()
}

#[tracked_turn(message = |text| text)]
fn closure() -> String {
    String::new()
}

#[tracked_turn(message = 1)]
fn not_a_text() -> String {
    String::new()
}

#[tracked_turn(conversation = "c1", message = "hi")]
fn not_a_conversation() -> String {
    String::new()
}

#[tracked_turn("hi")]
fn no_name() -> String {
    String::new()
}

#[tracked_turn(message = "hi", type = "t", rating = 1)]
fn other_arguments() -> String {
    String::new()
}

#[tracked_turn(message = "hi", record(outcome))]
fn outcome() -> String {
    String::new()
}

#[tracked_turn(message = "hi")]
fn no_reply() -> u8 {
    1
}

#[tracked_turn(message = "hi")]
fn no_reply_stream() -> impl Stream<Item = u8> {
    stream::iter([1])
}

#[tracked_turn(prompt = "hi")]
fn prompt() -> String {
    String::new()
}

#[tracked_turn(question = question, output = |text| text)]
fn question(question: &str) -> String {
    String::new()
}

#[tracked_turn(text = "hi")]
fn text() -> String {
    String::new()
}

fn main() {}
