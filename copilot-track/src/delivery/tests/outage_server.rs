//! The endpoint of the outage tests.
#![allow(clippy::unwrap_used, reason = "a test panics if it cannot continue")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// An endpoint that responds with the status 503 until the outage ends.
#[derive(Debug, Default)]
pub(super) struct OutageServer {
    is_up: AtomicBool,
    failures: AtomicU64,
    /// The number of requests that have arrived and have no response yet.
    unanswered: AtomicU64,
    /// The ids of the events that were accepted.
    ids: Mutex<HashSet<String>>,
}

impl OutageServer {
    /// Accepts connections until the task is aborted.
    pub(super) async fn run(self: Arc<Self>, listener: TcpListener) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(Arc::clone(&self).serve(stream));
        }
    }

    /// Accepts events from now on.
    pub(super) fn end_outage(&self) {
        self.is_up.store(true, Ordering::Relaxed);
    }

    /// Returns the number of responses with the status 503.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Returns whether a request has arrived that has no response yet.
    pub(super) fn is_answering(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed) > 0
    }

    /// Returns the number of different events that were accepted.
    pub(super) fn accepted(&self) -> u64 {
        self.ids.lock().unwrap().len() as u64
    }

    async fn serve(self: Arc<Self>, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some(length) = read_head(&mut stream).await {
            self.unanswered.fetch_add(1, Ordering::Relaxed);
            let answered = self.answer(&mut stream, length).await;
            self.unanswered.fetch_sub(1, Ordering::Relaxed);
            if answered.is_none() {
                return;
            }
        }
    }

    /// Reads the body of a request and responds. Returns `None` if the client has closed the
    /// connection.
    async fn answer(&self, stream: &mut BufReader<TcpStream>, length: u64) -> Option<()> {
        let mut body = (&mut *stream).take(length);
        let response = if self.is_up.load(Ordering::Relaxed) {
            let mut json = Vec::new();
            body.read_to_end(&mut json).await.ok()?;
            if body.limit() > 0 {
                return None;
            }
            self.accept(&json);
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
        } else {
            // The body is not kept, because the tests measure the memory of their process.
            let read = tokio::io::copy(&mut body, &mut tokio::io::sink()).await;
            if read.ok() != Some(length) {
                return None;
            }
            self.failures.fetch_add(1, Ordering::Relaxed);
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
        };
        stream.write_all(response.as_bytes()).await.ok()
    }

    fn accept(&self, json: &[u8]) {
        let batch: Value = serde_json::from_slice(json).unwrap();
        let events = batch["batch"].as_array().unwrap();
        let ids = events.iter().map(|e| e["messageId"].as_str().unwrap());
        self.ids.lock().unwrap().extend(ids.map(str::to_owned));
    }
}

/// Reads the head of a request. Returns the length of its body, or `None` if the client has closed
/// the connection.
async fn read_head(stream: &mut BufReader<TcpStream>) -> Option<u64> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            return length;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok();
        }
    }
}
