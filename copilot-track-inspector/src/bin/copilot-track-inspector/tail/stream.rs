//! A client for server-sent events.

use std::{collections::VecDeque, io};

use bytes::Bytes;
use copilot_track_ingest::Call;
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, Response, body::Incoming, client::conn::http1, header::CONTENT_TYPE};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::options::TailOptions;

/// The maximum size of a message, in bytes. The server's messages are far smaller.
const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// One server-sent event.
#[derive(Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) event: String,
    pub(crate) data: Value,
}

/// The reason why a stream cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The server cannot be reached, or cannot respond at the moment.
    #[error("{0}")]
    Unavailable(String),
    /// The server will give the same answer again.
    #[error("{0}")]
    Refused(String),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<hyper::Error> for OpenError {
    fn from(error: hyper::Error) -> Self {
        if error.is_parse() {
            Self::Refused("the server does not respond in HTTP".to_owned())
        } else {
            Self::Unavailable(error.to_string())
        }
    }
}

/// Returns an error if a response is not a stream of events.
fn check(response: &Response<Incoming>, server: &TailOptions) -> Result<(), OpenError> {
    let status = response.status();
    match status.as_u16() {
        200 if is_event_stream(response) => Ok(()),
        401 if server.token.is_some() => Err(OpenError::Refused(
            "the token is wrong: the inspector requires the token with which it was started"
                .to_owned(),
        )),
        401 => Err(OpenError::Refused(
            "the inspector requires its token (`--token TOKEN`)".to_owned(),
        )),
        403 => Err(OpenError::Refused(
            "the server refused the request with status 403; start the inspector with `--host` if the URL's host name is not one that the inspector accepts"
                .to_owned(),
        )),
        408 | 425 | 429 | 500.. => Err(OpenError::Unavailable(format!(
            "the server responded with status {}",
            status.as_u16()
        ))),
        200 => Err(OpenError::Refused(
            "the server is not an inspector, or the path of the URL is wrong: its response is not a stream of events"
                .to_owned(),
        )),
        status => Err(OpenError::Refused(format!(
            "the server is not an inspector, or the path of the URL is wrong: it responded with status {status}"
        ))),
    }
}

fn is_event_stream(response: &Response<Incoming>) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
}

/// An open stream.
pub(crate) struct Stream {
    body: Incoming,
    parser: Parser,
    ready: VecDeque<Message>,
}

impl Stream {
    /// Connects to the inspector and requests the events that follow the event with the sequence
    /// number `after`, or only future events if `after` is `None`.
    pub(crate) async fn open(server: &TailOptions, after: Option<u64>) -> Result<Self, OpenError> {
        let stream = TcpStream::connect(&server.authority).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // The result can be ignored, because the body ends if the connection fails.
        tokio::spawn(connection);
        let after = after.map_or_else(String::new, |after| format!("&after={after}"));
        let raw = u8::from(server.json);
        let mut request = Request::get(format!("{}/api/live?raw={raw}{after}", server.path))
            .header("host", &server.authority)
            .header("accept", "text/event-stream");
        if let Some(token) = &server.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request
            .body(Empty::<Bytes>::new())
            .map_err(|error| OpenError::Refused(error.to_string()))?;
        let response = sender.send_request(request).await?;
        check(&response, server)?;
        Ok(Self {
            body: response.into_body(),
            parser: Parser::default(),
            ready: VecDeque::new(),
        })
    }

    /// Returns the next message, or `None` once the connection has ended.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Some(message);
            }
            let frame = self.body.frame().await?.ok()?;
            if let Ok(data) = frame.into_data() {
                self.ready.extend(self.parser.push(&data)?);
            }
        }
    }
}

/// A parser for messages that arrive in chunks of bytes.
#[derive(Debug, Default)]
struct Parser {
    rest: Vec<u8>,
}

impl Parser {
    /// Adds a chunk and returns the messages that it completes, or `None` if a message is too long.
    fn push(&mut self, bytes: &[u8]) -> Option<Vec<Message>> {
        // The blank line that ends a message may be split between two chunks.
        let mut from = self.rest.len().saturating_sub(1);
        self.rest.extend_from_slice(bytes);
        let mut messages = Vec::new();
        let mut begin = 0;
        while let Some(at) = self
            .rest
            .get(from..)?
            .windows(2)
            .position(|pair| pair == b"\n\n")
        {
            let end = from + at;
            messages.extend(message(self.rest.get(begin..end)?));
            begin = end + 2;
            from = begin;
        }
        self.rest.drain(..begin);
        (self.rest.len() <= MAX_MESSAGE_BYTES).then_some(messages)
    }
}

fn message(bytes: &[u8]) -> Option<Message> {
    let text = std::str::from_utf8(bytes).ok()?;
    let field = |name| text.lines().find_map(|line| line.strip_prefix(name));
    Some(Message {
        event: field("event: ")?.to_owned(),
        data: parse(field("data: ")?)?,
    })
}

fn parse(json: &str) -> Option<Value> {
    serde_json::from_str(json).ok().or_else(|| {
        // An event can contain numbers of any size.
        let event = Call::new(json);
        let event = event.parse().ok()?;
        Some(Value::Object(event.members().to_map()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_are_read() {
        let message = message(b"event: added\ndata: {\"n\":1e400}").unwrap();
        assert_eq!(message.data["n"], f64::MAX);
    }

    #[test]
    fn messages_are_parsed_wherever_they_are_split() {
        let text = ": alive\n\nevent: gap\ndata: {\"from\":1,\"to\":2}\n\nevent: events\nid: 3\ndata: {\"events\":[]}\n\n";
        for cut in 0..text.len() {
            let (first, second) = text.as_bytes().split_at(cut);
            let mut parser = Parser::default();
            let mut messages = parser.push(first).unwrap();
            messages.extend(parser.push(second).unwrap());
            let events: Vec<_> = messages
                .iter()
                .map(|message| message.event.as_str())
                .collect();
            assert_eq!(events, ["gap", "events"], "{cut}");
            assert_eq!(messages[0].data["to"], 2);
        }
    }
}
