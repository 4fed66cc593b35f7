//! What the server does with one request, down to the bytes.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fault_server::recorded_request::RecordedRequest;

/// An answer that is proper HTTP, whatever it says.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Response {
    /// An answer with this status, and a small body of JSON.
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
            "HTTP/1.1 {} Whatever\r\ncontent-length: {}\r\n",
            self.status,
            self.body.len()
        );
        for (name, value) in &self.headers {
            text = text + name + ": " + value + "\r\n";
        }
        text + "\r\n" + &self.body
    }
}

/// What the server does with one request.
#[derive(Debug, Clone)]
pub enum Behavior {
    /// Answers.
    Respond(Response),
    /// Answers 413 above so many bytes on the wire or so many events, and 200 else.
    Limit {
        /// The most bytes of a body, as sent.
        bytes: usize,
        /// The most events.
        events: usize,
    },
    /// Answers after a while.
    Delay(Duration, Response),
    /// Reads the request and never answers.
    Hang,
    /// Answers one byte at a time, with a pause before each of the body's.
    Drip(Duration, Response),
    /// Closes the connection when the first byte of a request comes, without reading it.
    CloseUnread,
    /// Reads the request and closes the connection.
    CloseUnanswered,
    /// Resets the connection in the middle of the answer's first line.
    ResetInHead,
    /// Resets the connection in the middle of the body of an answer of 200.
    ResetInBody,
    /// Answers with what is not HTTP.
    Garbage,
}

impl Behavior {
    /// An answer with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Respond(Response::new(status))
    }

    /// The answer 200.
    #[must_use]
    pub fn ok() -> Self {
        Self::status(200)
    }

    /// The status that a client that reads all there is to read sees.
    pub(crate) fn response_status(&self, request: &RecordedRequest) -> Option<u16> {
        match self {
            Self::Respond(answer) | Self::Delay(_, answer) | Self::Drip(_, answer) => {
                Some(answer.status)
            }
            Self::Limit { bytes, events } => {
                let over = request.wire_bytes > *bytes || request.events().len() > *events;
                Some(if over { 413 } else { 200 })
            }
            Self::ResetInBody => Some(200),
            Self::Hang
            | Self::CloseUnread
            | Self::CloseUnanswered
            | Self::ResetInHead
            | Self::Garbage => None,
        }
    }

    /// Does it. Says whether the connection can be used for another request.
    pub(crate) async fn perform(self, status: Option<u16>, stream: &mut TcpStream) -> bool {
        let sent = match self {
            Self::Respond(answer) => stream.write_all(answer.to_text().as_bytes()).await,
            Self::Limit { .. } => {
                let answer = Response::new(status.unwrap_or(200));
                stream.write_all(answer.to_text().as_bytes()).await
            }
            Self::Delay(delay, answer) => {
                tokio::time::sleep(delay).await;
                stream.write_all(answer.to_text().as_bytes()).await
            }
            Self::Drip(pause, answer) => drip(pause, &answer, stream).await,
            Self::Hang => {
                // Until the client has had enough.
                while !matches!(stream.read(&mut [0; 1024]).await, Ok(0) | Err(_)) {}
                return false;
            }
            Self::CloseUnread | Self::CloseUnanswered => return false,
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
                // A reset discards what the client's side has not read yet; closing does not.
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

async fn drip(pause: Duration, answer: &Response, stream: &mut TcpStream) -> std::io::Result<()> {
    let text = answer.to_text();
    let (head, body) = text.split_at(text.len() - answer.body.len());
    for byte in head.bytes() {
        stream.write_all(&[byte]).await?;
    }
    for byte in body.bytes() {
        tokio::time::sleep(pause).await;
        stream.write_all(&[byte]).await?;
    }
    Ok(())
}
