//! Events for the page to show, and the request that brings them.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::Result;

/// Events of a batch: more could be over the limit of 500 KB.
const BATCH: usize = 500;

/// Posts events as a tracking SDK would, and gives the answer's status.
///
/// # Errors
/// If the server cannot be reached.
pub async fn send(to: SocketAddr, events: &[Value]) -> Result<u16> {
    let mut status = 200;
    for batch in events.chunks(BATCH) {
        status = post(to, &json!({ "batch": batch })).await?;
    }
    Ok(status)
}

async fn post(to: SocketAddr, body: &Value) -> Result<u16> {
    Ok(request(to, "POST", "/v1/batch", &body.to_string()).await?.0)
}

/// Any request, and its answer's status and body.
///
/// # Errors
/// If the server cannot be reached, or does not answer.
pub async fn request(
    to: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> Result<(u16, String)> {
    // HTTP/1.0, so that the answer ends where the connection does.
    let head = format!(
        "{method} {path} HTTP/1.0\r\nhost: {to}\r\nauthorization: Basic bG9jYWw6\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8(answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("there was no answer")?;
    let status = head.split(' ').nth(1).ok_or("the answer has no status")?;
    Ok((status.parse()?, body.to_owned()))
}

/// Any Track call of a conversation.
#[must_use]
pub fn track(conversation: &str, event: &str, properties: Value) -> Value {
    let mut all = json!({ "conversationId": conversation });
    if let (Value::Object(all), Value::Object(properties)) = (&mut all, properties) {
        all.extend(properties);
    }
    json!({
        "type": "track",
        "event": event,
        "userId": format!("user-of-{conversation}"),
        "messageId": next_envelope_id(),
        "properties": all,
    })
}

/// What the customer says.
#[must_use]
pub fn message_sent(conversation: &str, id: &str, text: &str) -> Value {
    let properties = json!({ "messageId": id, "message_body": text, "role": "customer" });
    track(conversation, "Message Sent", properties)
}

/// What the copilot answers.
#[must_use]
pub fn message_received(conversation: &str, id: &str, text: &str) -> Value {
    let properties = json!({ "messageId": id, "message_body": text, "role": "agent" });
    track(conversation, "Message Received", properties)
}

/// An id that no other call of this process has.
fn next_envelope_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{:08x}-0000-4000-8000-{number:012x}", std::process::id())
}
