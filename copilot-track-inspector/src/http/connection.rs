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

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, StatusCode, header::LOCATION},
    response::IntoResponse as _,
};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tower_service::Service as _;

use crate::base_url::{BaseUrl, RelativePath};

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

/// Serves one connection until it ends. If there is a base URL, removes its path from the paths of
/// requests.
pub(crate) async fn serve(stream: TcpStream, router: Router, base_url: Option<Arc<BaseUrl>>) {
    let reset_handle = ResetHandle::default();
    let io = TokioIo::new(ResettableStream {
        stream,
        reset_handle: reset_handle.clone(),
    });
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(reset_handle.clone());
        let (mut router, reset_handle) = (router.clone(), reset_handle.clone());
        let redirect = base_url
            .as_ref()
            .and_then(|base| remove_base_path(base, &mut request));
        async move {
            if let Some(redirect) = redirect {
                return Ok(redirect);
            }
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

/// Removes the base path from the path of a request. Returns a redirect if the path has no slash at
/// its end, because relative links on the page would then be wrong.
fn remove_base_path(base: &BaseUrl, request: &mut Request<Incoming>) -> Option<Response<Body>> {
    match base.relative(request.uri()) {
        RelativePath::Unchanged => {}
        RelativePath::Stripped(path) => {
            // The path is a part of a valid path, so it is valid.
            if let Ok(uri) = path.parse() {
                *request.uri_mut() = uri;
            }
        }
        RelativePath::NeedsSlash => {
            let query = request.uri().query();
            let query = query.map_or_else(String::new, |query| format!("?{query}"));
            let location: HeaderValue = format!("{}/{query}", base.path()).parse().ok()?;
            return Some((StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response());
        }
    }
    None
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
