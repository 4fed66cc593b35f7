//! One TCP connection, which a route can reset.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tower_service::Service as _;

/// The time within which a request's head must arrive. A connection that is idle for this long is
/// closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// The size of the read buffer in bytes, which also limits the size of a request's head.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// A handle that resets the connection of a request. After the reset, nothing more is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResetHandle(Arc<AtomicBool>);

impl ResetHandle {
    pub(crate) fn reset(&self) {
        self.0.store(true, Relaxed);
    }
}

/// Serves one connection until it ends.
pub(crate) async fn serve(stream: TcpStream, router: Router) {
    let reset_handle = ResetHandle::default();
    let io = TokioIo::new(ResettableStream {
        stream,
        reset_handle: reset_handle.clone(),
    });
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(reset_handle.clone());
        let (mut router, reset_handle) = (router.clone(), reset_handle.clone());
        async move {
            let result: Result<Response<Body>, Infallible> = router.call(request).await;
            let Ok(response) = result;
            if reset_handle.0.load(Relaxed) {
                return Err(io::Error::from(io::ErrorKind::ConnectionReset));
            }
            Ok(response)
        }
    });
    // An error only means that the client disconnected or sent an invalid request.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_BUFFER_BYTES)
        .serve_connection(io, service)
        .await;
}

/// A TCP stream that is reset on drop if its [`ResetHandle`] was used.
struct ResettableStream {
    stream: TcpStream,
    reset_handle: ResetHandle,
}

impl Drop for ResettableStream {
    fn drop(&mut self) {
        if self.reset_handle.0.load(Relaxed) {
            // Closing without lingering sends a TCP reset. If this option cannot be set, the
            // connection closes normally.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for ResettableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for ResettableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset_handle.0.load(Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
