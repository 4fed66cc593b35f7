//! How the server handles one request.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fault_server::recorded_request::RecordedRequest;

/// A valid HTTP response.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Response {
    /// Returns a response with this status and a small JSON body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        let success = (200..300).contains(&status);
        Self {
            status,
            headers: Vec::new(),
            body: format!(r#"{{"success":{success}}}"#),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    fn to_text(&self) -> String {
        let mut text = format!(
            "HTTP/1.1 {} Status\r\ncontent-length: {}\r\n",
            self.status,
            self.body.len()
        );
        for (name, value) in &self.headers {
            text = text + name + ": " + value + "\r\n";
        }
        text + "\r\n" + &self.body
    }
}

/// How the server handles one request.
#[derive(Debug, Clone)]
pub enum Behavior {
    /// Responds.
    Respond(Response),
    /// Responds with status 413 if the body exceeds a limit, and with status 200 otherwise.
    Limit {
        /// The maximum size of a body as sent, in bytes.
        bytes: usize,
        /// The maximum number of events.
        events: usize,
    },
    /// Gives this response to a batch that contains one of these numbered events, and accepts all
    /// other batches.
    Poison {
        /// The numbers of the events.
        numbers: BTreeSet<u64>,
        /// The response.
        response: Response,
    },
    /// Performs a behavior for a batch that contains one of these numbered events. The first entry
    /// that applies is used. All other batches are accepted.
    ForEvents(Vec<(BTreeSet<u64>, Behavior)>),
    /// Responds after a delay.
    Delay(Duration, Response),
    /// Reads the request and never responds.
    Hang,
    /// Responds one byte at a time, with a pause before each byte of the body.
    Drip(Duration, Response),
    /// Closes the connection when the first byte of a request arrives, without reading the request.
    CloseUnread,
    /// Reads the request and closes the connection.
    CloseUnanswered,
    /// Resets the connection in the middle of the response's status line.
    ResetInHead,
    /// Closes the connection in the middle of the body of a response with status 200.
    ResetInBody,
    /// Responds with bytes that are not HTTP.
    Garbage,
}

impl Behavior {
    /// Returns a behavior that responds with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Respond(Response::new(status))
    }

    /// Returns a behavior that responds with status 200.
    #[must_use]
    pub fn ok() -> Self {
        Self::status(200)
    }

    /// Returns the behavior for a request, if it depends on the request's events.
    pub(crate) fn for_request(self, request: &RecordedRequest) -> Self {
        let Self::ForEvents(entries) = self else {
            return self;
        };
        let numbers: BTreeSet<_> = request.events().iter().filter_map(event_number).collect();
        let applies = |(events, _): &(BTreeSet<u64>, _)| !events.is_disjoint(&numbers);
        let entry = entries.into_iter().find(applies);
        entry.map_or_else(Self::ok, |(_, behavior)| behavior)
    }

    /// Returns the status that the client receives, if any.
    pub(crate) fn response_status(&self, request: &RecordedRequest) -> Option<u16> {
        match self {
            Self::Respond(response) | Self::Delay(_, response) | Self::Drip(_, response) => {
                Some(response.status)
            }
            Self::Limit { bytes, events } => {
                let over = request.wire_bytes > *bytes || request.events().len() > *events;
                Some(if over { 413 } else { 200 })
            }
            Self::Poison { numbers, response } => {
                let mut found = request.events().iter().filter_map(event_number);
                let is_poisoned = found.any(|number| numbers.contains(&number));
                Some(if is_poisoned { response.status } else { 200 })
            }
            Self::ResetInBody => Some(200),
            Self::ForEvents(_)
            | Self::Hang
            | Self::CloseUnread
            | Self::CloseUnanswered
            | Self::ResetInHead
            | Self::Garbage => None,
        }
    }

    /// Performs the behavior. Returns whether the connection can be used for another request.
    pub(crate) async fn perform(self, status: Option<u16>, stream: &mut TcpStream) -> bool {
        let sent = match self {
            Self::Respond(response) => stream.write_all(response.to_text().as_bytes()).await,
            Self::Limit { .. } => {
                let response = Response::new(status.unwrap_or(200));
                stream.write_all(response.to_text().as_bytes()).await
            }
            Self::Poison { response, .. } => {
                let response = if status == Some(response.status) {
                    response
                } else {
                    Response::new(200)
                };
                stream.write_all(response.to_text().as_bytes()).await
            }
            Self::Delay(delay, response) => {
                tokio::time::sleep(delay).await;
                stream.write_all(response.to_text().as_bytes()).await
            }
            Self::Drip(pause, response) => drip(pause, &response, stream).await,
            Self::Hang => {
                // Reads until the client closes the connection.
                while !matches!(stream.read(&mut [0; 1024]).await, Ok(0) | Err(_)) {}
                return false;
            }
            // `for_request` has replaced the first of these behaviors.
            Self::ForEvents(_) | Self::CloseUnread | Self::CloseUnanswered => return false,
            Self::ResetInHead => {
                let _ = stream.write_all(b"HTTP/1.1 20").await;
                let _ = stream.set_zero_linger();
                return false;
            }
            Self::ResetInBody => {
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"succ")
                    .await;
                let _ = stream.flush().await;
                // Closes the connection instead of resetting it, because a reset would discard data
                // that the client has not read yet.
                return false;
            }
            Self::Garbage => {
                let _ = stream.write_all(b"\0\xffSSH-2.0-what?\r\n\r\n").await;
                return false;
            }
        };
        sent.is_ok()
    }
}

fn event_number(event: &Value) -> Option<u64> {
    event["properties"]["number"].as_u64()
}

async fn drip(pause: Duration, response: &Response, stream: &mut TcpStream) -> std::io::Result<()> {
    let text = response.to_text();
    let (head, body) = text.split_at(text.len() - response.body.len());
    for byte in head.bytes() {
        stream.write_all(&[byte]).await?;
    }
    for byte in body.bytes() {
        tokio::time::sleep(pause).await;
        stream.write_all(&[byte]).await?;
    }
    Ok(())
}
