//! Tests of bodies that arrive in pieces, on a paused clock.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use tokio::time::{Instant, sleep};

use super::{error::BodyError, read::read_body};
use crate::limits::Limits;

/// Returns a body that consists of `pieces` pieces of 10 bytes, with a delay of one second before
/// each piece.
fn slow(pieces: usize) -> impl http_body::Body<Data = Bytes, Error = Infallible> {
    StreamBody::new(stream::iter(0..pieces).then(|_| async {
        sleep(Duration::from_secs(1)).await;
        Ok(Frame::data(Bytes::from_static(b"0123456789")))
    }))
}

#[tokio::test(start_paused = true)]
async fn the_whole_body_must_arrive_within_the_timeout() {
    let limits = Limits::default().with_body_timeout(Duration::from_secs(5));
    let body = read_body(slow(4), &limits).await.unwrap();
    assert_eq!(body.bytes().len(), 40);
    let start = Instant::now();
    let error = read_body(slow(100), &limits).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    assert_eq!(error.to_string(), "the body did not arrive within 5 s");
    assert_eq!(error.status(), 408);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_discarded_up_to_a_limit() {
    let limits = Limits::default()
        .with_max_body_bytes(100)
        .with_max_discarded_bytes(1_000);
    let body = read_body(Full::new(Bytes::from(vec![b' '; 500])), &limits).await;
    let body = body.unwrap();
    assert_eq!((body.bytes().len(), body.received_bytes()), (101, 500));
    assert_eq!(
        body.decode(None, &limits),
        Err(BodyError::TooLarge { max_bytes: 100 })
    );

    let pieces = (0..1_000).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b' '; 100]))));
    let body = read_body(StreamBody::new(stream::iter(pieces)), &limits).await;
    assert_eq!(body.unwrap().received_bytes(), 1_100);
}

#[tokio::test]
async fn an_interrupted_body_is_an_error() {
    let pieces = [Ok(Frame::data(Bytes::from("{"))), Err("reset by peer")];
    let body = StreamBody::new(stream::iter(pieces));
    let error = read_body(body, &Limits::default()).await.unwrap_err();
    assert_eq!(
        (&error, error.status().as_u16()),
        (&BodyError::Disconnected, 400)
    );
}
