use std::pin::Pin;

use copilot_track::tracked_reply;

struct Answer {
    text: String,
}

#[tracked_reply]
async fn value() -> Answer {
    Answer { text: String::new() }
}

#[tracked_reply]
fn in_a_result() -> Result<Answer, std::io::Error> {
    Ok(Answer { text: String::new() })
}

#[tracked_reply]
fn nothing() {}

#[tracked_reply]
fn boxed_future() -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(async { Answer { text: String::new() } })
}

#[async_trait::async_trait]
trait Answers {
    #[tracked_reply]
    async fn in_a_trait(&self) -> Result<Answer, std::io::Error> {
        Ok(Answer { text: String::new() })
    }

    #[tracked_reply]
    async fn nothing_in_a_trait(&self) {}
}

#[tracked_reply(body = |answer| answer.text.len())]
fn closure() -> Answer {
    Answer { text: String::new() }
}

#[tracked_reply(body = |answer| answer.txt)]
fn no_such_field() -> Answer {
    Answer { text: String::new() }
}

fn main() {}
