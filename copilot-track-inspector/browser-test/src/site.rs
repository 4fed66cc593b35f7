//! A website on another origin than the inspector, such as an app that uses an SDK.

use std::net::Ipv4Addr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::Result;

/// A server for one page and its script.
pub struct Site {
    url: String,
    task: JoinHandle<()>,
}

impl Site {
    /// Serves an empty page that loads `script`, on a free port.
    ///
    /// # Errors
    /// Returns an error if no port is free.
    pub async fn start(script: String) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://localhost:{}/", listener.local_addr()?.port());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = script.clone();
                // A browser can close a connection at any time.
                tokio::spawn(async move {
                    let _ = respond(stream, &script).await;
                });
            }
        });
        Ok(Self { url, task })
    }

    /// Returns the URL of the page.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn respond(mut stream: TcpStream, script: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let (kind, body) = if head.starts_with(b"GET /script.js ") {
        ("text/javascript; charset=utf-8", script)
    } else {
        let page = "<!doctype html><title>App</title><link rel=icon href=data:,><script src=/script.js></script>";
        ("text/html; charset=utf-8", page)
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}
