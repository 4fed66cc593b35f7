//! The body of a response: what it says about the request, and which part of it is logged.

use std::time::Duration;

use crate::delivery::write_key::WriteKey;
use crate::privacy::masking::masker::Masker;

/// The maximum number of bytes that are read. If the body is longer, the rest is not read, and the
/// connection is closed.
const MAX_BYTES: usize = 64 * 1_024;
/// How long to wait for a body.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The maximum number of characters of a body that are logged.
const MAX_LOGGED_CHARS: usize = 200;

/// Reads the body, up to the maximum size. If all of it is read, the connection can be reused.
pub(super) async fn read(mut response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    let reading = async {
        // If the connection breaks while the body is read, the status is still valid.
        while let Ok(Some(chunk)) = response.chunk().await {
            if body.len() + chunk.len() > MAX_BYTES {
                break;
            }
            body.extend_from_slice(&chunk);
        }
    };
    let _ = tokio::time::timeout(TIMEOUT, reading).await;
    body
}

/// Returns whether the body of a response with status 400 indicates that the request is too large.
pub(crate) fn says_too_large(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    ["too large", "too big", "exceed", "size", "32kb", "500kb"]
        .iter()
        .any(|words| text.contains(words))
}

/// Returns the beginning of the body for the log. A body can repeat the request, so it is masked.
pub(super) fn excerpt(body: &[u8], key: &WriteKey, masker: &Masker) -> String {
    let text = key.hide_in(&String::from_utf8_lossy(body));
    masker.mask(&text).chars().take(MAX_LOGGED_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn only_responses_about_the_size_split_a_batch() {
        assert!(says_too_large(br#"{"message":"Exceed payload limit"}"#));
        assert!(says_too_large(b"Request body too large"));
        assert!(!says_too_large(b"malformed JSON"));
        assert!(!says_too_large(b"\xff\xfe"));
    }

    /// Responds to one request with a body in chunks. Returns what is read of it.
    async fn read_chunks(chunks: &[usize]) -> usize {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let respond = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            // The request is short enough to arrive in one piece.
            assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
            let head = "HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            for &bytes in chunks {
                let chunk = format!("{bytes:x}\r\n{}\r\n", "x".repeat(bytes));
                if stream.write_all(chunk.as_bytes()).await.is_err() {
                    // The client has read enough.
                    return;
                }
            }
            let _ = stream.write_all(b"0\r\n\r\n").await;
        };
        let request = async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            read(client.get(url).send().await.unwrap()).await.len()
        };
        tokio::join!(request, respond).0
    }

    #[tokio::test]
    async fn a_body_in_several_chunks_is_read_up_to_the_maximum_size() {
        assert_eq!(read_chunks(&[]).await, 0);
        assert_eq!(read_chunks(&[400, 500, 600]).await, 1_500);
        let bytes = read_chunks(&[30_000; 10]).await;
        assert!((30_000..=MAX_BYTES).contains(&bytes), "{bytes}");
    }

    #[test]
    fn the_excerpt_is_masked_before_it_is_cut() {
        let key = WriteKey::unchecked("kEy7".to_owned());
        let excerpt = |body: &str| excerpt(body.as_bytes(), &key, &Masker::default());
        assert_eq!(
            excerpt("kEy7: no such source, ask ann@example.com"),
            "[…]: no such source, ask [email]"
        );
        let cut = excerpt(&format!("{} 4111 1111 1111 1111", "é".repeat(190)));
        assert_eq!(cut.chars().count(), 197);
        assert!(cut.ends_with(" [card]"), "{cut}");
        assert_eq!(excerpt(&"é".repeat(1_000)).chars().count(), 200);
    }
}
