//! Reads one HTTP/1.1 request.

use std::io::Read as _;
use std::time::Instant;

use flate2::read::GzDecoder;
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::fault_server::recorded_request::RecordedRequest;

/// Reads a request. Its first bytes may already be in `buffer`, and any bytes after the request
/// stay there. Returns `None` if the connection ends first or if the bytes are not a request.
pub(crate) async fn read_request(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
) -> Option<RecordedRequest> {
    let (mut request, head, length) = loop {
        if let Some(parsed) = head(buffer) {
            break parsed;
        }
        fill(stream, buffer).await?;
    };
    while buffer.len() < head + length {
        fill(stream, buffer).await?;
    }
    let body: Vec<u8> = buffer.drain(..head + length).skip(head).collect();
    request.at = Instant::now();
    request.wire_bytes = body.len();
    request.body = if request.header("content-encoding") == Some("gzip") {
        let mut decoded = Vec::new();
        GzDecoder::new(&*body).read_to_end(&mut decoded).ok()?;
        decoded
    } else {
        body
    };
    request.json = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    Some(request)
}

async fn fill(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    match stream.read_buf(buffer).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(()),
    }
}

/// Parses a request's head. Returns the request without its body, the length of the head, and the
/// length of the body. Returns `None` if the head is incomplete.
fn head(buffer: &[u8]) -> Option<(RecordedRequest, usize, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(buffer).ok()? else {
        return None;
    };
    let recorded = RecordedRequest {
        at: Instant::now(),
        method: request.method?.to_owned(),
        path: request.path?.to_owned(),
        headers: request
            .headers
            .iter()
            .map(|header| {
                let value = String::from_utf8_lossy(header.value).into_owned();
                (header.name.to_ascii_lowercase(), value)
            })
            .collect(),
        wire_bytes: 0,
        body: Vec::new(),
        json: Value::Null,
        status: None,
    };
    let length = recorded
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    Some((recorded, head, length))
}
