//! Types without text. Each error is reported once.

use copilot_track::{tracked_message, tracked_reply};

struct Answer {
    text: String,
}

impl Answer {
    fn text(self) -> String {
        self.text
    }
}

#[tracked_reply]
fn iterator() -> impl Iterator<Item = String> {
    std::iter::empty()
}

#[tracked_reply]
fn receiver() -> tokio::sync::mpsc::Receiver<String> {
    tokio::sync::mpsc::channel(1).1
}

#[tracked_reply]
async fn response() -> axum::Json<String> {
    axum::Json(String::new())
}

#[tracked_message(body = number)]
fn message(number: u8) {
    let _ = number;
}

#[tracked_reply(body = Answer::text)]
fn takes_the_value() -> Answer {
    Answer { text: String::new() }
}

fn main() {}
