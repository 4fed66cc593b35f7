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

#[tracked_reply(body = |answer| answer.text.len())]
fn closure() -> Answer {
    Answer { text: String::new() }
}

#[tracked_reply(body = |answer| answer.txt)]
fn no_such_field() -> Answer {
    Answer { text: String::new() }
}

fn main() {}
