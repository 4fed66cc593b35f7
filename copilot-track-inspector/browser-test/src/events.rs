//! Creates events and sends them to the inspector.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::Result;

/// The number of events per batch. A larger batch could exceed the limit of 500 KB.
const BATCH_SIZE: usize = 500;

/// Sends events in batches, like a tracking SDK, and returns the status of the last response.
///
/// # Errors
/// Returns an error if the server is not reachable.
pub async fn send(to: SocketAddr, events: &[Value]) -> Result<u16> {
    let mut status = 200;
    for batch in events.chunks(BATCH_SIZE) {
        status = post(to, &json!({ "batch": batch })).await?;
    }
    Ok(status)
}

async fn post(to: SocketAddr, body: &Value) -> Result<u16> {
    Ok(request(to, "POST", "/v1/batch", &body.to_string()).await?.0)
}

/// Sends a request and returns the status and body of the response.
///
/// # Errors
/// Returns an error if the server is not reachable or does not respond.
pub async fn request(
    to: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> Result<(u16, String)> {
    // With HTTP/1.0, the end of the connection marks the end of the response.
    let head = format!(
        "{method} {path} HTTP/1.0\r\nhost: {to}\r\nauthorization: Basic bG9jYWw6\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await?;
    let response = String::from_utf8(response)?;
    let (head, body) = response
        .split_once("\r\n\r\n")
        .ok_or("there was no response")?;
    let status = head.split(' ').nth(1).ok_or("the response has no status")?;
    Ok((status.parse()?, body.to_owned()))
}

/// Creates a track call in a conversation.
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

/// Creates a message from the customer.
#[must_use]
pub fn message_sent(conversation: &str, id: &str, text: &str) -> Value {
    let properties = json!({ "messageId": id, "message_body": text, "role": "customer" });
    track(conversation, "Message Sent", properties)
}

/// Creates a message from the copilot.
#[must_use]
pub fn message_received(conversation: &str, id: &str, text: &str) -> Value {
    let properties = json!({ "messageId": id, "message_body": text, "role": "agent" });
    track(conversation, "Message Received", properties)
}

/// Creates a message from the copilot with a misspelled property, which results in a warning.
#[must_use]
pub fn misspelled_message(conversation: &str, id: &str) -> Value {
    let properties = json!({ "messageId": id, "messageBody": "hi", "role": "agent" });
    track(conversation, "Message Received", properties)
}

/// Returns an envelope id that is unique in this process.
fn next_envelope_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{:08x}-0000-4000-8000-{number:012x}", std::process::id())
}
