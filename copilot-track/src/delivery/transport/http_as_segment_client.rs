//! The HTTP transport as a [`segment::Client`].
//!
//! The trait's error contains an error of `reqwest` 0.12, which has no public constructor. Only a
//! response can be turned into one, so each failure is first turned into a response.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use bytes::Bytes;
use http_body::{Body, Frame};
use reqwest::StatusCode;
use segment::{Client, Message};
use serde_json::Value;

use crate::delivery::segment::message::call_extra_mut;
use crate::delivery::segment::nesting::Nested as _;
use crate::delivery::transport::attempt_outcome::RetryCause;
use crate::delivery::transport::http::HttpTransport;
use crate::delivery::write_key::WriteKey;
use crate::util::timestamps::format_timestamp;

type BoxError = Box<dyn Error + Send + Sync>;

#[async_trait::async_trait]
impl Client for HttpTransport {
    async fn send(&self, write_key: String, message: Message) -> segment::Result<()> {
        let path = match &message {
            Message::Identify(_) => "identify",
            Message::Track(_) => "track",
            Message::Page(_) => "page",
            Message::Screen(_) => "screen",
            Message::Group(_) => "group",
            Message::Alias(_) => "alias",
            Message::Batch(_) => "batch",
        };
        let mut message = message
            .check_depth()
            .map_err(<serde_json::Error as serde::ser::Error>::custom)?;
        set_sent_at(&mut message);
        let body = self.encode(&serde_json::to_vec(&message)?.into());
        let key = WriteKey::unchecked(write_key);
        let url = self.endpoint.call_url(path);
        let result = match self.request(url.clone(), &key, &body, 0).await {
            Ok(response) => check(response.status()).await,
            Err(error) => fail(error.without_url()).await,
        };
        Ok(result.map_err(|error| error.with_url(url))?)
    }
}

/// Sets the message's `sentAt` to the current time, unless it has one.
fn set_sent_at(message: &mut Message) {
    let extra = call_extra_mut(message);
    if extra.contains_key("sentAt") {
        return;
    }
    if let Some(now) = format_timestamp(SystemTime::now()) {
        extra.insert("sentAt".to_owned(), Value::String(now));
    }
}

/// Returns an error if the status is not a success.
async fn check(status: StatusCode) -> Result<(), reqwest_0_12::Error> {
    if status.is_success() {
        return Ok(());
    }
    let mut response = http::Response::new("");
    *response.status_mut() = status;
    reqwest_0_12::Response::from(response).error_for_status()?;
    // For `reqwest`, a redirect is not an error.
    fail(RetryCause::Status(status.as_u16()).to_string()).await
}

/// Returns an error with this source.
async fn fail(source: impl Into<BoxError>) -> Result<(), reqwest_0_12::Error> {
    let body = reqwest_0_12::Body::wrap(FailingBody(Some(source.into())));
    let response = reqwest_0_12::Response::from(http::Response::new(body));
    response.bytes().await.map(drop)
}

/// A body that cannot be read because of this error.
struct FailingBody(Option<BoxError>);

impl Body for FailingBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}

#[cfg(test)]
mod tests {
    use segment::message::Track;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;
    use crate::delivery::transport::request_error::describe;

    async fn send(url: &str) -> segment::Result<()> {
        let transport = HttpTransport::new(url).unwrap();
        transport
            .send("k".to_owned(), Track::default().into())
            .await
    }

    #[tokio::test]
    async fn a_status_is_part_of_the_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        for status in [200, 302, 401, 503] {
            let respond = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 4096]).await;
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n");
                let response = format!("{head}connection: close\r\n\r\n");
                stream.write_all(response.as_bytes()).await.unwrap();
            };
            let (result, ()) = tokio::join!(send(&url), respond);
            match result {
                Ok(()) => assert_eq!(status, 200),
                Err(segment::Error::NetworkError(error)) => {
                    let reported = error.status().map(|status| status.as_u16());
                    assert_eq!(reported, (status >= 400).then_some(status));
                    let text = describe(&error, &WriteKey::unchecked(String::new()));
                    assert!(text.contains(&status.to_string()), "{text}");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[tokio::test]
    async fn a_network_error_keeps_its_sources() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        // The port is bound but not listening.
        let url = format!("http://{}", socket.local_addr().unwrap());
        let Err(segment::Error::NetworkError(error)) = send(&url).await else {
            panic!("the connection was not refused");
        };
        assert!(error.is_connect());
        assert_eq!(error.url().unwrap().as_str(), format!("{url}/v1/track"));
        let text = describe(&error, &WriteKey::unchecked(String::new()));
        for source in ["error sending request: ", "tcp connect error: ", "refused"] {
            assert!(text.contains(source), "{text}");
        }
    }
}
